// Residents that are one person: merged, parted, counted once, dead; in every order of arrival.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient
import Summaries
import Testing

@testable import Apply

@Suite(.serialized) struct PersonTests {
    private func office(_ node: Node) async throws -> Device {
        let office = Device(uuid: id(1, 0xC000), posyandu: nil)
        try await node.addDevices([office])
        return office
    }

    /// Records, contributions and tasks of some residents, as bytes that a merge and its undoing may not change.
    private func rows(_ node: Node, _ residents: [UUID]) async throws -> [String] {
        let who: [PostgresValue] = [.uuidArray(residents)]
        return try await node.texts(
            "select 'record ' || r::text from registry.record r where subject = any($1::uuid[]) order by id",
            who
        )
            + node.texts(
                """
                select 'contribution ' || k::text from registry.contribution k join registry.record r on r.id = k.record_id
                where r.subject = any($1::uuid[]) order by k::text
                """,
                who
            )
            + node.texts(
                "select 'task ' || t::text from registry.task_state t where subject = any($1::uuid[]) order by id",
                who
            )
    }

    private func children(_ node: Node, _ area: String) async throws -> String? {
        while try await Recomputation.step(node.pool) > 0 {}
        return try await node.pool.transaction { connection in
            try AreaFigures.read(connection, kabupaten: "33.25", period: try #require(Period("2026-10")))
                .first { $0.indicator == "tumbuh.anak" && $0.area == area }?.value
        }
    }

    @Test func `a child at two posyandu counts once in the area, and parting gives back the same bytes`() async throws {
        try await withNode { node in
            let (one, first) = try await node.addPost(1)
            let (two, second) = try await node.addPost(2, village: "33.25.01.2002")
            let (office, engine) = (try await office(node), try await node.engine())
            let (child, double) = (id(1, 1), id(2, 2))
            try await node.send(
                first[0],
                [.register(id(1), child, at: one), .weigh(id(10), child, at: one, on: "2026-10-05", 6_500)]
            )
            try await node.send(
                second[0],
                [
                    .register(id(2), double, at: two, birth: "2025-01-03", sex: "L"),
                    .weigh(id(11), double, at: two, on: "2026-10-09", 1_900),
                    .visit(id(12), double, at: two, on: "2026-10-10", 1, "jawab"),
                    .weigh(id(13), double, at: two, on: "2026-11-02", 6_900), .retract(id(14), id(13), at: two),
                ]
            )
            try await node.settle(engine)
            #expect(try await children(node, "33.25.01") == "2")
            let before = try await rows(node, [child, double])
            try await node.send(office, [.link(id(20), child, double, at: one)])
            try await node.settle(engine)
            #expect(try await children(node, "33.25.01") == "1")
            #expect(
                try await node.count("select count(*) from registry.record where subject = $1", [.uuid(double)]) == 0
            )
            #expect(try await node.field(id(11), "jejak") == 2)
            #expect(
                try await node.texts("select body::json->>'jk' from registry.record where id = $1", [.uuid(id(11))])
                    == ["P"]
            )
            #expect(try await node.count("select count(*) from registry.task_state where is_open") == 0)
            try await node.send(office, [.link(id(21), child, double, at: one, isMerged: false)])
            try await node.settle(engine)
            #expect(try await rows(node, [child, double]) == before)
            #expect(try await children(node, "33.25.01") == "2")
            #expect(try await node.count("select count(*) from registry.resident_person") == 0)
            #expect(try await node.count("select count(*) from registry.record_origin") == 0)
            try await node.expectBalance()
        }
    }

    @Test func `only the office merges, with a reason, two residents`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            let (office, engine) = (try await office(node), try await node.engine())
            let (child, other) = (id(1, 1), id(1, 2))
            try await node.send(kiosks[0], [.register(id(1), child, at: post)])
            var silent = Text.link(id(4), child, other, at: post)
            silent.data = #"{"warga":"\#(other.text)"}"#
            try await node.send(kiosks[0], [.link(id(2), child, other, at: post)])
            try await node.send(
                office,
                [.link(id(3), child, child, at: post), silent, .link(id(5), child, other, at: post)]
            )
            try await node.settle(engine)
            #expect(
                try await node.rejections().sorted() == [
                    "warga.satukan", "warga.satukan_alasan", "warga.satukan_petugas",
                ]
            )
            #expect(try await node.texts("select waits_for from log.dead") == ["subject:\(other.text)"])
            try await node.send(kiosks[0], [.register(id(6), other, at: post)])
            try await node.settle(engine)
            #expect(try await node.count("select count(*) from registry.resident_person") == 2)
            try await node.expectBalance()
        }
    }

    @Test func `nothing is taken of a person after death, whichever came first, and a mistake is taken back`()
        async throws
    {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1, devices: 2)
            let engine = try await node.engine()
            let (early, late) = (id(1, 1), id(1, 2))
            func record(_ number: Int, _ child: UUID) -> [Text] {
                [
                    .weigh(id(number), child, at: post, on: "2026-10-05", 6_500),
                    .weigh(id(number + 1), child, at: post, on: "2026-10-20", 1_900),
                ]
            }
            let death = Text(id: id(40), type: "tumbuh.meninggal", posyandu: post, subject: early, date: "2026-10-10")
            var same = death
            (same.id, same.subject) = (id(41), late)
            try await node.send(
                kiosks[0],
                [.register(id(1), early, at: post), .register(id(2), late, at: post), death]
            )
            try await node.settle(engine)
            try await node.send(kiosks[1], record(10, early) + record(20, late))
            try await node.settle(engine)
            try await node.send(kiosks[0], [same])
            try await node.settle(engine)
            let states =
                "select state || ' ' || exists(select from registry.contribution k where k.record_id = r.id) from registry.record r where id = any($1::uuid[]) order by id"
            let ids: PostgresValue = .uuidArray([id(10), id(11), id(20), id(21)])
            #expect(try await node.texts(states, [ids]) == ["0 true", "2 false", "0 true", "2 false"])
            #expect(try await node.rejections() == ["warga.meninggal"])
            #expect(try await node.texts("select died::text from registry.resident") == ["2026-10-10", "2026-10-10"])
            #expect(try await node.count("select count(*) from registry.task") == 0)
            try await node.send(kiosks[0], [.retract(id(50), id(40), at: post), .retract(id(51), id(41), at: post)])
            try await node.settle(engine)
            #expect(try await node.texts(states, [ids]) == ["0 true", "0 true", "0 true", "0 true"])
            #expect(try await node.count("select count(*) from registry.task") == 2)
            #expect(try await node.count("select count(*) from registry.resident where died is not null") == 0)
            try await node.send(kiosks[0], [.died(id(60), early, at: post, on: "2026-10-15")])
            try await node.settle(engine)
            #expect(try await node.texts(states, [ids]) == ["0 true", "2 false", "0 true", "0 true"])
            try await node.send(kiosks[0], [.died(id(61), early, at: post, on: nil)])
            try await node.settle(engine)
            #expect(try await node.texts(states, [ids]) == ["0 true", "0 true", "0 true", "0 true"])
            try await node.expectBalance()
        }
    }

    @Test func `a NIK comes later, and one that another has is refused with the way out`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            let (office, engine) = (try await office(node), try await node.engine())
            let (child, other) = (id(1, 1), id(1, 2))
            try await node.send(
                kiosks[0],
                [
                    .register(id(1), child, at: post), .weigh(id(2), child, at: post, on: "2026-10-05", 6_500),
                    .register(id(3), child, at: post, nik: "3325014101250001"),
                ]
            )
            try await node.settle(engine)
            try await node.send(
                kiosks[0],
                [
                    .register(id(4), other, at: post, nik: "3325014101250001"),
                    .register(id(5), other, at: post, nik: "33250141012500011"), .register(id(6), other, at: post),
                ]
            )
            try await node.send(office, [.link(id(7), child, other, at: post)])
            try await node.settle(engine)
            #expect(try await node.rejections() == ["warga.nik_dipakai", "warga.nik"])
            #expect(try await node.count("select count(*) from registry.resident where nik_index is not null") == 1)
            let revision = try await node.count("select revision from registry.resident where id = $1", [.uuid(child)])
            #expect(revision == 2)
            #expect(
                try await node.count(
                    "select count(*) from registry.resident_person where person_id = $1",
                    [.uuid(child)]
                ) == 2
            )
        }
    }
}
