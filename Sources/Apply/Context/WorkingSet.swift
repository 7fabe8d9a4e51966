// What one batch knows of the registry, changing as its records are decided in order.
// SPDX-License-Identifier: Apache-2.0
import Cases
import FoundationEssentials
import PluginKit

/// A resident as handlers may see one.
struct SubjectFacts: Sendable, Equatable {
    var posyandu: Int32
    var sex: String
    var birthDate: CivilDate
    var died: CivilDate?
}

/// Records of one type that concern one subject.
struct SubjectType: Hashable, Sendable {
    var subject: UUID
    var type: Int16
}

/// The registry's rows that a batch touches, as they will stand after what the batch has decided so far.
struct WorkingSet: Sendable {
    var residents: [UUID: SubjectFacts] = [:]
    var records: [UUID: WorkingRecord] = [:]
    var cases: [UUID: CaseState] = [:]
    /// Code → case, of those codes that messages of the batch carry.
    var receipts: [ReceiptCode: UUID] = [:]
    /// Which residents are one person, and who died.
    var persons = Persons()
    var posyandu = PosyanduSet()
    /// Ids of the records known for a subject and type.
    private(set) var known: [SubjectType: [UUID]] = [:]
    /// Messages that became part of a record of another id: a correction, or a second message of the same natural key.
    var aliases: [UUID: Alias] = [:]
    /// Log entries that made the revisions of a resident; for residents that the batch registers or moves.
    var residentLineages: [UUID: [Int64]] = [:]
    /// Day after which every record of a subject and type is in `known`; `.all` when none is missing.
    private var horizons: [SubjectType: Horizon] = [:]

    /// The record that a message became part of, and the log entry of that message.
    struct Alias: Sendable {
        var record: UUID
        var lineage: Int64
    }

    enum Horizon: Sendable {
        case all
        case after(CivilDate)
    }

    /// Adds rows as they stand in the database; rows the batch has changed already are left alone.
    mutating func load(_ rows: [RecordState]) {
        for row in rows {
            if records[row.id] == nil { records[row.id] = WorkingRecord(base: row, current: row) }
            if let subject = row.subject {
                know(row.id, of: SubjectType(subject: subject, type: row.type))
            }
        }
    }

    /// The record of an id, or the one that the message of this id became part of.
    func record(of id: UUID) -> WorkingRecord? {
        if let record = records[id] { return record }
        return aliases.isEmpty ? nil : aliases[id].flatMap { records[$0.record] }
    }

    mutating func markLoaded(_ key: SubjectType, _ horizon: Horizon) {
        if case .all = horizons[key] { return }
        horizons[key] = horizon
    }

    /// Puts a new state of a record in place; what stood there becomes history.
    mutating func put(_ state: RecordState, contributions: [ContributionRow]?) {
        if var record = records[state.id] {
            let isInDatabase = record.base?.revision == record.current.revision
            if record.current.lineage != state.lineage, !isInDatabase { record.replaced.append(record.current) }
            record.current = state
            record.changed = true
            if let contributions { record.contributions = contributions }
            records[state.id] = record
        } else {
            var record = WorkingRecord(base: nil, current: state)
            record.contributions = contributions
            record.changed = true
            records[state.id] = record
        }
        if let subject = state.subject {
            know(state.id, of: SubjectType(subject: subject, type: state.type))
        }
    }

    private mutating func know(_ id: UUID, of key: SubjectType) {
        func add(_ ids: inout [UUID]) {
            if !ids.contains(id) { ids.append(id) }
        }
        add(&known[key, default: []])
    }

    /// Applied records of a subject and type, oldest first by service date, then id: what handlers see.
    func applied(_ key: SubjectType) -> [RecordState] {
        var found = all(key)
        found.removeAll { $0.state != RecordState.applied }
        return found
    }

    /// Records of a subject and type in every state, oldest first.
    func all(_ key: SubjectType) -> [RecordState] {
        var found: [RecordState] = []
        for id in known[key] ?? [] {
            if let state = records[id]?.current, state.subject == key.subject { found.append(state) }
        }
        if found.count > 1 { found.sort { $0.precedes($1) } }
        return found
    }

    /// Whether what is loaded for `key` holds everything on and after `date`, and at least `limit` applied records before.
    func suffices(_ key: SubjectType, date: CivilDate, limit: Int) -> Bool {
        switch horizons[key] {
        case nil: return false
        case .all: return true
        case .after(let horizon):
            guard horizon < date else { return false }
            return limit == 0 || applied(key).count { $0.date > horizon && $0.date < date } >= limit
        }
    }
}

extension RecordState {
    /// The order in which handlers see the records of a subject: by service date, then by id. It does not depend on the
    /// order in which sources arrive.
    func precedes(_ other: RecordState) -> Bool {
        if date != other.date { return date < other.date }
        return id.precedes(other.id)
    }
}
