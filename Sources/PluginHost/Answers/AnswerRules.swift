// What a sector's manifest allows its worker to answer, in the form that is quick to look up.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// The declared names of one sector with what may be said about them.
struct AnswerRules: Sendable {
    /// What the value of a put field must be.
    enum FieldKind: Sendable {
        case text
        case choice(NameTable)
        case flag
        case integer
        case decimal
        case date
        case point
        case line
        /// Numbers of legal services, space between: only these.
        case services(Set<String>)
    }

    struct Field: Sendable {
        var kind: FieldKind
        var isList: Bool
    }

    /// A record type's declared fields.
    struct RecordType: Sendable {
        var names: NameTable
        var fields: [Field]
        /// Records of the type concern a resident or household.
        var hasSubject: Bool
    }

    struct Indicator: Sendable {
        var period: Period.Kind
        var needsSubject: Bool
        /// Counts and distinct counts are whole numbers.
        var isWhole: Bool
        /// Ratios are computed, never contributed.
        var takesContributions: Bool
    }

    var indicatorNames: NameTable
    var indicators: [Indicator]
    /// States a case may be moved to; empty when the sector has no workflow, and then no case may be opened either.
    var states: Set<String>
    var recordTypes: [String: RecordType]
}
