// What a manifest says about one record type.
// SPDX-License-Identifier: Apache-2.0

extension Manifest {
    /// A record type.
    package struct Record: Sendable {
        package enum SubjectKind: String, CaseIterable, Sendable { case resident, household, none }

        /// `<sector>.<name>`.
        package var type: String
        package var version: Int
        /// The versions whose payloads the sector reads, `version` among them.
        package var accepts: [Int]
        package var title: Title
        package var subject: SubjectKind
        package var subjectLabel: Title?
        /// Fields whose values, with the subject and the posyandu, make a second record a correction of the first.
        package var key: [String]
        package var sensitivity: Sensitivity
        package var workItem: String?
        package var fields: [Field]
        package var rules: [Rule]
        package var needs: Needs
        /// Members allowed in the `person` object of the message; they never reach a worker.
        package var person: [String]
        package var contributions: [ContributionRule]
        package var caseRule: CaseRule?
        /// Set when its records are sums made elsewhere, as on paper: they count only where no record does.
        package var aggregate: Aggregate?
        /// A standing record says that its subject died on the service date: no later record of hers is taken, of any sector.
        package var isDeath = false
        /// Members of `person` that no correction may change once the record has opened a case.
        package var immutablePerson: [String] = []

        /// Fields that no correction may change once the record has opened a case: the text of a report.
        package var immutableFields: [String] { fields.filter(\.isImmutable).map(\.name) }
        package func field(_ name: String) -> Field? { fields.first { $0.name == name } }
    }

    package enum FieldType: String, CaseIterable, Sendable {
        case text, integer, decimal, flag, choice, date, region, photo, point, line
    }

    /// A field of a record.
    package struct Field: Sendable {
        package var name: String
        package var type: FieldType
        package var unit: String?
        package var required: Bool
        /// A list of values instead of one; choices, text and photos.
        package var multiple: Bool
        /// Worked out by the handler and put by it; not part of the payload, not on the form.
        package var derived: Bool
        /// Smallest value; for text the smallest number of characters.
        package var minimum: ExactDecimal?
        /// Largest value; for text the largest number of characters.
        package var maximum: ExactDecimal?
        package var choices: [String]
        package var pattern: FieldPattern?
        package var label: Title?
        package var help: Title?
        package var group: String?
        package var sensitivity: Sensitivity
        /// No correction may change it once the record has opened a case.
        package var isImmutable = false
    }

    /// A rule across fields that printed forms have.
    package enum Rule: Sendable {
        /// Each field is at most the next: N ≤ D ≤ S.
        case ordered([String])
        /// The parts make the total: D = N + T + O + B.
        case addsUp(total: String, parts: [String])
    }

    /// What the context of a record holds, and which tables the program reads.
    package struct Needs: Sendable {
        package enum Attribute: String, CaseIterable, Sendable { case sex, birthDate = "birth_date" }
        package var subject: [Attribute] = []
        /// Types of earlier records of the same subject.
        package var previousTypes: [String] = []
        /// How many of them at most, newest first; 0 when none are asked for.
        package var previousLimit = 0
        /// `tables/<name>.csv` of the folder; the program reads them itself.
        package var tables: [String] = []
    }

    /// Declarative form: what a record adds.
    package struct ContributionRule: Sendable {
        package var indicator: String
        /// The field that gives the value; nil for 1.
        package var value: String?
        package var condition: Condition?
    }

    /// Declarative form: when a record opens a case.
    package struct CaseRule: Sendable {
        package var openWhen: Condition
        /// The reason; the value that opened the case when the file does not say.
        package var reason: String?
        package var priority: String?
    }

    /// One equality, `{"tindakan": "belum"}`.
    package struct Condition: Sendable {
        package var field: String
        package var value: FieldValue

        /// Whether a record fulfils it. A field with several values fulfils it when one of them is equal.
        package func holds(for fields: Fields) -> Bool {
            fields[field].map(holds(for:)) ?? false
        }

        /// Whether a value of the field fulfils it.
        package func holds(for actual: FieldValue) -> Bool {
            if case .list(let values) = actual { return values.contains { Condition.equal($0, value) } }
            return Condition.equal(actual, value)
        }

        /// Numbers are equal by value: 2 and 2.0 are.
        private static func equal(_ left: FieldValue, _ right: FieldValue) -> Bool {
            if let left = left.asDecimal, let right = right.asDecimal { return left == right }
            return left == right
        }
    }
}
