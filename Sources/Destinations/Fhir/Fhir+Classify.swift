// Gives every answer of a FHIR server its class: an OperationOutcome before the status.
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTransfer
internal import PluginKit

extension Fhir {
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
            if act == .poll, transaction != ownLocation(document), response.isLostPoll {
                // The server no longer knows what it accepted: the report itself is looked for.
                return Outcome(.retryLater, code: "poll-lost", isUnknown: true)
            }
            let body = try? JSONParser.parse(response.body)
            var outcome: Outcome
            if body?["resourceType"]?.string == "OperationOutcome" {
                outcome = told(OperationOutcome(body), act, response, document, transaction)
            } else {
                outcome = answered(body, act, response, document, transaction)
            }
            outcome.retryAfterSeconds = outcome.retryAfterSeconds ?? response.retryAfterSeconds
            if readsOnly { outcome.isUnknown = false }
            return outcome
        }
    }

    // MARK: With an OperationOutcome

    private func told(
        _ words: OperationOutcome,
        _ act: PushAct,
        _ response: HTTPResponse,
        _ document: OutboundDocument,
        _ transaction: String?
    ) -> Outcome {
        guard let worst = words.worst else {
            // Information and warnings say nothing against the document.
            var outcome = answered(nil, act, response, document, transaction)
            if outcome.detail.isEmpty { outcome.detail = words.detail }
            return outcome
        }
        if act == .poll, response.status == 404, transaction == ownLocation(document) {
            return Outcome(.ackPending, code: "http-404", transaction: transaction)
        }
        let closed = Set(option("closed_codes", "").split { $0 == " " || $0 == "," }.map(String.init))
        var outcome: Outcome
        if !closed.isEmpty, words.errors.allSatisfy({ closed.contains($0.code) }) {
            outcome = Outcome(.windowClosed, code: "issue/\(worst.type)")
        } else if let kind = Self.class(of: worst.type) {
            let isUnknown = kind == .retryLater && ![429, 503].contains(response.status)
            outcome = Outcome(kind, code: "issue/\(worst.type)", isUnknown: isUnknown)
        } else if response.status < 400 || response.status == 409 && worst.type == "business-rule" {
            // A rule of the server, not another version: reading back and sending again would not end.
            outcome = Outcome(.rejected, code: "issue/\(worst.type)")
        } else {
            outcome = byStatus(response)
        }
        outcome.detail = words.detail
        outcome.errors = words.errors
        return outcome
    }

    /// Types of issues that say more than any status (FHIR `issue-type`); the rest is about content.
    private static func `class`(of type: String) -> OutcomeClass? {
        switch type {
        case "throttled", "transient", "lock-error", "timeout", "incomplete", "no-store": .retryLater
        case "security", "login", "expired", "forbidden": .auth
        case "conflict": .stale
        case "too-costly", "too-long": .tooBig
        default: nil
        }
    }

    // MARK: Without

    private func answered(
        _ body: JSONValue?,
        _ act: PushAct,
        _ response: HTTPResponse,
        _ document: OutboundDocument,
        _ transaction: String?
    ) -> Outcome {
        switch response.status {
        case 200, 201, 204:
            if let body, body["resourceType"]?.string == "MeasureReport" {
                return stored(body, act, document, transaction)
            }
            let isEmpty = Reply.recognise(response).isEmpty || OperationOutcome.isOne(response)
            if isEmpty, act == .put || act == .check || act == .poll {
                return Outcome(.ackFinal, code: "http-\(response.status)")
            }
            var outcome = StatusRule.classify(response, readsOnly: act != .put)
            if outcome.kind != .retryLater {
                outcome = drift("the reply is no answer of a FHIR server")
            }
            return outcome
        case 202 where act == .put || act == .poll: return pending(response, document, transaction)
        case 303 where act == .put || act == .poll:
            guard let next = response.header("Location").flatMap(location) else {
                return drift("303 leads to another place than our base URL")
            }
            return Outcome(.ackPending, code: "http-303", transaction: next)
        case 404 where act == .poll && transaction == ownLocation(document) && !Reply.recognise(response).isPage:
            return Outcome(.ackPending, code: "http-404", transaction: transaction)
        default: return byStatus(response)
        }
    }

    /// A report that came back is ours, or no answer to ours.
    private func stored(
        _ body: JSONValue,
        _ act: PushAct,
        _ document: OutboundDocument,
        _ transaction: String?
    ) -> Outcome {
        guard let revision = revision(body, document.key) else {
            return drift("the report that came back has no identifier of ours")
        }
        if revision == document.revision { return Outcome(.ackFinal, code: "report") }
        if act == .poll, revision < document.revision {
            return Outcome(.ackPending, code: "report-behind", transaction: transaction)
        }
        return Outcome(.stale, code: "report-revision", detail: "revision \(revision) came back")
    }

    private func pending(_ response: HTTPResponse, _ document: OutboundDocument, _ transaction: String?) -> Outcome {
        guard let place = response.header("Location") ?? response.header("Content-Location") else {
            return Outcome(.ackPending, code: "http-202", transaction: transaction ?? ownLocation(document))
        }
        guard let next = location(place) else { return drift("202 leads to another place than our base URL") }
        return Outcome(.ackPending, code: "http-202", transaction: next)
    }

    private func byStatus(_ response: HTTPResponse) -> Outcome {
        if response.status == 409, !Reply.recognise(response).isPage { return Outcome(.stale, code: "http-409") }
        return StatusRule.classify(response, readsOnly: false)
    }

    private func drift(_ detail: String) -> Outcome {
        Outcome(.contractDrift, code: "reply", detail: detail, isUnknown: true)
    }

    /// The revision in the identifier of a report; nil when it has none of our system and key.
    func revision(_ report: JSONValue, _ key: NaturalKey) -> Int? {
        let prefix = Self.identifierPrefix(key)
        for identifier in report["identifier"]?.array ?? [] where identifier["system"]?.string == identifierSystem {
            guard let value = identifier["value"]?.string, value.hasPrefix(prefix) else { continue }
            return Int(value.dropFirst(prefix.count))
        }
        return nil
    }
}

extension Reply {
    fileprivate var isEmpty: Bool { if case .empty = self { true } else { false } }
    /// A page of a gateway or a proxy, not of the server.
    fileprivate var isPage: Bool { if case .html = self { true } else { false } }
}

/// The issues of an OperationOutcome.
struct OperationOutcome {
    /// Of the severities error and fatal, at most 200.
    let errors: [Outcome.RowError]
    /// The first of them, and FHIR's word for it.
    let worst: (error: Outcome.RowError, type: String)?
    let detail: String

    init(_ body: JSONValue?) {
        let issues = (body?["issue"]?.array ?? []).prefix(200)
        let bad = issues.filter { ["error", "fatal"].contains($0["severity"]?.string) }
        errors = bad.map(Self.error)
        worst = bad.first.map { (Self.error($0), Scrub.words($0["code"]?.string ?? "unknown")) }
        detail = errors.first?.message ?? issues.first.map { Self.error($0).message } ?? ""
    }

    static func isOne(_ response: HTTPResponse) -> Bool {
        if case .operationOutcome = Reply.recognise(response) { true } else { false }
    }

    private static func error(_ issue: JSONValue) -> Outcome.RowError {
        let place = issue["expression"]?.array?.first?.string ?? issue["location"]?.array?.first?.string ?? ""
        return Outcome.RowError(
            index: group(place),
            pointer: Scrub.words(place),
            code: Scrub.words(
                issue["details"]?["coding"]?.array?.first?["code"]?.string ?? issue["code"]?.string ?? ""
            ),
            message: Scrub.words(issue["details"]?["text"]?.string ?? issue["diagnostics"]?.string ?? "")
        )
    }

    /// The number of the group in `MeasureReport.group[3].population[0].count`.
    private static func group(_ place: String) -> Int? {
        guard let start = place.split(separator: "group[", maxSplits: 1).dropFirst().first else { return nil }
        return Int(start.prefix { $0 != "]" })
    }
}
