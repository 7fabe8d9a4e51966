// The result of a decided batch: everything one transaction writes.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import MessageLog
import PluginKit

/// What a batch writes, in the order in which it is written.
struct BatchOutput: Sendable {
    var created: [WorkingRecord] = []
    var changed: [WorkingRecord] = []
    var recordKeys: [(key: UUID, record: UUID)] = []
    var residents: [ResidentChange] = []
    var cases: [CaseState] = []
    var tasks: [TaskRow] = []
    var askLater: [(record: UUID, later: AskLater)] = []
    var dirty: [Cell] = []
    var items: [Item]
    /// Subjects, records and posyandu-bound keys that the batch read or wrote: another batch that shares one must wait.
    var touched: Set<UUID>
    var newlyWaiting: Set<WaitingKey>

    init(_ decider: BatchDecider) {
        items = decider.items
        newlyWaiting = decider.newlyWaiting
        touched = []
        for item in decider.items {
            guard let message = item.message else { continue }
            touched.insert(message.id)
            if let subject = message.subject { touched.insert(subject) }
            if let corrects = message.corrects { touched.insert(corrects) }
            if item.rules.map({ $0.subject == .none && !$0.key.isEmpty }) ?? false { touched.insert(message.posyandu) }
            if let target = CoreType(rawValue: message.type)?.target(message) { touched.insert(target) }
        }
        var cells: Set<Cell> = []
        for record in decider.set.records.values where record.changed {
            if record.base == nil { created.append(record) } else { changed.append(record) }
            if let rows = record.contributions {
                for row in rows {
                    cells.insert(
                        Cell(posyandu: record.current.posyandu, sector: record.current.sector, period: row.period))
                }
                if let base = record.base { cells.formUnion(Self.cells(of: base)) }
            }
        }
        created.sort { $0.current.lineage < $1.current.lineage }
        changed.sort { $0.current.id.uuidString < $1.current.id.uuidString }
        let ids = Set(created.map(\.current.id))
        recordKeys = decider.recordKeys.filter { ids.contains($0.value) }
            .map { (key: $0.key, record: $0.value) }
            .sorted { $0.key.uuidString < $1.key.uuidString }
        residents = decider.residentOrder.compactMap { decider.residents[$0] }
        cases = decider.set.cases.values.filter { !$0.moves.isEmpty }.sorted { $0.id.uuidString < $1.id.uuidString }
        tasks = decider.tasks.sorted { $0.lineage < $1.lineage }
        askLater = decider.askLater.map { (record: $0.key, later: $0.value) }
            .sorted { $0.record.uuidString < $1.record.uuidString }
        dirty = cells.sorted()
    }

    /// Cells in which a record of that posyandu, sector and date can have contributions: its month, quarter and year.
    static func cells(of state: RecordState) -> [Cell] {
        [Period.month(of: state.date), .quarter(of: state.date), .year(of: state.date)].map {
            Cell(posyandu: state.posyandu, sector: state.sector, period: $0.description)
        }
    }
}
