// Escalations over the log: once a level however often and concurrently one looks, never while paused, anew when reopened.
// SPDX-License-Identifier: Apache-2.0
import CaseBook
import Cases
import FoundationEssentials
import MessageLog
import PluginKit
import PostgresClient
import Testing

@testable import Apply

@Suite struct CaseEscalationTests {
    private func escalation(_ node: Node, holidays: Set<CivilDate> = []) throws -> CaseEscalation {
        let manifest = try ToySector.parsed()
        let calendar = WorkCalendar(holidays: holidays)
        return CaseEscalation(
            book: CaseBook(pool: node.pool, time: CaseTime(calendar: calendar), sectors: { [manifest] }),
            writer: node.writer,
            own: OwnSource(node: "test", utcOffset: 25_200),
            log: Node.quiet
        )
    }

    private func day(_ text: String) throws -> CivilDate { try #require(CivilDate(text)) }

    private func told(_ node: Node) async throws -> [String] {
        try await node.texts(
            "select case_id::text || ' ' || episode || ' ' || office from registry.case_move where kind = 'escalate' order by 1"
        )
    }

    @Test func `two looks at once and a repeated message tell nobody twice`() async throws {
        try await withNode { node in
            let desa = try await Desa(node, offices: [])
            let engine = try await node.engine()
            let records = (1...40).map { id(10, $0) }
            try await node.send(desa.kiosk, records.map { .complain($0, at: desa.post, "atap bocor") })
            try await node.settle(engine)
            let escalation = try escalation(node)
            // Reports of Tuesday 3 November: three working days are over on the 6th, six on the 11th.
            #expect(try await escalation.look(today: try day("2026-11-06")).told == 0)
            let late = try day("2026-11-12")
            async let one = escalation.look(today: late)
            async let other = escalation.look(today: late)
            let rounds = try await [one, other]
            #expect(rounds.contains { $0.told == 80 })
            #expect(rounds.allSatisfy { $0.told == 80 || $0.isBehind })
            // The same words once more, as a lost answer makes an appender say them.
            let again = try records.prefix(5).map { record in
                try OwnSource(node: "test", utcOffset: 25_200).message(
                    "kasus.dieskalasi",
                    posyandu: desa.post,
                    data: [
                        "kasus": .string(record.text), "episode": 1, "revisi": 1, "tenggat": "macet",
                        "tingkat": "pemdes",
                    ],
                    at: WallClock.microseconds()
                ).message
            }
            _ = try await node.writer.append(again, to: OwnSource(node: "test", utcOffset: 25_200).uuid)
            #expect(try await escalation.look(today: late).isBehind)
            try await node.settle(engine)
            #expect(try await escalation.look(today: late).told == 0)
            let expected = records.flatMap { ["\($0.text) 1 kecamatan", "\($0.text) 1 pemdes"] }.sorted()
            #expect(try await told(node) == expected)
            #expect(
                try await node.count("select count(*) from registry.task_state where kind = 'eskalasi' and is_open")
                    == 80
            )
            // A case that moves has answered; the others have not.
            try await node.send(
                desa.kiosk,
                [
                    .moveCase(
                        id(90),
                        records[0],
                        at: desa.post,
                        from: "didata",
                        to: "verifikasi_kunjungan",
                        by: "kader"
                    )
                ]
            )
            try await node.settle(engine)
            #expect(
                try await node.count("select count(*) from registry.task_state where kind = 'eskalasi' and is_open")
                    == 78
            )
            #expect(try await node.rejections().isEmpty)
            try await node.expectBalance()
        }
    }

    @Test func `a paused case is not told of, a moved one is refused, a holiday added later is heeded`() async throws {
        try await withNode { node in
            let desa = try await Desa(node, offices: [])
            let engine = try await node.engine()
            let records = (1...3).map { id(10, $0) }
            try await node.send(
                desa.kiosk,
                records.map { .complain($0, at: desa.post, "atap bocor") } + [
                    .act(id(20), "ditunda", records[0], at: desa.post, by: "kader", #","alasan":"menunggu_dokumen""#)
                ]
            )
            try await node.settle(engine)
            let due = try day("2026-11-09")
            let holidays: Set = [try day("2026-11-05"), try day("2026-11-06")]
            #expect(try await escalation(node, holidays: holidays).look(today: due).told == 0)
            let round = try await escalation(node).look(today: due)
            #expect(round.cases == 3 && round.told == 2)
            try await node.settle(engine)
            #expect(try await told(node) == [records[1], records[2]].map { "\($0.text) 1 pemdes" })
            #expect(try await node.count("select count(*) from registry.task where kind = 'eskalasi'") == 2)

            // A message that saw an older revision is refused.
            let stale = try OwnSource(node: "test", utcOffset: 25_200).message(
                "kasus.dieskalasi",
                posyandu: desa.post,
                data: [
                    "kasus": .string(records[1].text), "episode": 1, "revisi": 1, "tenggat": "macet",
                    "tingkat": "kecamatan",
                ],
                at: WallClock.microseconds()
            ).message
            _ = try await node.writer.append([stale], to: OwnSource(node: "test", utcOffset: 25_200).uuid)
            try await node.settle(engine)
            #expect(try await node.rejections() == ["kasus.sudah_berubah"])
        }
    }

    @Test func `a reopened case is told of anew, in tasks of its own`() async throws {
        try await withNode { node in
            let desa = try await Desa(node, offices: [])
            let engine = try await node.engine()
            let record = id(10)
            try await node.send(desa.kiosk, [.complain(record, at: desa.post, "atap bocor")])
            try await node.settle(engine)
            let escalation = try escalation(node)
            #expect(try await escalation.look(today: try day("2026-11-09")).told == 1)
            try await node.settle(engine)
            try await node.send(
                desa.village,
                [
                    .moveCase(
                        id(20),
                        record,
                        at: desa.post,
                        from: "didata",
                        to: "ditolak",
                        by: "pemdes",
                        more: #","catatan":"bukan warga desa""#
                    ),
                    .act(id(21), "dibuka_lagi", record, at: desa.post, by: "pemdes", #","catatan":"ternyata warga""#),
                ]
            )
            try await node.settle(engine)
            #expect(
                try await node.texts(
                    "select state || ' ' || episode || ' ' || (closed_at is null) || ' ' || cardinality(told) from registry.case"
                ) == ["verifikasi_kunjungan 2 true 0"]
            )
            // Its clocks began at the reopening, at the time of this test.
            let today = CaseTime().day(of: WallClock.microseconds())
            #expect(try await escalation.look(today: today).told == 0)
            let later = WorkCalendar().date(after: 3, from: today).adding(days: 1)
            #expect(try await escalation.look(today: later).told == 1)
            try await node.settle(engine)
            #expect(try await told(node) == ["\(record.text) 1 pemdes", "\(record.text) 2 pemdes"])
            #expect(
                try await node.texts("select topic || ' ' || is_open from registry.task_state order by topic") == [
                    "pemdes_1 false", "pemdes_2 true",
                ]
            )
        }
    }
}
