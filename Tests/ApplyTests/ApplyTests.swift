// From a message in the log to rows of the registry: what each kind of message does.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PostgresClient
import Testing

@testable import Apply

@Suite struct ApplyTests {
    @Test func `a resident and her weighings become rows, contributions and figures`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            try await node.send(
                kiosks[0],
                [
                    .register(id(1), id(1, 1), at: post, nik: "3325014101250001"),
                    .weigh(id(2), id(1, 1), at: post, on: "2026-10-05", 6_500),
                    .weigh(id(3), id(1, 1), at: post, on: "2026-11-05", 6_900),
                    .weigh(id(4), id(1, 1), at: post, on: "2026-11-25", 7_000),
                ]
            )
            let pass = try await node.settle(try await node.engine())
            #expect(pass.applied == 4)
            #expect(try await node.field(id(4), "jejak") == 3)
            #expect(try await node.field(id(4), "terlihat") == 2)
            #expect(try await node.field(id(4), "umur_hari") == 693)
            #expect(try await node.figure("tumbuh.ditimbang", "2026-11", post) == "2")
            #expect(try await node.figure("tumbuh.anak", "2026-11", post) == "1")
            #expect(try await node.figure("tumbuh.berat", "2026-11", post) == "13.9")
            #expect(try await node.figure("tumbuh.berat_akhir", "2026-11", post) == "7")
            #expect(try await node.figure("tumbuh.naik", "2026-11", post) == "2")
            #expect(try await node.figure("tumbuh.tahun", "2026", post) == "3")
            #expect(try await node.figure("tumbuh.ditimbang", "2026-12", post) == nil)
            #expect(try await node.count("select count(*) from log.journal where consumer = 'apply'") == 1)
            // Nothing personal stands in clear.
            #expect(try await node.count("select count(*) from registry.resident where person_sealed is not null") == 1)
            try await node.expectBalance()
        }
    }

    @Test func `a correction keeps the id, raises the revision and keeps the predecessor`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            let note = #"{"catatan":"lahir di rumah"}"#
            var first = Text.weigh(id(2), id(1, 1), at: post, on: "2026-10-05", 6_500)
            first.person = note
            try await node.send(kiosks[0], [.register(id(1), id(1, 1), at: post), first])
            let engine = try await node.engine()
            try await node.settle(engine)
            try await node.send(
                kiosks[0],
                [.weigh(id(3), id(1, 1), at: post, on: "2026-11-02", 6_600, corrects: id(2))]
            )
            try await node.settle(engine)
            try await node.send(
                kiosks[0],
                [
                    .weigh(id(4), id(1, 1), at: post, on: "2026-11-02", 6_700, corrects: id(2)),
                    .weigh(id(5), id(1, 1), at: post, on: "2026-11-02", 6_800, corrects: id(4)),
                ]
            )
            try await node.settle(engine)
            #expect(try await node.field(id(2), "berat") == 6_800)
            #expect(try await node.count("select count(*) from registry.record") == 1)
            #expect(try await node.count("select revision from registry.record") == 4)
            #expect(
                try await node.texts(
                    "select (body::json->>'berat') from registry.record_revision order by revision"
                ) == ["6500", "6600", "6700"]
            )
            #expect(
                try await node.count(
                    """
                    select count(*) from registry.record_revision v join (
                      select id, revision, lineage from registry.record union all
                      select id, revision, lineage from registry.record_revision) n
                    on n.id = v.id and n.revision = v.revision + 1 and n.lineage = v.replaced_by
                    """
                ) == 3
            )
            #expect(try await node.count("select count(*) from registry.record where person_sealed is not null") == 1)
            #expect(try await node.figure("tumbuh.ditimbang", "2026-10", post) == nil)
            #expect(try await node.figure("tumbuh.berat", "2026-11", post) == "6.8")
            try await node.expectBalance()
        }
    }

    @Test func `a correction of what does not exist is refused when no other device could bring it`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            try await node.send(
                kiosks[0],
                [
                    .register(id(1), id(1, 1), at: post),
                    .weigh(id(3), id(1, 1), at: post, 6_600, corrects: id(77)),
                    .report(id(4), at: post, on: "2026-11-03", cadres: 5, corrects: id(77)),
                ]
            )
            let pass = try await node.settle(try await node.engine())
            #expect(pass.rejected == 2 && pass.applied == 1)
            #expect(try await node.rejections() == ["koreksi.tidak_ditemukan", "koreksi.tidak_ditemukan"])
            try await node.expectBalance()
        }
    }

    @Test func `a correction from another device waits for its record`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1, devices: 2)
            try await node.send(kiosks[0], [.register(id(1), id(1, 1), at: post)])
            try await node.send(
                kiosks[1],
                [
                    .weigh(id(5), id(1, 1), at: post, 6_600, corrects: id(3)),
                    .weigh(id(6), id(1, 1), at: post, 9_000, corrects: id(4)),
                ]
            )
            let engine = try await node.engine()
            let first = try await node.settle(engine)
            #expect(first.applied == 1)
            try await node.expectBalance()
            try await node.send(
                kiosks[0],
                [.weigh(id(3), id(1, 1), at: post, 6_500), .weigh(id(4), id(1, 1), at: post, 90_001)]
            )
            try await node.settle(engine)
            #expect(try await node.field(id(3), "berat") == 6_600)
            #expect(try await node.rejections().sorted() == ["isian.maksimum", "koreksi.tidak_ditemukan"])
            #expect(try await node.count("select count(*) from log.dead where state = 'held'") == 0)
            try await node.expectBalance()
        }
    }

    @Test func `a retracted record adds nothing and stays in history`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            try await node.send(
                kiosks[0],
                [
                    .register(id(1), id(1, 1), at: post), .weigh(id(2), id(1, 1), at: post, on: "2026-10-05", 1_500),
                    .weigh(id(3), id(1, 1), at: post, on: "2026-11-05", 6_900), .retract(id(4), id(2), at: post),
                    .retract(id(5), id(2), at: post),
                ]
            )
            try await node.settle(try await node.engine())
            #expect(try await node.count("select state from registry.record where id = $1", [.uuid(id(2))]) == 1)
            #expect(try await node.field(id(3), "jejak") == 1)
            #expect(try await node.figure("tumbuh.ditimbang", "2026-10", post) == nil)
            #expect(try await node.figure("tumbuh.naik", "2026-11", post) == nil)
            #expect(try await node.figure("tumbuh.tahun", "2026", post) == "1")
            #expect(try await node.texts("select kind from registry.task") == [])
            try await node.expectBalance()
        }
    }

    @Test func `a retraction in a later batch asks the records after it again`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            try await node.send(
                kiosks[0],
                [.register(id(1), id(1, 1), at: post)]
                    + (0..<9).map { .weigh(id(10 + $0), id(1, 1), at: post, on: "2026-0\($0 + 1)-05", 6_500 + $0) }
            )
            let engine = try await node.engine(batch: 3)
            try await node.settle(engine)
            #expect(try await node.field(id(18), "jejak") == 9)
            try await node.send(kiosks[0], [.retract(id(30), id(10), at: post)])
            try await node.settle(engine)
            #expect(try await node.field(id(18), "jejak") == 8)
            #expect(try await node.field(id(11), "terlihat") == 0)
            #expect(try await node.field(id(11), "umur_hari") != nil)
        }
    }

    @Test func `nobody retracts a record of another posyandu`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            let (other, others) = try await node.addPost(2)
            try await node.send(
                kiosks[0],
                [.register(id(1), id(1, 1), at: post), .weigh(id(2), id(1, 1), at: post, 6_500)]
            )
            let engine = try await node.engine()
            try await node.settle(engine)
            try await node.send(
                others[0],
                [.retract(id(3), id(2), at: other), .weigh(id(4), id(1, 1), at: post, 6_500)]
            )
            try await node.settle(engine)
            #expect(try await node.field(id(2), "berat") == 6_500)
            #expect(try await node.rejections() == ["catatan.bukan_milik", "posyandu.bukan_milik_pengirim"])
            try await node.expectBalance()
        }
    }

    @Test func `the same id with the same bytes is applied once, with other bytes refused`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            let weighing = Text.weigh(id(2), id(1, 1), at: post, 6_500)
            let correction = Text.weigh(id(3), id(1, 1), at: post, 6_700, corrects: id(2))
            try await node.send(kiosks[0], [.register(id(1), id(1, 1), at: post), weighing, correction])
            let engine = try await node.engine()
            try await node.settle(engine)
            // Set up anew, it sends everything again in a new sequence.
            try await node.reinstall(kiosks[0])
            try await node.send(kiosks[0], [.register(id(1), id(1, 1), at: post), weighing, correction])
            try await node.settle(engine)
            #expect(try await node.field(id(2), "berat") == 6_700)
            #expect(try await node.count("select count(*) from registry.record_revision") == 1)
            #expect(try await node.count("select count(*) from registry.contribution where period = '2026-11'") == 2)
            #expect(try await node.rejections() == [])
            // The same numbers for other acts, before and after a correction.
            try await node.send(
                kiosks[0],
                [
                    .weigh(id(2), id(1, 1), at: post, 9_000), .weigh(id(3), id(1, 1), at: post, 9_000),
                    .weigh(id(9), id(1, 1), at: post, 8_000), .weigh(id(9), id(1, 1), at: post, 8_001),
                ]
            )
            try await node.settle(engine)
            #expect(try await node.rejections() == ["pesan.id_bentrok", "pesan.id_bentrok", "pesan.id_bentrok"])
            #expect(try await node.field(id(2), "berat") == 6_700)
            #expect(try await node.field(id(9), "berat") == 8_000)
            try await node.expectBalance()
        }
    }

    @Test func `a second message of the same natural key is a correction under the first id`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            try await node.send(
                kiosks[0],
                [
                    .register(id(1), id(1, 1), at: post),
                    .visit(id(2), id(1, 1), at: post, on: "2025-01-05", 1, "satu"),
                    .visit(id(3), id(1, 1), at: post, on: "2026-03-05", 2, "dua"),
                    .report(id(4), at: post, on: "2026-11-03", cadres: 5),
                ]
            )
            let engine = try await node.engine(batch: 2)
            try await node.settle(engine)
            try await node.send(
                kiosks[0],
                [
                    .visit(id(5), id(1, 1), at: post, on: "2026-11-03", 1, "satu lagi"),
                    .report(id(6), at: post, on: "2026-11-28", cadres: 6),
                    .report(id(7), at: post, on: "2026-12-01", cadres: 7),
                    .report(id(8), at: post, on: "2026-12-02", cadres: 8),
                ]
            )
            try await node.settle(engine)
            #expect(try await node.count("select count(*) from registry.record") == 4)
            #expect(
                try await node.text("select body::json->>'isi' from registry.record where id = $1", [.uuid(id(2))])
                    == "satu lagi"
            )
            #expect(try await node.figure("tumbuh.kunjungan", "2025-01", post) == nil)
            #expect(try await node.figure("tumbuh.kunjungan", "2026-11", post) == "1")
            #expect(try await node.figure("tumbuh.kader", "2026-11", post) == "6")
            #expect(try await node.figure("tumbuh.kader", "2026-12", post) == "8")
            // The absorbed message is known by its own id: it can be corrected and retracted.
            try await node.send(
                kiosks[0],
                [
                    .retract(id(9), id(6), at: post),
                    .report(id(10), at: post, on: "2026-12-03", cadres: 9, corrects: id(8)),
                ]
            )
            try await node.settle(engine)
            #expect(try await node.figure("tumbuh.kader", "2026-11", post) == nil)
            #expect(try await node.figure("tumbuh.kader", "2026-12", post) == "9")
            #expect(try await node.count("select count(*) from registry.record") == 4)
            try await node.expectBalance()
        }
    }

    @Test func `a keyed report that is corrected into another month frees its key`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            let engine = try await node.engine()
            try await node.send(kiosks[0], [.report(id(2), at: post, on: "2026-10-03", cadres: 5)])
            try await node.settle(engine)
            try await node.send(kiosks[0], [.report(id(3), at: post, on: "2026-11-03", cadres: 6, corrects: id(2))])
            try await node.settle(engine)
            try await node.send(
                kiosks[0],
                [
                    .report(id(4), at: post, on: "2026-10-09", cadres: 7),
                    .report(id(5), at: post, on: "2026-11-09", cadres: 8),
                ]
            )
            try await node.settle(engine)
            #expect(try await node.figure("tumbuh.kader", "2026-10", post) == "7")
            #expect(try await node.figure("tumbuh.kader", "2026-11", post) == "8")
            #expect(try await node.count("select count(*) from registry.record") == 2)
        }
    }
}
