// The class of an answer that is no success of the dialect: problem documents, gateways, HTML, then the status.
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTransfer
internal import PluginKit

/// Body before status; an unknown combination is CONTRACT_DRIFT, never an acknowledgement.
enum StatusRule {
    /// `readsOnly`: the request changed nothing, so no outcome of it is unknown.
    static func classify(_ response: HTTPResponse, readsOnly: Bool) -> Outcome {
        let reply = Reply.recognise(response)
        var outcome: Outcome
        switch reply {
        case .problem(let type, let body): outcome = problem(type, body, response.status)
        case .fault(let code): outcome = fault(code, response.status)
        case .html: outcome = html(response)
        case .ruleNumbers, .operationOutcome, .importSummary, .codeMessageLog:
            outcome = foreign(response.status)
        case .statusMessage(let body):
            outcome = byStatus(response.status, detail: body["message"]?.string)
        case .object(let body):
            outcome = byStatus(response.status, detail: body["detail"]?.string ?? body["pesan"]?.string)
        case .otherJSON, .empty, .unreadable: outcome = byStatus(response.status, detail: nil)
        }
        outcome.detail = Scrub.words(outcome.detail)
        outcome.retryAfterSeconds = response.retryAfterSeconds
        if readsOnly { outcome.isUnknown = false }
        return outcome
    }

    // MARK: By body

    private static func problem(_ type: String, _ body: JSONObject, _ status: Int) -> Outcome {
        let kind: OutcomeClass
        switch type {
        case "validasi", "referensi-tidak-dikenal", "revisi-bentrok": kind = .rejected
        case "jadwal-ditutup": kind = .windowClosed
        case "revisi-tertinggal": kind = .stale
        case "terlalu-besar": kind = .tooBig
        case "kunci-idempotensi":
            kind = status == 409 ? .retryLater : [400, 422].contains(status) ? .rejected : .contractDrift
        default:
            var outcome = byStatus(status, detail: body["detail"]?.string ?? body["title"]?.string)
            outcome.errors = errors(body["errors"])
            return outcome
        }
        return Outcome(
            kind,
            code: "masalah/\(type)",
            detail: body["detail"]?.string ?? body["title"]?.string ?? "",
            errors: errors(body["errors"])
        )
    }

    private static func fault(_ code: String, _ status: Int) -> Outcome {
        let lowered = code.lowercased()
        if lowered.hasSuffix("quotaviolation") || lowered.hasSuffix("spikearrest") || lowered.contains("ratelimit") {
            return Outcome(.retryLater, code: "gateway-quota", detail: code)
        }
        if lowered.contains("token") || lowered.contains("apikey") || [401, 403].contains(status) {
            return Outcome(.auth, code: "gateway-auth", detail: code)
        }
        return byStatus(status, detail: code)
    }

    /// A page where JSON belongs: a proxy, a maintenance notice, a login page. Four statuses still say enough. A page with 400 is
    /// from something in front of the peer that wants our request otherwise (a client certificate, another host): it will say so
    /// of every document.
    private static func html(_ response: HTTPResponse) -> Outcome {
        let title = Reply.title(response.body).map { ": \($0)" } ?? ""
        let detail = "a page instead of JSON, status \(response.status)\(title)"
        return switch response.status {
        case 400: Outcome(.contractDrift, code: "html-400", detail: detail, isUnknown: true)
        case 401: Outcome(.auth, code: "http-401", detail: detail)
        case 413: Outcome(.tooBig, code: "http-413", detail: detail)
        case 300..<400: byStatus(response.status, detail: detail)
        default: Outcome(.retryLater, code: "html", detail: detail, isUnknown: ![429, 503].contains(response.status))
        }
    }

    /// The answer of another dialect: a success of it is no success of ours.
    private static func foreign(_ status: Int) -> Outcome {
        status < 400
            ? Outcome(.contractDrift, code: "dialect", detail: "the reply is of another dialect", isUnknown: true)
            : byStatus(status, detail: "the reply is of another dialect")
    }

    // MARK: By status

    private static func byStatus(_ status: Int, detail: String?) -> Outcome {
        let code = "http-\(status)"
        let detail = detail ?? ""
        switch status {
        case 401, 403: return Outcome(.auth, code: code, detail: detail)
        case 425, 429, 503: return Outcome(.retryLater, code: code, detail: detail)
        case 408, 500, 502, 504, 507, 520...527:
            return Outcome(.retryLater, code: code, detail: detail, isUnknown: true)
        case 412: return Outcome(.stale, code: code, detail: detail)
        case 413: return Outcome(.tooBig, code: code, detail: detail)
        case 400, 404, 405, 406, 410, 411, 414, 415, 422: return Outcome(.rejected, code: code, detail: detail)
        case 200..<400, 500...: return Outcome(.contractDrift, code: code, detail: detail, isUnknown: true)
        default: return Outcome(.contractDrift, code: code, detail: detail)
        }
    }

    /// `errors[]` of a problem or `kesalahan[]` of a transaction; at most 200 are kept.
    static func errors(_ list: JSONValue?) -> [Outcome.RowError] {
        (list?.array ?? []).prefix(200).map { entry in
            Outcome.RowError(
                index: entry["indeks"]?.integer,
                pointer: Scrub.words(entry["pointer"]?.string ?? ""),
                code: Scrub.words(entry["kode"]?.string ?? ""),
                message: Scrub.words(entry["pesan"]?.string ?? "")
            )
        }
    }
}

extension HTTPResponse {
    /// The answer to a poll that says that nobody knows the transaction any more; a page of a proxy says nothing of it.
    var isLostPoll: Bool {
        guard status == 404 || status == 410 else { return false }
        if case .html = Reply.recognise(self) { return false }
        return true
    }
}
