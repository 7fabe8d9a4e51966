// What one batch knows of the registry, changing as its records are decided in order.
// SPDX-License-Identifier: Apache-2.0
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
    /// Ids of the records known for a subject and type.
    private(set) var known: [SubjectType: Set<UUID>] = [:]
    /// Whether all records of a subject and type are in `known`, or only the newest.
    private(set) var isComplete: [SubjectType: Bool] = [:]

    /// Adds rows as they stand in the database; rows the batch has changed already are left alone.
    mutating func load(_ rows: [RecordState]) {
        for row in rows {
            if records[row.id] == nil { records[row.id] = WorkingRecord(base: row, current: row) }
            if let subject = row.subject {
                known[SubjectType(subject: subject, type: row.type), default: []].insert(row.id)
            }
        }
    }

    mutating func markLoaded(_ key: SubjectType, complete: Bool) {
        isComplete[key] = complete || (isComplete[key] ?? false)
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
            known[SubjectType(subject: subject, type: state.type), default: []].insert(state.id)
        }
    }

    /// Applied records of a subject and type, oldest first by service date, then id.
    func applied(_ key: SubjectType) -> [RecordState] {
        (known[key] ?? [])
            .compactMap { records[$0]?.current }
            .filter { $0.state == RecordState.applied && $0.subject == key.subject }
            .sorted { $0.precedes($1) }
    }

    /// Whether the records loaded for `key` suffice to answer what stands before and after `date`.
    func suffices(_ key: SubjectType, date: CivilDate, limit: Int) -> Bool {
        guard let complete = isComplete[key] else { return false }
        if complete { return true }
        let earlier = applied(key).filter { $0.date < date }
        return earlier.count > limit
    }
}

extension RecordState {
    /// The order in which handlers see the records of a subject: by service date, then by id. It does not depend on the
    /// order in which sources arrive.
    func precedes(_ other: RecordState) -> Bool {
        if date != other.date { return date < other.date }
        return id.lowercased < other.id.lowercased
    }
}
