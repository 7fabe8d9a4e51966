// What a batch is about to write: records, contributions, cases, tasks and verdicts, as plain values.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit

/// One revision of a record, as it stands or will stand in `registry.record`.
struct RecordState: Sendable {
    var id: UUID
    var type: Int16
    var sector: Int16
    var revision: Int16
    var posyandu: Int32
    var subject: UUID?
    var date: CivilDate
    /// Log entry that made this revision: `pos * 16 + shard`.
    var lineage: Int64
    /// 0 applied, 1 retracted, 2 refused when it was asked again.
    var state: Int16
    /// Version of the record type as sent.
    var version: Int16
    /// The fields the handler put, as the JSON object it wrote.
    var body: [UInt8]
    /// Sealed `person` object of the message; nil when it had none.
    var person: [UInt8]?

    /// Not retracted: it may be applied or refused when it is asked again.
    var isStanding: Bool { state != Self.retracted }

    static let applied: Int16 = 0
    static let retracted: Int16 = 1
    static let refused: Int16 = 2
}

/// What a record adds to the figures of one period, for one subject.
struct ContributionRow: Sendable {
    var period: String
    var subject: UUID?
    var indicators: [Int32]
    var values: [(mantissa: Int64, scale: Int)]
}

/// A record as the batch sees it: what stands in the database, what it will be, and what was in between.
struct WorkingRecord: Sendable {
    /// The revision in the database when the batch began; nil for a record that the batch creates.
    var base: RecordState?
    var current: RecordState
    /// Revisions that the batch itself made and replaced again.
    var replaced: [RecordState] = []
    /// New contributions; nil when the ones in the database still hold.
    var contributions: [ContributionRow]?
    var changed = false
}

/// A cell of the figures: what one posyandu reports of one sector in one period.
struct Cell: Hashable, Comparable, Sendable {
    var posyandu: Int32
    var sector: Int16
    var period: String

    static func < (left: Cell, right: Cell) -> Bool {
        (left.posyandu, left.sector, left.period) < (right.posyandu, right.sector, right.period)
    }
}

/// A follow-up that a rule asks for.
struct TaskRow: Sendable {
    var kind: String
    var reason: String
    var record: UUID
    var posyandu: Int32
    var role: String?
    var due: CivilDate?
    var topic: String?
    var lineage: Int64
}

/// A task that a person says is done: the record that raised it, its kind and topic.
struct ClosedTask: Sendable {
    var record: UUID
    var kind: String
    var topic: String?
    var date: CivilDate
    var lineage: Int64
}

/// What a record answers: tasks of a kind, of one topic or of all.
struct TaskAnswer: Hashable, Sendable {
    var kind: String
    var topic: String?
}
