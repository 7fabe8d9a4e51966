// The worker of sectors whose manifest says everything.
// SPDX-License-Identifier: Apache-2.0

/// A sector of the declarative form: its handlers are the record types of the manifest that `initialize` brings.
package struct DeclarativeSector: SectorPlugin {
    package let handlers: [any RecordHandler]

    /// - Throws: ``SetupError`` with the first finding when the manifest has faults.
    package init(_ setup: Setup) throws {
        let manifest: Manifest
        switch Manifest.parse(setup.manifest, file: "sector.json") {
        case .success(let parsed): manifest = parsed
        case .failure(let faults): throw SetupError(faults.description)
        }
        handlers = manifest.records.map { DeclarativeHandler($0, in: manifest) }
    }
}

/// Keeps the declared fields of a record, opens a case where the manifest says so, and counts.
struct DeclarativeHandler: RecordHandler {
    typealias Payload = JSONValue

    let type: RecordType
    private let fields: [Manifest.Field]
    private let caseRule: Manifest.CaseRule?
    private let contributions: [(rule: Manifest.ContributionRule, period: Period.Kind)]

    init(_ record: Manifest.Record, in manifest: Manifest) {
        type = RecordType(record.type)
        fields = record.fields.filter { !$0.derived }
        caseRule = record.caseRule
        contributions = record.contributions.map { rule in
            (rule, manifest.indicator(rule.indicator)?.period ?? .month)
        }
    }

    func apply(_ payload: JSONValue, in context: Context) -> [Effect] {
        guard let object = payload.object else { return [.reject(Violation("isian.jenis", "catatan tidak terbaca"))] }
        var kept = Fields()
        for field in fields {
            guard let value = object[field.name], value != .null else { continue }
            guard let fieldValue = FieldValue(value) else {
                return [.reject(Violation("isian.jenis", field: field.name, "isian tidak dapat disimpan"))]
            }
            kept.append(field.name, fieldValue)
        }
        var effects: [Effect] = [.put(kept)]
        if let rule = caseRule, rule.openWhen.holds(for: kept) {
            effects.append(.openCase(reason: rule.reason ?? rule.openWhen.text, priority: rule.priority))
        }
        return effects
    }

    func summarise(_ record: Record<JSONValue>) -> [Contribution] {
        var answer: [Contribution] = []
        for (rule, period) in contributions {
            if let condition = rule.condition, !condition.holds(in: record.payload) { continue }
            var value: ExactDecimal = 1
            if let field = rule.value {
                guard let number = record.payload[field]?.decimal else { continue }
                value = number
            }
            let place = Period.of(period, record.date)
            answer.append(Contribution(rule.indicator, place, subject: record.context.subject?.id, value: value))
        }
        return answer
    }
}

extension Manifest.Condition {
    /// Whether a payload fulfils it.
    func holds(in payload: JSONValue) -> Bool {
        guard let value = payload[field].flatMap({ FieldValue($0) }) else { return false }
        return holds(for: value)
    }

    /// The value as a person reads it.
    var text: String {
        switch value {
        case .text(let text): text
        case .flag, .list: field
        case .integer(let number): "\(field) \(number)"
        case .decimal(let number): "\(field) \(number)"
        case .date(let date): "\(field) \(date)"
        case .point(let point): "\(field) \(point.text)"
        }
    }
}
