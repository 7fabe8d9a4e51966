// Rows under natural keys, for the dialects that keep values and not documents; rebuilt from a journal.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// One row as it is held.
struct HeldRow: Sendable {
    var fields: [String: String]
    var isDeleted = false
    /// How often it was stored with something new.
    var effects = 0
    /// How often it was sent again with what was there already.
    var repeats = 0
    /// What people at the destination wrote on it: verification states and notes.
    var marks: [String: String] = [:]
    var changedAt = Date(timeIntervalSince1970: 0)
}

/// What is to become of a row; no fields delete it, softly.
struct RowChange: Codable, Sendable {
    var key: [String]
    var fields: [String: String]?
}

enum RowEffect: Sendable {
    case created, changed, same, deleted, absent
}

/// Writes the journal before it answers. One at a time, on a thread of its own.
actor RowStore {
    private struct Event: Codable {
        var baris: [RowChange] = []
        /// Marks for the keys of `baris` instead of changes.
        var tanda: [String: String]?
        var pada: Date
    }

    private let journal: Journal
    private let thread = StoreThread()
    private var rows: [[String]: HeldRow] = [:]

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(journal: sending Journal) async throws {
        self.journal = journal
        let decoder = JSONDecoder()
        for line in journal.found { _ = replay(try decoder.decode(Event.self, from: line)) }
    }

    /// All changes or, when the journal cannot be written, none.
    func apply(_ changes: [RowChange]) throws -> [RowEffect] {
        guard !changes.isEmpty else { return [] }
        let event = Event(baris: changes, pada: Date())
        try journal.append(event)
        return replay(event)
    }

    /// Writes marks on every row that `matches`. Returns how many there are.
    func mark(_ marks: [String: String], where matches: @Sendable ([String]) -> Bool) throws -> Int {
        let changes = rows.keys.filter(matches).sorted { $0.lexicographicallyPrecedes($1) }
            .map { RowChange(key: $0, fields: nil) }
        let event = Event(baris: changes, tanda: marks, pada: Date())
        try journal.append(event)
        _ = replay(event)
        return changes.count
    }

    func row(_ key: [String]) -> HeldRow? { rows[key] }

    func all() -> [(key: [String], row: HeldRow)] {
        rows.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ($0.key, $0.value) }
    }

    private func replay(_ event: Event) -> [RowEffect] {
        event.baris.map { change in
            if let marks = event.tanda {
                rows[change.key]?.marks.merge(marks) { _, new in new }
                return .changed
            }
            return store(change, at: event.pada)
        }
    }

    private func store(_ change: RowChange, at instant: Date) -> RowEffect {
        guard var row = rows[change.key] else {
            guard let fields = change.fields else { return .absent }
            rows[change.key] = HeldRow(fields: fields, effects: 1, changedAt: instant)
            return .created
        }
        let effect: RowEffect
        switch change.fields {
        case nil:
            effect = row.isDeleted ? .absent : .deleted
            row.isDeleted = true
        case row.fields? where !row.isDeleted:
            effect = .same
            row.repeats += 1
        case let fields?:
            effect = row.isDeleted ? .created : .changed
            row.fields = fields
            row.isDeleted = false
            row.effects += 1
            row.marks = [:]  // a new value was verified by nobody
        }
        if effect != .same { row.changedAt = instant }
        rows[change.key] = row
        return effect
    }
}
