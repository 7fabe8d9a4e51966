// Gives every answer of a DHIS2 its class: the ImportSummary decides, whatever the status.
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTransfer
internal import PluginKit

/// Reads ImportSummaries (bare or inside `response`), import jobs, and data value sets that were read back.
struct Dhis2Reply: Sendable {
    private let settings: DestinationSettings

    init(_ settings: DestinationSettings) { self.settings = settings }

    func classify(_ act: PushAct, _ result: HTTPResult, transaction: String?) -> Outcome {
        let readsOnly = act != .put
        switch result {
        case .failure(let error): return TransportRule.classify(error, readsOnly: readsOnly)
        case .success(let response):
            if act == .poll, response.isLostPoll {
                // Jobs end with the server's process: what became of the values is unknown, and they are looked for.
                return Outcome(.retryLater, code: "job-lost", isUnknown: true)
            }
            guard act != .login, act != .readBack, [200, 201, 202, 409].contains(response.status) else {
                return StatusRule.classify(response, readsOnly: readsOnly)
            }
            let body = try? JSONParser.parse(response.body)
            if let summaries = Self.summaries(body) { return imported(summaries, transaction) }
            if let job = Self.job(body) {
                return Outcome(
                    .ackPending,
                    code: "job",
                    retryAfterSeconds: response.retryAfterSeconds,
                    transaction: job
                )
            }
            if act == .poll, response.status == 200, Self.isUnfinished(body, response) {
                return Outcome(.ackPending, code: "job", transaction: transaction)
            }
            var outcome = StatusRule.classify(response, readsOnly: readsOnly)
            if response.status < 300, outcome.kind == .contractDrift { outcome.isUnknown = !readsOnly }
            return outcome
        }
    }

    // MARK: ImportSummary

    /// One summary, or those of a list together: the worst status counts, and every conflict.
    private func imported(_ summaries: [JSONValue], _ transaction: String?) -> Outcome {
        func sum(_ name: String) -> Int { summaries.reduce(0) { $0 + ($1["importCount"]?[name]?.integer ?? 0) } }
        let rows = Outcome.RowCounts(
            saved: sum("imported"),
            changed: sum("updated"),
            same: sum("ignored"),
            refused: summaries.reduce(0) { $0 + ($1["rejectedIndexes"]?.array?.count ?? 0) }
        )
        let errors = Array(summaries.flatMap(conflicts).prefix(200))
        let order = ["OK", "SUCCESS", "WARNING", "ERROR"]
        func badness(_ status: String) -> Int { order.firstIndex(of: status) ?? order.count }
        let status = summaries.map { $0["status"]?.string ?? "" }.max { badness($0) < badness($1) } ?? ""
        let detail = Scrub.words(summaries.first?["description"]?.string ?? errors.first?.message ?? "")
        let kind: OutcomeClass
        if errors.isEmpty, rows.refused == 0, status != "ERROR" {
            // The same values again are counted as ignored, or as updated: both are ours.
            kind = status == "SUCCESS" || status == "OK" ? .ackFinal : .contractDrift
        } else if !errors.isEmpty, errors.allSatisfy({ closedCodes.contains($0.code) }) {
            kind = .windowClosed
        } else if rows.saved + rows.changed == 0 || status == "ERROR" && summaries.count == 1 {
            kind = .rejected
        } else {
            kind = .partial
        }
        var outcome = Outcome(kind, code: "import-\(status.lowercased())", detail: detail)
        outcome.isUnknown = kind == .contractDrift
        outcome.transaction = transaction
        outcome.rows = rows
        outcome.errors = errors
        return outcome
    }

    /// Codes that say that the period may no longer be written: past its expiry days, approved, not open. Up to 2.41 they are
    /// E764x, later E803x; the destination file can replace them.
    private var closedCodes: Set<String> {
        let words = settings.dialect.options["closed_codes"] ?? "E7640 E7642 E7643 E7644 E8030 E8031 E8032 E8033"
        return Set(words.split { $0 == " " || $0 == "," }.map(String.init))
    }

    private func conflicts(_ summary: JSONValue) -> [Outcome.RowError] {
        (summary["conflicts"]?.array ?? []).prefix(200).map { conflict in
            Outcome.RowError(
                index: conflict["indexes"]?.array?.first?.integer,
                pointer: Scrub.words(conflict["property"]?.string ?? conflict["object"]?.string ?? ""),
                code: Scrub.words(conflict["errorCode"]?.string ?? ""),
                message: Scrub.words(conflict["value"]?.string ?? "")
            )
        }
    }

    /// The summary itself: bare, in the envelope `response`, or the only one of a finished job. An older DHIS2
    /// answers ADX with a list of them, `importSummaries`, one a group; each has to be one.
    private static func summaries(_ body: JSONValue?) -> [JSONValue]? {
        guard let body else { return nil }
        let isOne: (JSONValue) -> Bool = { $0["importCount"]?.object != nil }
        for candidate in [body, body["response"], body["response"]?["importSummary"]] {
            if let candidate, isOne(candidate) { return [candidate] }
        }
        for holder in [body, body["response"]] {
            if let list = holder?["importSummaries"]?.array, !list.isEmpty, list.allSatisfy(isOne) { return list }
        }
        return nil
    }

    private static func job(_ body: JSONValue?) -> String? {
        guard let response = body?["response"], response["jobType"]?.string == "DATAVALUE_IMPORT",
            let id = response["id"]?.string, PathText.isPlainIdentifier(id)
        else { return nil }
        return id
    }

    /// A job that has no summary yet answers with nothing, `null` or an empty object.
    private static func isUnfinished(_ body: JSONValue?, _ response: HTTPResponse) -> Bool {
        guard let body else { return response.body.allSatisfy { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D } }
        return body == .null || body.object?.isEmpty == true
    }

    // MARK: Read-back

    /// One page holds everything; values that were deleted are not there.
    func reconcile(_ pages: [HTTPResult], _ sent: [ValueRow]) -> ReadBackFinding {
        guard case .success(let response)? = pages.last else { return .unreadable(pages.last.unanswered) }
        guard response.status == 200, let body = try? JSONParser.parse(response.body), body.object != nil,
            Self.summaries(body) == nil, body["httpStatus"] == nil
        else { return .unreadable(StatusRule.classify(response, readsOnly: true).asUnreadable) }
        var shown: [ValueRow.Key: String] = [:]
        let hasOptions = Set(sent.filter { !$0.option.isEmpty }.map(\.code))
        for entry in body["dataValues"]?.array ?? [] {
            guard let code = entry["dataElement"]?.string, let area = entry["orgUnit"]?.string,
                let value = entry["value"]?.text, entry["deleted"]?.bool != true
            else { continue }
            // Without a disaggregation of ours the peer shows its default one.
            let option = hasOptions.contains(code) ? entry["categoryOptionCombo"]?.string ?? "" : ""
            shown[.init(code: code, area: area, option: option)] = value
        }
        return ValueComparison.finding(sent, shown, isComplete: true)
    }
}
