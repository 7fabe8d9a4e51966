// Gives every answer of a DSSD endpoint its class: code 200 says nothing, the lines of `log` do.
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTransfer
internal import PluginKit

extension SipdServ {
    package func classify(
        _ act: PushAct,
        _ result: HTTPResult,
        _ document: OutboundDocument,
        transaction: String?
    ) -> Outcome {
        let readsOnly = act != .put
        switch result {
        case .failure(let error): return TransportRule.classify(error, readsOnly: readsOnly)
        case .success(let response):
            guard act == .put, response.status < 300, case .codeMessageLog(let reply) = Reply.recognise(response) else {
                var outcome = StatusRule.classify(response, readsOnly: readsOnly)
                if outcome.kind == .contractDrift { outcome.isUnknown = !readsOnly }
                return outcome
            }
            return pushed(reply)
        }
    }

    /// An error reply also has `"code":200`, so the log decides: no line beginning with ERROR is an acknowledgement, some are
    /// a partial one, a log of nothing but errors a refusal.
    private func pushed(_ reply: JSONObject) -> Outcome {
        let lines = (reply["log"]?.array ?? []).compactMap(\.string)
        let message = Scrub.words(reply["msg"]?.string ?? "")
        let errors = lines.filter { Self.isError($0) }
        guard errors.isEmpty else {
            let stored = lines.contains { Self.isStored($0) }
            return Outcome(
                stored ? .partial : .rejected,
                code: "log-error",
                detail: Scrub.words(errors[0]),
                errors: errors.prefix(200).map {
                    Outcome.RowError(index: nil, pointer: "", code: "ERROR", message: Scrub.words($0))
                }
            )
        }
        let code = reply["code"]?.integer ?? reply["code"]?.string.flatMap { Int($0) }
        guard code == 200 else {
            let shown = code.map(String.init) ?? "?"
            return Outcome(.contractDrift, code: "code-\(shown)", detail: message, isUnknown: true)
        }
        return Outcome(.ackFinal, code: "log-ok", detail: message)
    }

    private static func isError(_ line: String) -> Bool {
        line.drop { $0 == " " || $0 == "\t" }.prefix(5).uppercased() == "ERROR"
    }

    private static func isStored(_ line: String) -> Bool {
        line.split(separator: " ").last?.uppercased() == "OK"
    }

    /// The values decide: the endpoint knows no revision. A list may have further pages while its last one is full.
    package func reconcile(_ pages: [HTTPResult], _ document: OutboundDocument) -> ReadBackFinding {
        var shown: [ValueRow.Key: String] = [:]
        var isComplete = false
        let sent = Self.rows(document)
        for page in pages {
            guard case .success(let response) = page else { return .unreadable(pages.last.unanswered) }
            guard response.status == 200, let rows = Self.list(response) else {
                return .unreadable(StatusRule.classify(response, readsOnly: true).asUnreadable)
            }
            for row in rows where row["tahun"]?.text == sent.first?.year || row["tahun"] == nil {
                guard let code = row["kodeindikator"]?.string, let value = row["data"]?.text else { continue }
                shown[.init(code: code, area: row["kodekec"]?.text ?? "0", option: "")] = value
            }
            isComplete = rows.count < Self.pageSize
        }
        return ValueComparison.finding(sent.map(\.value), shown, isComplete: isComplete)
    }

    /// The least of what its rows stand at; a row that was sent back comes first.
    package func standing(_ pages: [HTTPResult], _ document: OutboundDocument) -> Standing? {
        let sent = Set(Self.rows(document).map { "\($0.value.code) \($0.value.area)" })
        var standings: [Standing] = []
        for case .success(let response) in pages {
            for row in Self.list(response) ?? [] {
                guard let code = row["kodeindikator"]?.string, sent.contains("\(code) \(row["kodekec"]?.text ?? "0")"),
                    row["status_verifikasi_walidata"] != nil
                else { continue }
                standings.append(
                    Standing(
                        custodian: row["status_verifikasi_walidata"]?.string,
                        supervisor: row["status_verifikasi_pembinadata"]?.string,
                        note: row["catatan_verifikasi_walidata"]?.string
                    )
                )
            }
        }
        for stage in [Standing.Stage.returned, .stored, .verified, .final] {
            if let standing = standings.first(where: { $0.stage == stage }) { return standing }
        }
        return nil
    }

    /// `{"data":[…]}` or the bare list; nil for anything else.
    private static func list(_ response: HTTPResponse) -> [JSONValue]? {
        guard let body = try? JSONParser.parse(response.body) else { return nil }
        return body.array ?? body["data"]?.array
    }
}

extension Outcome {
    /// A reply that is no list is no answer to compare, whatever its status says.
    var asUnreadable: Outcome {
        guard kind == .ackFinal || kind == .ackPending || kind == .duplicateOK || kind == .partial else { return self }
        return Outcome(.contractDrift, code: "read-back", detail: "the read-back is of another shape")
    }
}

extension JSONValue {
    /// A text, or a number as it was written: endpoints of this field use both for one member.
    var text: String? {
        switch self {
        case .string(let text): text
        case .number(let number): number.text
        default: nil
        }
    }
}
