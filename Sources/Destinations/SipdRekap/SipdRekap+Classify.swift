// Gives every answer of a `sipd-rekap/1` endpoint its class. Total: there is no answer without one.
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTransfer
internal import PluginKit

extension SipdRekap {
    package func classify(
        _ act: PushAct,
        _ result: HTTPResult,
        _ document: OutboundDocument,
        transaction: String?
    ) -> Outcome {
        let readsOnly = act != .put
        switch result {
        case .failure(let error):
            return TransportRule.classify(error, readsOnly: readsOnly)
        case .success(let response):
            switch act {
            case .put: return classifyPut(response, document)
            case .poll: return classifyPoll(response, document, transaction)
            case .login, .readBack, .check: return StatusRule.classify(response, readsOnly: true)
            }
        }
    }

    // MARK: PUT

    private func classifyPut(_ response: HTTPResponse, _ document: OutboundDocument) -> Outcome {
        switch response.status {
        case 200, 201, 202:
            guard let reply = Reply.object(response) else { return noAcknowledgement(response) }
            return announced(reply, response, document, expected: nil, readsOnly: false)
        case 204 where response.body.isEmpty:
            return Outcome(.ackFinal, code: "http-204")
        case 303:
            guard let transaction = Self.transaction(location: response.header("Location")) else {
                return StatusRule.classify(response, readsOnly: false)
            }
            return Outcome(
                .ackPending,
                code: "http-303",
                retryAfterSeconds: response.retryAfterSeconds,
                transaction: transaction
            )
        default:
            return StatusRule.classify(response, readsOnly: false)
        }
    }

    /// A 2xx without the reply of the contract. A problem, a page or a gateway's fault in a 200 keeps its own class.
    private func noAcknowledgement(_ response: HTTPResponse) -> Outcome {
        var outcome = StatusRule.classify(response, readsOnly: false)
        outcome.isUnknown = outcome.kind == .retryLater || outcome.kind == .contractDrift
        return outcome
    }

    /// `/v1/transaksi/{id}`, relative or at our own base; another host is not followed.
    static func transaction(location: String?) -> String? {
        guard let location, let last = location.split(separator: "/").last.map(String.init),
            location.hasSuffix("/v1/transaksi/\(last)"), PathText.isPlainIdentifier(last), location.hasPrefix("/")
        else { return nil }
        return last
    }

    // MARK: Transactions

    private func classifyPoll(
        _ response: HTTPResponse,
        _ document: OutboundDocument,
        _ transaction: String?
    ) -> Outcome {
        switch response.status {
        case 200, 202:
            guard let reply = Reply.object(response) else {
                return StatusRule.classify(response, readsOnly: true)
            }
            return announced(reply, response, document, expected: transaction, readsOnly: true)
        case 404:
            if case .html = Reply.recognise(response) { return StatusRule.classify(response, readsOnly: true) }
            // The peer does not know the transaction it gave: what became of the document is unknown.
            return Outcome(.retryLater, code: "transaksi-hilang", isUnknown: true)
        default:
            return StatusRule.classify(response, readsOnly: true)
        }
    }

    /// The reply to PUT and to a poll: both name transaction, status and what they speak of.
    private func announced(
        _ reply: JSONObject,
        _ response: HTTPResponse,
        _ document: OutboundDocument,
        expected: String?,
        readsOnly: Bool
    ) -> Outcome {
        guard let transaction = reply["id_transaksi"]?.string, PathText.isPlainIdentifier(transaction),
            expected == nil || expected == transaction, let status = reply["status"]?.string
        else { return drift("id_transaksi or status is missing or foreign", readsOnly) }
        if let mismatch = Self.mismatch(reply, document) {
            return drift("the reply speaks of another \(mismatch)", readsOnly)
        }
        var outcome: Outcome
        switch status {
        case "DITERIMA", "DIPROSES":
            outcome = Outcome(.ackPending, code: status)
        case "SELESAI":
            let wasThere = !readsOnly && response.status == 200
            outcome = Outcome(wasThere ? .duplicateOK : .ackFinal, code: status)
        case "SELESAI_SEBAGIAN":
            outcome = Outcome(.partial, code: status)
        case "DITOLAK":
            outcome = Outcome(refusalClass(reply), code: status)
        default:
            return drift("status \(Scrub.words(status)) is not of the contract", readsOnly)
        }
        outcome.transaction = transaction
        outcome.retryAfterSeconds = response.retryAfterSeconds
        outcome.rows = Self.rowCounts(reply["hasil"])
        outcome.errors = StatusRule.errors(reply["kesalahan"])
        return outcome
    }

    /// A transaction refused as a whole names the problem's type when it is not about rows.
    private func refusalClass(_ reply: JSONObject) -> OutcomeClass {
        switch reply["masalah"]?.string?.split(separator: "/").last {
        case "jadwal-ditutup": .windowClosed
        case "revisi-tertinggal": .stale
        case "terlalu-besar": .tooBig
        default: .rejected
        }
    }

    private func drift(_ detail: String, _ readsOnly: Bool) -> Outcome {
        Outcome(.contractDrift, code: "reply", detail: detail, isUnknown: !readsOnly)
    }

    /// The first member of a reply that names another document than ours.
    static func mismatch(_ reply: JSONObject, _ document: OutboundDocument) -> String? {
        if let value = reply["kodepemda"], value.string != document.key.kodepemda { return "kodepemda" }
        if let value = reply["periode"], value.string != document.key.period { return "periode" }
        if let value = reply["jenis"], value.string != document.key.kind.rawValue { return "jenis" }
        if let value = reply["revisi"], value.integer != document.revision { return "revisi" }
        if let value = reply["digest"], value.string != digestText(document) { return "digest" }
        return nil
    }

    /// A digest as the contract writes it: `sha-256:` and 64 hexadecimal digits.
    static func digestText(_ document: OutboundDocument) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let hex = document.digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return "sha-256:" + String(decoding: hex, as: UTF8.self)
    }

    private static func rowCounts(_ value: JSONValue?) -> Outcome.RowCounts? {
        guard let value, value.object != nil else { return nil }
        return Outcome.RowCounts(
            saved: value["simpan"]?.integer ?? 0,
            changed: value["ubah"]?.integer ?? 0,
            same: value["sama"]?.integer ?? 0,
            refused: value["tolak"]?.integer ?? 0
        )
    }
}

extension SipdRekap {
    /// Revision and digest decide; anything that cannot be compared is unreadable, never `same`.
    package func reconcile(_ pages: [HTTPResult], _ document: OutboundDocument) -> ReadBackFinding {
        guard let result = pages.last, case .success(let response) = result else {
            return .unreadable(pages.last.unanswered)
        }
        if response.status == 404 {
            switch Reply.recognise(response) {
            case .problem, .object: return .absent
            default:
                return .unreadable(Outcome(.retryLater, code: "http-404", detail: "404 without the contract's body"))
            }
        }
        guard response.status == 200, let reply = Reply.object(response) else {
            return .unreadable(StatusRule.classify(response, readsOnly: true))
        }
        guard let revision = reply["revisi"]?.integer, let digest = reply["digest"]?.string,
            reply["kodepemda"]?.string ?? document.key.kodepemda == document.key.kodepemda,
            reply["periode"]?.string ?? document.key.period == document.key.period,
            reply["jenis"]?.string ?? document.key.kind.rawValue == document.key.kind.rawValue
        else {
            return .unreadable(
                Outcome(.contractDrift, code: "read-back", detail: "the read-back is of another shape or document")
            )
        }
        if revision < document.revision { return .behind(revision: revision) }
        if revision > document.revision { return .ahead(revision: revision) }
        return digest == Self.digestText(document) ? .same : .different(digest: Scrub.words(digest))
    }

    package func standing(_ pages: [HTTPResult], _ document: OutboundDocument) -> Standing? {
        guard case .success(let response)? = pages.last, let verification = Reply.object(response)?["verifikasi"],
            verification.object != nil
        else { return nil }
        return Standing(
            custodian: verification["walidata"]?.string,
            supervisor: verification["pembina"]?.string,
            note: verification["catatan"]?.string
        )
    }
}
