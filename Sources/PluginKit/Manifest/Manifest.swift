// The manifest of a sector: who it is, what it records, what it counts.
// SPDX-License-Identifier: Apache-2.0

/// `sector.json` as values. Made by ``parse(_:file:)`` only, so a manifest that exists has no errors.
///
/// Objects of the file become arrays in the order of the file.
package struct Manifest: Sendable {
    package enum Form: String, CaseIterable, Sendable { case declarative, program }
    package enum Scope: String, CaseIterable, Sendable { case canonical, local }
    package enum Stability: String, CaseIterable, Sendable { case development, beta, stable }
    /// `confidential`: never logged, shown to the case's own office only. `personal`: names or identifies someone.
    package enum Sensitivity: String, CaseIterable, Sendable { case normal, personal, confidential }

    /// A text per language; Indonesian is always there.
    package struct Title: Hashable, Sendable {
        package let id: String
        package let en: String?
    }

    /// The six sector codes that the central system knows; permanent.
    package static let canonicalSectors = [
        "pendidikan", "kesehatan", "pekerjaan_umum", "perumahan_rakyat", "trantibumlinmas", "sosial",
    ]
    /// The manifest format that this code reads.
    package static let format = 1

    package var id = ""
    package var version = ""
    /// The wire protocol that the sector was written for.
    package var wireProtocol = 1
    package var form = Form.program
    package var scope = Scope.local
    package var stability = Stability.development
    package var name = Title(id: "", en: nil)
    package var parameters: [Parameter] = []
    package var records: [Record] = []
    package var indicators: [Indicator] = []
    /// The case flow with the standard one already merged in; nil when the sector opens no cases.
    package var workflow: Workflow?
    package var routing: [Route] = []
    package var spm: [Service] = []
    package var registers: [Register] = []
    package var views: [View] = []
    package var links: [Link] = []
    package var limits = Limits()
    package var lists: [ListRule] = []
    package var confidentiality = Confidentiality()

    package func record(_ type: String) -> Record? { records.first { $0.type == type } }
    package func indicator(_ name: String) -> Indicator? { indicators.first { $0.name == name } }
    package func parameter(_ name: String) -> Parameter? { parameters.first { $0.name == name } }

    /// The office role that gets the cases of a record type which nothing more special is said of.
    package func office(for type: String) -> String? {
        routing.first { $0.type == type && $0.condition == nil }?.office
    }

    /// The defaults of all parameters.
    package var parameterDefaults: Fields {
        var fields = Fields()
        for parameter in parameters { fields[parameter.name] = parameter.standard }
        return fields
    }

    /// A value that a kabupaten may set.
    package struct Parameter: Sendable {
        package var name: String
        package var type: FieldType
        package var unit: String?
        /// `default` in the file.
        package var standard: FieldValue
        package var minimum: ExactDecimal?
        package var maximum: ExactDecimal?
        package var choices: [String]
        package var label: Title?
        /// Where the default comes from: a regulation or guide.
        package var source: String?
    }

    /// A figure.
    package struct Indicator: Sendable {
        package enum Kind: String, CaseIterable, Sendable { case count, distinct, sum, stock, ratio }
        package var name: String
        package var kind: Kind
        package var unit: String
        package var period: Period.Kind
        /// Figures below this number are not shown.
        package var hideBelow: Int?
        /// Numerator and denominator of a ratio; empty for other kinds.
        package var of: [String]
        package var label: Title?
        /// Whether longer periods have a figure made of this one's periods: what was counted in a month counts in its quarter and year.
        package var rollsUp = true
    }

    /// Which office role gets the cases of a record type.
    package struct Route: Sendable {
        package var type: String
        package var office: String
        /// Only for records that fulfil it; the first of the file that fits is taken, those without a condition last.
        package var condition: Condition?
    }

    /// Which legal SPM services (9 to 37) the records of a work item concern.
    package struct Service: Sendable {
        package var workItem: String
        /// All that they may concern.
        package var services: [Int]
        /// The field of a record that names which of them it concerns, space between; nil when the manifest decides.
        package var field: String?
        /// Services that a record concerns only when it fulfils one of these; the others it concerns always.
        package var conditions: [Int: [Condition]] = [:]

        /// What a record with these fields concerns, in the order of ``services``.
        package func concerned(by fields: Fields) -> [Int] {
            if let field {
                let named = (fields.text(field) ?? "").split(separator: " ").compactMap { Int($0) }
                return services.filter(named.contains)
            }
            return services.filter { conditions[$0]?.contains { $0.holds(for: fields) } ?? true }
        }
    }

    /// The flow of the cases that records of a type open.
    ///
    /// It asks for no paper that other record types of the sector declare and this one does not: a complaint about a
    /// neighbour's rubbish needs no photographs of a house. Papers that no type declares are always asked for.
    package func workflow(of record: Record) -> Workflow? {
        guard var flow = workflow else { return nil }
        let foreign = Set(records.flatMap { $0.fields.map(\.name) }).subtracting(record.fields.map(\.name))
        for index in flow.moves.indices { flow.moves[index].documents.removeAll(where: foreign.contains) }
        return flow
    }

    /// What the manifest says of a record type's legal services; nil when it concerns none.
    package func service(of record: Record) -> Service? {
        record.workItem.flatMap { item in spm.first { $0.workItem == item } }
    }

    /// A shortcut to a form of another sector.
    package struct Link: Sendable {
        package var to: String
        package var label: Title
    }

    /// What one worker may use.
    package struct Limits: Hashable, Sendable {
        /// No worker gets more address space, whatever its manifest asks for.
        package static let mostMemoryMiB = 512

        /// Records a batch.
        package var records = 1_000
        /// Seconds a batch, on top of 50 ms a record.
        package var seconds = 2
        /// Address space in MiB.
        package var memoryMiB = 256

        package init() {}
    }
}
