// Messages that say at which visit they were written, with messages of other record types.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PostgresClient
import Testing

@testable import Apply

@Suite struct VisitTests {
    private let table = id(5_000, 9)

    private func visits(_ node: Node) async throws -> [String] {
        try await node.texts("select record_id::text || ' ' || visit::text from registry.record_visit order by 1")
    }

    private func line(_ record: UUID, _ visit: UUID) -> String { "\(record.text) \(visit.text)" }

    @Test func `records of one visit are kept as such, and one without a visit writes nothing`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            var weighing = Text.weigh(id(2), id(1, 1), at: post, 6_500)
            weighing.visit = table.text
            var complaint = Text.complain(id(3), at: post, "pagar rusak")
            complaint.visit = table.text
            var refused = Text.weigh(id(4), id(1, 1), at: post, 6_500)
            (refused.visit, refused.data) = (table.text, "{}")
            let apart = Text.complain(id(5), at: post, "lampu mati")
            try await node.send(kiosks[0], [.register(id(1), id(1, 1), at: post), weighing, complaint, refused, apart])
            let pass = try await node.settle(try await node.engine())
            #expect(pass.applied == 4 && pass.rejected == 1)
            #expect(try await visits(node) == [line(id(2), table), line(id(3), table)])
        }
    }

    /// The correction names another visit; the third message, without one, takes none away.
    @Test(arguments: [[0, 1, 2], [2, 1, 0], [1, 0, 2]])
    func `a record belongs to every visit that its messages name, in any order of arrival`(_ order: [Int]) async throws
    {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1, devices: 3)
            let other = id(6_000, 9)
            try await node.send(kiosks[0], [.register(id(1), id(1, 1), at: post)])
            let engine = try await node.engine()
            try await node.settle(engine)
            var texts = [
                Text.weigh(id(2), id(1, 1), at: post, 6_500), .weigh(id(3), id(1, 1), at: post, 6_600, corrects: id(2)),
                .weigh(id(4), id(1, 1), at: post, 6_700, corrects: id(2)),
            ]
            texts[0].visit = table.text
            texts[1].visit = other.text
            for index in order {
                try await node.send(kiosks[index], [texts[index]])
                try await node.settle(engine)
            }
            #expect(try await visits(node) == [line(id(2), table), line(id(2), other)].sorted())
            #expect(try await node.field(id(2), "berat") == 6_700)
            try await node.send(kiosks[0], [texts[0]])
            try await node.settle(engine)
            #expect(try await node.count("select count(*) from registry.record_visit") == 2)
        }
    }
}
