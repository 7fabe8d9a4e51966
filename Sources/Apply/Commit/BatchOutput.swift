// The result of a decided batch: everything one transaction writes.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import MessageLog
import PluginKit
import Registry

/// What a batch writes, in the order in which it is written.
struct BatchOutput: Sendable {
    var created: [WorkingRecord] = []
    var changed: [WorkingRecord] = []
    /// Natural keys (no lineage) and messages that became part of a record (with theirs).
    var recordKeys: [(key: UUID, record: UUID, lineage: Int64?)] = []
    /// Records of messages that name the visit at which they were written.
    var visits: [(record: UUID, visit: UUID)] = []
    var residents: [ResidentChange] = []
    var cases: [CaseState] = []
    var persons = PersonChanges()
    var closedTasks: [ClosedTask] = []
    var posyandu = PosyanduChanges()
    var changes: [RecordChange] = []
    var tasks: [TaskRow] = []
    /// Tasks of those whom escalations told.
    var escalations: [TaskRow] = []
    /// Which records answer tasks of earlier ones.
    var taskAnswers: [(record: UUID, answer: TaskAnswer)] = []
    /// Records of which an earlier answer may have raised or answered tasks.
    var tasksRenewed: [UUID] = []
    var askLater: [(record: UUID, later: AskLater)] = []
    var dirty: [Cell] = []
    var items: [Item]
    /// Records whose answer is up to date again: they leave `registry.ask_again`.
    var askedAgain: [UUID] = []
    /// Subjects, records and posyandu-bound keys that the batch read or wrote: another batch that shares one must wait.
    var touched: Set<UUID>
    /// Those of them that were not known before the batch was decided: records of its subjects that were asked again.
    var unforeseen: [UUID]
    var newlyWaiting: Set<WaitingKey>
    var newlyHolding: Set<SourceID>

    init(_ decider: BatchDecider) {
        items = decider.items
        newlyWaiting = decider.newlyWaiting
        newlyHolding = decider.newlyHolding
        (touched, unforeseen) = decider.touched
        var cells: Set<Cell> = []
        for record in decider.set.records.values where record.changed {
            if record.base == nil { created.append(record) } else { changed.append(record) }
            if let rows = record.contributions {
                for row in rows {
                    let state = record.current
                    cells.insert(Cell(posyandu: state.posyandu, sector: state.sector, period: row.period))
                }
                if let base = record.base { cells.formUnion(Self.cells(of: base)) }
            }
        }
        created.sort { $0.current.lineage < $1.current.lineage }
        changed.sort { $0.current.id.precedes($1.current.id) }
        recordKeys =
            decider.recordKeys.filter { decider.set.records[$0.value]?.changed ?? false }.map {
                (key: $0.key, record: $0.value, lineage: nil)
            }
            + decider.newAliases.compactMap { message in
                decider.set.aliases[message].map { (key: message, record: $0.record, lineage: $0.lineage) }
            }
        recordKeys.sort { $0.key.precedes($1.key) }
        visits = decider.visits
        residents = decider.residents
        persons = decider.personChanges
        closedTasks = decider.closedTasks
        posyandu = decider.posyanduChanges
        changes = decider.changes
        escalations = decider.escalations
        cases = decider.set.cases.values.filter { !$0.moves.isEmpty }.sorted { $0.id.precedes($1.id) }
        tasks = decider.tasks.values.joined().sorted {
            if $0.lineage != $1.lineage { return $0.lineage < $1.lineage }
            if $0.record != $1.record { return $0.record.precedes($1.record) }
            return ($0.kind, $0.reason) < ($1.kind, $1.reason)
        }
        taskAnswers = (created + changed).map(\.current.id).flatMap { id in
            (decider.taskAnswers[id] ?? []).map { (record: id, answer: $0) }
        }
        tasksRenewed = changed.map(\.current.id).filter { decider.tasks[$0] != nil }
        askLater = decider.askLater.map { (record: $0.key, later: $0.value) }
            .sorted { $0.record.precedes($1.record) }
        dirty = cells.sorted()
    }

    /// Cells in which a record of that posyandu, sector and date can have contributions: its month, quarter and year.
    static func cells(of state: RecordState) -> [Cell] {
        [Period.month(of: state.date), .quarter(of: state.date), .year(of: state.date)].map {
            Cell(posyandu: state.posyandu, sector: state.sector, period: $0.description)
        }
    }
}

extension BatchDecider {
    /// Each record that an applied message with a visit made or became part of.
    fileprivate var visits: [(record: UUID, visit: UUID)] {
        items.compactMap { item in
            guard let message = item.message, let visit = message.visit, message.core == nil,
                case .applied = item.verdict
            else { return nil }
            return (set.aliases[message.id]?.record ?? item.recordID ?? message.id, visit)
        }
    }
}
