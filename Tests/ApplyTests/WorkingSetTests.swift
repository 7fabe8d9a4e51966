// What a batch knows: chains of revisions, horizons of what is loaded, and the cells that become dirty.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import Registry
import Testing

@testable import Apply

private func state(
    _ number: Int,
    _ date: String = "2026-11-03",
    revision: Int16 = 1,
    lineage: Int64 = 16,
    state: Int16 = 0,
    posyandu: Int32 = 1
) -> RecordState {
    RecordState(
        id: id(number),
        type: 1,
        sector: 5,
        revision: revision,
        posyandu: posyandu,
        subject: id(99),
        date: CivilDate(date) ?? CivilDate(daysSince1970: 0),
        lineage: lineage,
        state: state,
        version: 1,
        body: Array("{}".utf8),
        person: nil
    )
}

private let key = SubjectType(subject: id(99), type: 1)

@Suite struct WorkingSetTests {
    @Test func `a record made and replaced twice in one batch keeps both predecessors`() throws {
        var set = WorkingSet()
        for revision in 1...3 {
            set.put(state(1, revision: Int16(revision), lineage: Int64(revision) * 16), contributions: [])
        }
        let record = try #require(set.records[id(1)])
        #expect(record.base == nil)
        #expect(record.current.revision == 3)
        #expect(record.replaced.map(\.revision) == [1, 2])
        #expect([0, 1].map(record.successor) == [32, 48])
    }

    @Test func `the row in the database is the first of the chain`() throws {
        var set = WorkingSet()
        set.load([state(1, lineage: 16)])
        set.put(state(1, revision: 2, lineage: 32), contributions: [])
        set.put(state(1, revision: 3, lineage: 48), contributions: [])
        let record = try #require(set.records[id(1)])
        #expect(record.replaced.map(\.revision) == [2])
        #expect([0, 1].map(record.successor) == [32, 48])
    }

    @Test func `an answer given again to the same revision leaves no history`() throws {
        var set = WorkingSet()
        set.load([state(1)])
        var again = state(1)
        again.body = Array(#"{"a":1}"#.utf8)
        set.put(again, contributions: [])
        let record = try #require(set.records[id(1)])
        #expect(record.replaced.isEmpty)
        #expect(record.changed)
        #expect(record.current.body == again.body)
    }

    @Test func `loading again does not undo what the batch decided`() {
        var set = WorkingSet()
        set.load([state(1)])
        set.put(state(1, revision: 2, lineage: 32, state: RecordState.retracted), contributions: [])
        set.load([state(1)])
        #expect(set.records[id(1)]?.current.revision == 2)
        #expect(set.applied(key).isEmpty)
        #expect(set.all(key).map(\.state) == [RecordState.retracted])
    }

    @Test func `records are ordered by date, then by id`() {
        var set = WorkingSet()
        set.load([state(3, "2026-11-03"), state(1, "2026-11-03"), state(2, "2026-10-03"), state(4, "2026-12-01")])
        #expect(set.applied(key).map(\.id) == [2, 1, 3, 4].map { id($0) })
    }

    @Test func `a record of the batch does not hide that older rows are not loaded`() throws {
        var set = WorkingSet()
        set.load([state(5, "2026-10-01"), state(6, "2026-11-01")])
        set.markLoaded(key, .after(try #require(CivilDate("2026-10-01"))))
        set.put(state(7, "2024-01-01", lineage: 64), contributions: [])
        let early = try #require(CivilDate("2025-01-01"))
        #expect(!set.suffices(key, date: early, limit: 0))
        #expect(!set.suffices(key, date: early, limit: 1))
        #expect(set.suffices(key, date: try #require(CivilDate("2026-10-02")), limit: 0))
        #expect(!set.suffices(key, date: try #require(CivilDate("2026-10-01")), limit: 0))
        #expect(set.suffices(key, date: try #require(CivilDate("2026-12-01")), limit: 1))
        #expect(!set.suffices(key, date: try #require(CivilDate("2026-12-01")), limit: 2))
        set.markLoaded(key, .all)
        set.markLoaded(key, .after(early))
        #expect(set.suffices(key, date: early, limit: 9))
    }

    @Test func `an alias leads to the record that a message became part of`() {
        var set = WorkingSet()
        set.load([state(1)])
        set.aliases[id(2)] = WorkingSet.Alias(record: id(1), lineage: 32)
        #expect(set.record(of: id(2))?.current.id == id(1))
        #expect(set.record(of: id(3)) == nil)
    }
}

@Suite struct BatchOutputTests {
    @Test func `a moved record makes its old and its new cells dirty`() throws {
        let node = try Deciding()
        var decider = node.decider()
        decider.set.load([state(1, "2026-11-03", posyandu: 1)])
        decider.set.put(
            state(1, "2026-12-05", revision: 2, lineage: 32, posyandu: 2),
            contributions: [ContributionRow(period: "2026-12", subject: nil, indicators: [1], values: [(1, 0)])]
        )
        let output = BatchOutput(decider)
        #expect(output.created.isEmpty)
        #expect(output.changed.count == 1)
        #expect(
            output.dirty == [
                Cell(posyandu: 1, sector: 5, period: "2026"), Cell(posyandu: 1, sector: 5, period: "2026-11"),
                Cell(posyandu: 1, sector: 5, period: "2026-Q4"), Cell(posyandu: 2, sector: 5, period: "2026-12"),
            ]
        )
        #expect(output.touched.isSuperset(of: [id(1), id(99)]))
    }

    @Test func `a lost correction makes nothing dirty`() throws {
        let node = try Deciding()
        var decider = node.decider()
        decider.set.load([state(1)])
        var record = try #require(decider.set.records[id(1)])
        record.changed = true
        record.replaced = [state(1, revision: 2, lineage: 32)]
        record.current.revision = 3
        decider.set.records[id(1)] = record
        let output = BatchOutput(decider)
        #expect(output.changed.map(\.current.revision) == [3])
        #expect(output.dirty.isEmpty)
    }

    @Test func `keys of records that were not written are not kept`() throws {
        let node = try Deciding()
        var decider = node.decider()
        decider.recordKeys = [id(50): id(1), id(51): id(2)]
        decider.set.put(state(1), contributions: [])
        let output = BatchOutput(decider)
        #expect(output.recordKeys.map(\.key) == [id(50)])
        #expect(output.recordKeys.allSatisfy { $0.lineage == nil })
    }
}

/// A decider without entries and without a registry.
private struct Deciding {
    let catalogue: ApplyCatalogue

    init() throws {
        let manifest = try ToySector.parsed()
        catalogue = ApplyCatalogue(
            types: manifest.records.enumerated().map { place, record in
                TypeRules(record, of: manifest, sectorID: 5, typeIDs: [record.type: Int16(place + 1)])
            },
            indicators: [:],
            plugins: ""
        )
    }

    func decider() -> BatchDecider {
        BatchDecider(
            entries: [],
            catalogue: catalogue,
            directory: PosyanduDirectory().snapshot,
            host: ToySector(),
            reading: NothingThere(),
            sourcePosyandu: [:],
            waiting: [],
            holding: [],
            splitAtOnce: false
        )
    }
}
