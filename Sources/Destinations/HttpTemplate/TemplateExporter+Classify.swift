// Answers by the destination file's table, and a read-back by its pointers.
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTransfer
internal import PluginKit

extension TemplateExporter {
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
            let body = try? JSONParser.parse(response.body)
            let number = template.rules.firstIndex { Self.fits($0, act, response.status, body) }
            guard let number else {
                return Outcome(
                    .contractDrift,
                    code: "http-\(response.status)",
                    detail: "no rule of the table fits the answer",
                    isUnknown: !readsOnly
                )
            }
            var outcome = Outcome(template.rules[number].kind, code: "rule-\(number + 1)/http-\(response.status)")
            outcome.detail = Scrub.words(
                body.flatMap { body in template.message.flatMap { JSONPointer.text(body, $0) } } ?? ""
            )
            outcome.retryAfterSeconds = response.retryAfterSeconds
            let mayHaveActed = [.retryLater, .contractDrift, .auth].contains(outcome.kind)
            outcome.isUnknown = !readsOnly && mayHaveActed && ![401, 403, 425, 429, 503].contains(response.status)
            outcome.transaction = self.transaction(body) ?? transaction
            if outcome.kind == .ackPending, outcome.transaction == nil {
                return Outcome(
                    .contractDrift,
                    code: outcome.code,
                    detail: "the answer has no transaction to poll",
                    isUnknown: !readsOnly
                )
            }
            return outcome
        }
    }

    private func transaction(_ body: JSONValue?) -> String? {
        guard let body, let pointer = template.transaction, let id = JSONPointer.text(body, pointer),
            PathText.isPlainIdentifier(id)
        else { return nil }
        return id
    }

    private static func fits(_ rule: HTTPTemplate.Rule, _ act: PushAct, _ status: Int, _ body: JSONValue?) -> Bool {
        guard rule.act == nil || rule.act == act, rule.statuses.contains(status) else { return false }
        guard let pointer = rule.pointer else { return true }
        guard let body else { return false }
        guard let wanted = rule.equals else { return JSONPointer.value(body, pointer) != nil }
        return JSONPointer.text(body, pointer) == wanted
    }

    // MARK: Read-back

    package func reconcile(_ pages: [HTTPResult], _ document: OutboundDocument) -> ReadBackFinding {
        guard let readBack = template.readBack else { return .notOffered }
        var bodies: [JSONValue] = []
        for page in pages {
            guard case .success(let response) = page else { return .unreadable(Optional(page).unanswered) }
            if response.status == 404 { return Self.absent(response) }
            guard response.status == 200, let body = try? JSONParser.parse(response.body) else {
                return .unreadable(StatusRule.classify(response, readsOnly: true).asUnreadable)
            }
            bodies.append(body)
        }
        guard let last = bodies.last else { return .unreadable(pages.last.unanswered) }
        switch readBack.comparison {
        case .revision(let pointer):
            guard let held = JSONPointer.text(last, pointer).flatMap({ Int($0) }) else { return Self.otherShape }
            if held == document.revision { return .same }
            return held < document.revision ? .behind(revision: held) : .ahead(revision: held)
        case .rows(let rows): return compare(rows, bodies, document)
        }
    }

    private func compare(_ rows: HTTPTemplate.Rows, _ bodies: [JSONValue], _ document: OutboundDocument)
        -> ReadBackFinding
    {
        guard let own = try? JSONParser.parse(document.bytes), let list = JSONPointer.value(own, rows.sent)?.array
        else { return Self.otherShape }
        let sent = list.compactMap { Self.row($0, rows) }
        guard sent.count == list.count else { return Self.otherShape }
        var shown: [ValueRow.Key: String] = [:]
        var isComplete = true
        for body in bodies {
            guard let list = JSONPointer.value(body, rows.shown)?.array else { return Self.otherShape }
            for value in list.compactMap({ Self.row($0, rows) }) { shown[value.key] = value.value }
            isComplete = rows.pageSize == 0 || list.count < rows.pageSize
        }
        return ValueComparison.finding(sent, shown, isComplete: isComplete)
    }

    private static func row(_ value: JSONValue, _ rows: HTTPTemplate.Rows) -> ValueRow? {
        guard let code = JSONPointer.text(value, rows.code), let area = JSONPointer.text(value, rows.area),
            let number = JSONPointer.text(value, rows.value)
        else { return nil }
        return ValueRow(code: code, area: area, value: number)
    }

    /// A page of a proxy says nothing about the document.
    private static func absent(_ response: HTTPResponse) -> ReadBackFinding {
        if case .html = Reply.recognise(response) {
            return .unreadable(Outcome(.retryLater, code: "http-404", detail: "404 with a page instead of data"))
        }
        return .absent
    }

    private static let otherShape = ReadBackFinding.unreadable(
        Outcome(.contractDrift, code: "read-back", detail: "the read-back is of another shape")
    )
}
