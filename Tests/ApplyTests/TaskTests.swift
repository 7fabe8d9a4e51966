// Tasks: raised, answered by later records, and never wrong because something arrived late.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PostgresClient
import Testing

@testable import Apply

@Suite struct TaskTests {
    /// The tasks of a child: topic, day raised, due day, and what answered it.
    private func tasks(_ node: Node, _ child: UUID) async throws -> [String] {
        try await node.texts(
            """
            select concat_ws(' ', coalesce(topic, '-'), raised, due, coalesce(answered_on::text, 'open'))
            from registry.task_state where subject = $1 order by raised, topic
            """,
            [.uuid(child)]
        )
    }

    @Test func `a later record answers, an earlier one and the same one do not`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            let child = id(1, 1)
            try await node.send(
                kiosks[0],
                [
                    .register(id(1), child, at: post), .register(id(2), id(1, 2), at: post),
                    .visit(id(3), child, at: post, on: "2026-10-01", 1, "jawab"),
                    .weigh(id(4), child, at: post, on: "2026-10-05", 1_900, more: #","topik":"gizi""#),
                    .weigh(id(5), child, at: post, on: "2026-10-06", 1_900, more: #","topik":"tbc""#),
                    .visit(id(6), id(1, 2), at: post, on: "2026-10-20", 1, "jawab"),
                    .visit(id(7), child, at: post, on: "2026-10-20", 2, "jawab gizi"),
                    .weigh(id(8), child, at: post, on: "2026-10-21", 1_900, more: #","topik":"gizi""#),
                ]
            )
            try await node.settle(try await node.engine())
            #expect(
                try await tasks(node, child) == [
                    "gizi 2026-10-05 2026-10-08 2026-10-20", "tbc 2026-10-06 2026-10-09 open",
                    "gizi 2026-10-21 2026-10-24 open",
                ]
            )
        }
    }

    @Test func `a correction moves the task and its due day, a retracted answer opens it again`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            let (child, engine) = (id(1, 1), try await node.engine())
            try await node.send(
                kiosks[0],
                [
                    .register(id(1), child, at: post), .weigh(id(4), child, at: post, on: "2026-10-05", 1_900),
                    .visit(id(6), child, at: post, on: "2026-10-20", 1, "jawab"),
                ]
            )
            try await node.settle(engine)
            let number = try await node.count("select id from registry.task")
            #expect(try await tasks(node, child) == ["- 2026-10-05 2026-10-08 2026-10-20"])
            try await node.send(kiosks[0], [.weigh(id(7), child, at: post, on: "2026-10-25", 1_800, corrects: id(4))])
            try await node.settle(engine)
            #expect(try await tasks(node, child) == ["- 2026-10-25 2026-10-28 open"])
            #expect(try await node.count("select id from registry.task") == number)
            try await node.send(kiosks[0], [.weigh(id(8), child, at: post, on: "2026-10-02", 1_800, corrects: id(4))])
            try await node.settle(engine)
            #expect(try await tasks(node, child) == ["- 2026-10-02 2026-10-05 2026-10-20"])
            try await node.send(kiosks[0], [.retract(id(9), id(6), at: post)])
            try await node.settle(engine)
            #expect(try await tasks(node, child) == ["- 2026-10-02 2026-10-05 open"])
            #expect(try await node.count("select count(*) from registry.task_answer") == 0)
        }
    }

    @Test func `every order of arrival gives the same tasks`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1, devices: 4)
            let engine = try await node.engine(batch: 3)
            var random = SplitMix(seed: 2_026)
            var seen: Set<[String]> = []
            var children: [UUID] = []
            for series in 1...30 {
                let child = id(1, series)
                children.append(child)
                func own(_ time: Int) -> UUID { id(time, series) }
                let texts: [Text] = [
                    .register(own(10), child, at: post),
                    .weigh(own(11), child, at: post, on: "2026-10-05", 1_900, more: #","topik":"gizi""#),
                    .weigh(own(12), child, at: post, on: "2026-10-06", 1_900, more: #","topik":"tbc""#),
                    .visit(own(13), child, at: post, on: "2026-10-06", 1, "jawab gizi"),
                    .visit(own(14), child, at: post, on: "2026-10-07", 2, "jawab"),
                    .weigh(own(15), child, at: post, on: "2026-10-09", 1_900, corrects: own(11)),
                    .retract(own(16), own(14), at: post),
                    .visit(own(17), child, at: post, on: "2026-10-12", 3, "jawab tbc"),
                ]
                // Each kiosk sends in its own order; which kiosk is first is left to chance.
                var queues = [[Text]](repeating: [], count: 4)
                for text in texts { queues[random.next(4)].append(text) }
                while let place = queues.indices.filter({ !queues[$0].isEmpty }).randomElement(using: &random) {
                    try await node.send(kiosks[place], [queues[place].removeFirst()])
                }
                if random.chance(40) { try await node.settle(engine) }
            }
            try await node.settle(engine)
            for child in children { seen.insert(try await tasks(node, child)) }
            #expect(seen == [["tbc 2026-10-06 2026-10-09 2026-10-12", "- 2026-10-09 2026-10-12 open"]])
            try await node.expectBalance()
        }
    }
}
