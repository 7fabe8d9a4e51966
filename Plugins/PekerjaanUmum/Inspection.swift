// Inspection of a public facility: counts it, counts it as damaged, opens a case when the damage is heavy.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// How bad a facility is.
enum Damage: Sendable {
    case none, light, heavy
}

/// What the form of one kind of facility says. The rest is the same for all: see ``Inspection``.
protocol InspectionForm: Decodable, Sendable {
    static var type: RecordType { get }
    /// Indicators that count the inspected and the damaged ones.
    static var inspected: String { get }
    static var damaged: String { get }

    var damage: Damage { get }
    /// Why the case opens when the damage is heavy.
    var caseReason: String { get }
    var violations: [Violation] { get }
    /// Whether the form has the place on the map.
    var isOnMap: Bool { get }
    var fields: Fields { get }
    /// What this kind adds beside the two counts.
    func more(_ month: Period) -> [Contribution]
}

extension InspectionForm {
    func more(_ month: Period) -> [Contribution] { [] }
}

/// Decides what the inspection of one kind of facility means.
struct Inspection<Form: InspectionForm>: RecordHandler {
    var type: RecordType { Form.type }
    let desk: CaseDesk
    /// Rules that need a parameter of the sector.
    var check: (@Sendable (Form) -> [Violation])?

    func validate(_ payload: Documented<Form>) -> [Violation] { payload.form.violations + (check?(payload.form) ?? []) }

    func apply(_ payload: Documented<Form>, in context: Context) -> [Effect] {
        var fields = payload.form.fields
        let papers = payload.documents.ticking(OfficePapers.mapPoint, if: payload.form.isOnMap)
        papers.put(into: &fields)
        guard payload.form.damage == .heavy else { return [.put(fields)] }
        return [.put(fields)] + desk.open(payload.form.caseReason, priority: nil, documents: papers)
    }

    func summarise(_ record: Record<Documented<Form>>) -> [Contribution] {
        let month = record.date.period
        var contributions = [Contribution(Form.inspected, month)]
        if record.payload.form.damage != .none { contributions.append(Contribution(Form.damaged, month)) }
        return contributions + record.payload.form.more(month)
    }
}
