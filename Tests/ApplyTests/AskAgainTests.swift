// What a late message changes for later records: they are asked again, and figures follow.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient
import Summaries
import Testing

@testable import Apply

@Suite struct AskAgainTests {
    @Test func `of two values of one day the one said last stands, a correction included`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            let engine = try await node.engine()
            try await node.send(
                kiosks[0],
                [
                    .register(id(1), id(1, 1), at: post), .weigh(id(2), id(1, 1), at: post, 6_000),
                    .weigh(id(3), id(1, 1), at: post, 7_000),
                ]
            )
            try await node.settle(engine)
            #expect(try await node.figure("tumbuh.berat_akhir", "2026-11", post) == "7")
            try await node.send(kiosks[0], [.weigh(id(4), id(1, 1), at: post, 8_000, corrects: id(2))])
            try await node.settle(engine)
            #expect(try await node.figure("tumbuh.berat_akhir", "2026-11", post) == "8")
            let areas = try await node.pool.withConnection {
                try AreaFigures.read($0, kabupaten: "33.25", period: try #require(Period("2026-11")))
            }
            #expect(areas.filter { $0.indicator == "tumbuh.berat_akhir" }.map(\.value) == ["8", "8"])
        }
    }

    @Test func `a late weighing and a corrected birth date ask the later records again`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            try await node.send(
                kiosks[0],
                [
                    .register(id(1), id(1, 1), at: post), .weigh(id(2), id(1, 1), at: post, on: "2026-09-05", 6_500),
                    .weigh(id(3), id(1, 1), at: post, on: "2026-11-05", 6_400),
                ]
            )
            let engine = try await node.engine()
            try await node.settle(engine)
            #expect(try await node.figure("tumbuh.naik", "2026-11", post) == nil)
            try await node.send(kiosks[0], [.weigh(id(4), id(1, 1), at: post, on: "2026-10-05", 6_300)])
            try await node.settle(engine)
            #expect(try await node.figure("tumbuh.naik", "2026-11", post) == "1")
            #expect(try await node.field(id(3), "jejak") == 3)
            #expect(try await node.field(id(3), "umur_hari") == 673)
            try await node.send(kiosks[0], [.register(id(5), id(1, 1), at: post, birth: "2025-01-11", sex: "L")])
            try await node.settle(engine)
            #expect(try await node.field(id(3), "umur_hari") == 663)
            #expect(
                try await node.text("select body::json->>'jk' from registry.record where id = $1", [.uuid(id(2))])
                    == "L"
            )
            #expect(try await node.count("select count(*) from registry.record_revision") == 0)
        }
    }

    @Test func `a record refused when asked again comes back when the reason goes`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            let light = Text.weigh(
                id(3),
                id(1, 1),
                at: post,
                on: "2026-11-05",
                6_400,
                more: #","paling_ringan_dari":9000"#
            )
            try await node.send(kiosks[0], [.register(id(1), id(1, 1), at: post), light])
            let engine = try await node.engine()
            try await node.settle(engine)
            try await node.send(kiosks[0], [.weigh(id(4), id(1, 1), at: post, on: "2026-10-05", 9_500)])
            try await node.settle(engine)
            #expect(try await node.count("select state from registry.record where id = $1", [.uuid(id(3))]) == 2)
            #expect(try await node.figure("tumbuh.ditimbang", "2026-11", post) == nil)
            try await node.send(kiosks[0], [.retract(id(5), id(4), at: post)])
            try await node.settle(engine)
            #expect(try await node.count("select state from registry.record where id = $1", [.uuid(id(3))]) == 0)
            #expect(try await node.figure("tumbuh.ditimbang", "2026-11", post) == "1")
            try await node.expectBalance()
        }
    }

    @Test func `a weighing corrected to another child leaves the first child's later records up to date`() async throws
    {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            try await node.send(
                kiosks[0],
                [
                    .register(id(1), id(1, 1), at: post), .register(id(2), id(2, 1), at: post),
                    .weigh(id(3), id(1, 1), at: post, on: "2026-10-05", 6_500),
                    .weigh(id(4), id(1, 1), at: post, on: "2026-11-05", 6_600),
                    .weigh(id(5), id(2, 1), at: post, on: "2026-11-05", 7_000),
                ]
            )
            let engine = try await node.engine()
            try await node.settle(engine)
            try await node.send(
                kiosks[0],
                [
                    .weigh(id(6), id(2, 1), at: post, on: "2026-10-05", 6_500, corrects: id(3)),
                    .weigh(id(7), id(1, 1), at: post, on: "2026-11-20", 6_700),
                ]
            )
            try await node.settle(engine)
            #expect(try await node.field(id(4), "jejak") == 1)
            #expect(try await node.field(id(7), "jejak") == 2)
            #expect(try await node.field(id(5), "jejak") == 2)
            #expect(try await node.figure("tumbuh.anak", "2026-10", post) == "1")
        }
    }
}
