// Wrong and hostile input about children: each kind has its documented answer, and nothing is lost.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginHost
import PluginKit
import PostgresClient
import Summaries
import Testing

@testable import Apply

/// The answers are those of `Plugins/Kesehatan/README.md`, section "Wrong input".
@Suite(.serialized) struct HostileWeighingTests {
    private struct Case {
        var name: String
        var birth = "2025-06-15"
        var sex = "L"
        /// Date and payload of what is sent about the child, in this order.
        var sent: [(date: String, type: String, data: String)]
        /// Code of the refusal, or the letter of the weighing, in the same order.
        var answers: [String]
        /// D by month, of the posyandu.
        var weighed: [String: Int] = [:]
    }

    private static func weighing(_ date: String, _ data: String) -> (date: String, type: String, data: String) {
        (date, "kesehatan.penimbangan", data)
    }

    private static let grams = #"{"berat_gram":9000}"#

    private static let cases: [Case] = [
        Case(
            name: "a birth date in the future",
            birth: "2027-01-01",
            sent: [],
            answers: ["warga.tanggal_lahir"]
        ),
        Case(
            name: "29 February of a year without one",
            birth: "2025-02-29",
            sent: [],
            answers: ["warga.tanggal_lahir"]
        ),
        Case(name: "kilograms", sent: [weighing("2026-11-03", #"{"berat_gram":9}"#)], answers: ["penimbangan.satuan"]),
        Case(
            name: "kilograms, decimal",
            sent: [weighing("2026-11-03", #"{"berat_gram":8.5}"#)],
            answers: ["isian.jenis"]
        ),
        Case(
            name: "tenfold grams",
            sent: [weighing("2026-11-03", #"{"berat_gram":90000}"#)],
            answers: ["isian.maksimum"]
        ),
        Case(
            name: "a decimal comma",
            sent: [weighing("2026-11-03", #"{"berat_gram":"8,5"}"#)],
            answers: ["isian.jenis"]
        ),
        Case(
            name: "a height of 8.5",
            sent: [weighing("2026-11-03", #"{"berat_gram":9000,"tinggi_cm":8.5}"#)],
            answers: ["penimbangan.satuan"]
        ),
        Case(
            name: "a height in millimetres",
            sent: [weighing("2026-11-03", #"{"berat_gram":9000,"tinggi_cm":805}"#)],
            answers: ["penimbangan.satuan"]
        ),
        Case(
            name: "a height with a comma",
            sent: [weighing("2026-11-03", #"{"berat_gram":9000,"tinggi_cm":"80,5"}"#)],
            answers: ["isian.jenis"]
        ),
        Case(name: "a visit before birth", sent: [weighing("2025-06-14", grams)], answers: ["subjek.belum_lahir"]),
        Case(
            name: "a child of five",
            birth: "2021-11-03",
            sent: [weighing("2026-11-03", grams)],
            answers: ["subjek.umur"]
        ),
        Case(
            name: "a visit after death",
            sent: [
                weighing("2026-10-03", grams), ("2026-10-20", "kesehatan.kematian", #"{"masa_ibu":"bukan"}"#),
                weighing("2026-11-03", #"{"berat_gram":9400}"#),
            ],
            answers: ["b", "", "subjek.meninggal"],
            weighed: ["2026-10": 1]
        ),
        Case(
            name: "a death that is reported after a visit behind it",
            sent: [
                weighing("2026-10-03", grams), weighing("2026-11-03", #"{"berat_gram":9400}"#),
                ("2026-10-20", "kesehatan.kematian", #"{"masa_ibu":"bukan"}"#),
            ],
            answers: ["b", "subjek.meninggal", ""],
            weighed: ["2026-10": 1]
        ),
        // Born on the leap day: the month is complete on 28 February, and on the 29th of longer months.
        Case(
            name: "29 February",
            birth: "2024-02-29",
            sent: [
                weighing("2025-01-28", grams), weighing("2025-02-28", #"{"berat_gram":9200}"#),
                weighing("2025-03-28", #"{"berat_gram":9400}"#),
            ],
            answers: ["b", "n", "n"],
            weighed: ["2025-01": 1, "2025-02": 1, "2025-03": 1]
        ),
        Case(
            name: "a day that is none",
            sent: [weighing("2026-02-29", grams)],
            answers: ["message.date"]
        ),
    ]

    @Test func `every wrong message gets its documented answer and is counted somewhere`() async throws {
        try await withHealthSector { node, workers, catalogue in
            var sent = 0
            for (number, item) in Self.cases.enumerated() {
                let (post, kiosks) = try await node.addPost(10 + number)
                let child = id(100 + number, 1)
                var texts = [
                    Text.register(
                        id(1_000 * number, 2),
                        child,
                        at: post,
                        birth: item.birth,
                        sex: item.sex,
                        date: "2026-11-01"
                    )
                ]
                for (place, message) in item.sent.enumerated() {
                    texts.append(
                        Text(
                            id: id(1_000 * number + 1 + place, 2),
                            type: message.type,
                            posyandu: post,
                            subject: child,
                            date: message.date,
                            data: message.data
                        )
                    )
                }
                try await node.send(kiosks[0], texts)
                sent += texts.count
            }
            let engine = try await node.engine(sectors: (workers.host, catalogue))
            try await node.settle(engine, ready: workers.host.readySectors)
            for (number, item) in Self.cases.enumerated() {
                let first = item.sent.isEmpty ? 0 : 1
                for (place, answer) in item.answers.enumerated() {
                    let found = try await verdict(node, id(1_000 * number + first + place, 2))
                    #expect(found == answer, "\(item.name)")
                }
                for month in ["2025-01", "2025-02", "2025-03", "2026-10", "2026-11"] {
                    let figure = try await node.figure("kesehatan.d", month, id(10 + number, 0xA000))
                    #expect(figure == item.weighed[month].map { String($0) }, "\(item.name) \(month)")
                }
            }
            try await node.expectBalance()
            #expect(try await node.count("select count(*) from log.entry") == sent)
        }
    }

    /// The code of a refusal, or the letter of a weighing that stands.
    private func verdict(_ node: Node, _ message: UUID) async throws -> String {
        let violations = try await node.text(
            // One that cannot be read has no id in the registry; its bytes have.
            """
            select r.violations from registry.rejection r join log.entry e on e.pos * 16 + e.shard = r.lineage
             where r.message_id = $2 or position(convert_to($1, 'UTF8') in e.payload) > 0
            """,
            [.text(message.text), .uuid(message)]
        )
        if let violations {
            return try JSONParser.parse(Array(violations.utf8))[0]?["code"]?.string ?? "?"
        }
        let state = try await node.text("select state::text from registry.record where id = $1", [.uuid(message)])
        let body = try await node.text(
            "select body::json->>'status' from registry.record where id = $1 and state = 0",
            [.uuid(message)]
        )
        // Refused when it was asked again: kept, and counted nowhere.
        return state == "2" ? "subjek.meninggal" : body ?? ""
    }

    @Test func `twins whose sex was swapped are judged anew when it is put right`() async throws {
        try await withHealthSector { node, workers, catalogue in
            let (post, kiosks) = try await node.addPost(1)
            let (first, second) = (id(1, 1), id(2, 1))
            // Eleven months old: a boy must gain 300 g, a girl 200 g.
            var texts = [
                Text.register(id(1), first, at: post, birth: "2025-12-01", sex: "P", name: "Bayu"),
                Text.register(id(2), second, at: post, birth: "2025-12-01", sex: "L", name: "Ayu"),
            ]
            for (number, child) in [first, second].enumerated() {
                for (place, grams) in [9_000, 9_250].enumerated() {
                    texts.append(
                        Text(
                            id: id(10 + 2 * number + place),
                            type: "kesehatan.penimbangan",
                            posyandu: post,
                            subject: child,
                            date: place == 0 ? "2026-10-05" : "2026-11-05",
                            data: #"{"berat_gram":\#(grams)}"#
                        )
                    )
                }
            }
            try await node.send(kiosks[0], texts)
            let engine = try await node.engine(sectors: (workers.host, catalogue))
            let ready = workers.host.readySectors
            try await node.settle(engine, ready: ready)
            #expect(try await node.figure("kesehatan.n_p", "2026-11", post) == "1")
            #expect(try await node.figure("kesehatan.t_l", "2026-11", post) == "1")
            #expect(try await verdict(node, id(11)) == "n")
            #expect(try await verdict(node, id(13)) == "t")
            try await node.send(
                kiosks[0],
                [
                    .register(id(20), first, at: post, birth: "2025-12-01", sex: "L", name: "Bayu"),
                    .register(id(21), second, at: post, birth: "2025-12-01", sex: "P", name: "Ayu"),
                ]
            )
            try await node.settle(engine, ready: ready)
            #expect(try await verdict(node, id(11)) == "t")
            #expect(try await verdict(node, id(13)) == "n")
            #expect(try await node.figure("kesehatan.d_l", "2026-11", post) == "1")
            #expect(try await node.figure("kesehatan.n_p", "2026-11", post) == "1")
            #expect(try await node.figure("kesehatan.t_l", "2026-11", post) == "1")
            try await node.expectBalance()
        }
    }

    @Test func `a child that moves within the month is weighed in both posyandu and counted in the first`() async throws
    {
        try await withHealthSector { node, workers, catalogue in
            let (old, oldKiosks) = try await node.addPost(1)
            let (new, newKiosks) = try await node.addPost(2)
            let child = id(1, 1)
            func weigh(_ number: Int, _ post: UUID, _ date: String, _ grams: Int) -> Text {
                Text(
                    id: id(number),
                    type: "kesehatan.penimbangan",
                    posyandu: post,
                    subject: child,
                    date: date,
                    data: #"{"berat_gram":\#(grams)}"#
                )
            }
            // The new posyandu's messages come first.
            try await node.send(newKiosks[0], [weigh(5, new, "2026-11-20", 9_300), weigh(6, new, "2026-12-05", 9_600)])
            try await node.send(
                oldKiosks[0],
                [
                    .register(id(1), child, at: old, birth: "2025-06-15", sex: "L"), weigh(2, old, "2026-10-06", 9_000),
                    weigh(3, old, "2026-11-03", 9_250), .move(id(4), child, from: old, to: new),
                ]
            )
            let engine = try await node.engine(sectors: (workers.host, catalogue))
            try await node.settle(engine, ready: workers.host.readySectors)
            #expect(try await node.figure("kesehatan.d", "2026-11", old) == "1")
            #expect(try await node.figure("kesehatan.d", "2026-11", new) == nil)
            #expect(try await node.figure("kesehatan.n", "2026-12", new) == "1")
            // Both weighings stand, with the letter of the month; December compares with the newest.
            #expect(try await verdict(node, id(3)) == "n")
            #expect(try await verdict(node, id(5)) == "n")
            #expect(
                try await node.count(
                    "select (body::json->>'kenaikan_gram')::int from registry.record where id = $1",
                    [.uuid(id(6))]
                ) == 300
            )
            #expect(try await node.count("select count(*) from registry.record where state = 0") == 4)
            try await node.expectBalance()
        }
    }
}
