// Cases over messages from a kiosk, a village office and an OPD: every move of the matrix, immutable reports, routes, areas.
// SPDX-License-Identifier: Apache-2.0
import CaseBook
import Cases
import FoundationEssentials
import MessageLog
import PluginKit
import PostgresClient
import Testing

@testable import Apply

@Suite struct CaseFlowTests {
    static let states = [
        "didata", "verifikasi_kunjungan", "diajukan_pemdes", "disposisi_opd", "selesai", "ditolak",
    ]
    /// `docs/domain.md` §5.2.
    static let table: [String: [String]] = [
        "didata>verifikasi_kunjungan": ["kader", "bidan", "pemdes"], "didata>ditolak": ["pemdes"],
        "verifikasi_kunjungan>diajukan_pemdes": ["kader", "bidan", "pemdes"],
        "verifikasi_kunjungan>ditolak": ["kader", "bidan", "pemdes"], "diajukan_pemdes>disposisi_opd": ["pemdes"],
        "diajukan_pemdes>selesai": ["pemdes"], "diajukan_pemdes>ditolak": ["pemdes"],
        "disposisi_opd>selesai": ["opd", "pemdes"], "disposisi_opd>ditolak": ["opd", "pemdes"],
    ]
    private static let roles = [
        "kader", "bidan", "pengurus", "pemdes", "kades", "opd", "kecamatan", "tp_posyandu", "admin",
    ]
    /// The moves that bring a case from its first state into each.
    private static let ways: [[(to: String, by: String)]] = [
        [], [("verifikasi_kunjungan", "kader")],
        [("verifikasi_kunjungan", "kader"), ("diajukan_pemdes", "bidan")],
        [("verifikasi_kunjungan", "kader"), ("diajukan_pemdes", "kader"), ("disposisi_opd", "pemdes")],
        [
            ("verifikasi_kunjungan", "kader"), ("diajukan_pemdes", "kader"), ("disposisi_opd", "pemdes"),
            ("selesai", "opd"),
        ], [("ditolak", "pemdes")],
    ]

    @Test func `every forbidden move of six states, six states and nine roles is refused to its sender`() async throws {
        try await withNode { node in
            let desa = try await Desa(node, offices: ["kesehatan"])
            let engine = try await node.engine()
            let records = Self.states.indices.map { id(10, $0 + 1) }
            try await node.send(desa.kiosk, records.map { .complain($0, at: desa.post, "atap bocor") })
            try await node.settle(engine)
            var number = 20
            var at = Self.states.map { _ in "didata" }
            for round in 0..<4 {
                for place in Self.states.indices where Self.ways[place].count > round {
                    let step = Self.ways[place][round]
                    try await node.send(
                        desa.sender(of: step.by),
                        [move(&number, records[place], desa, at[place], step.to, step.by)]
                    )
                    at[place] = step.to
                }
                try await node.settle(engine)
            }
            #expect(try await node.texts("select state from registry.case order by id") == Self.states)
            #expect(try await node.rejections().isEmpty)
            let before = try await Node.cases(node.pool)

            var texts: [UUID: [Text]] = [:]
            var expected: [UUID: [String]] = [:]
            for (place, from) in Self.states.enumerated() {
                for to in Self.states {
                    for role in Self.roles {
                        let by = Self.table["\(from)>\(to)"]
                        if by?.contains(role) ?? false { continue }
                        let sender = desa.sender(of: role).uuid
                        texts[sender, default: []].append(move(&number, records[place], desa, from, to, role))
                        expected[sender, default: []].append(by == nil ? "kasus.langkah" : "kasus.peran")
                    }
                }
            }
            for device in [desa.kiosk, desa.village, desa.opd] {
                try await node.send(device, texts[device.uuid] ?? [])
            }
            try await node.settle(engine)
            for device in [desa.kiosk, desa.village, desa.opd] {
                #expect(try await node.rejections(to: device) == expected[device.uuid])
            }
            #expect(expected.values.reduce(0) { $0 + $1.count } == 6 * 6 * 9 - 17)
            #expect(try await Node.cases(node.pool) == before)
            try await node.expectBalance()
        }
    }

    /// A move that brings all that the flow can ask for.
    private func move(
        _ number: inout Int,
        _ record: UUID,
        _ desa: Desa,
        _ from: String,
        _ to: String,
        _ role: String
    ) -> Text {
        number += 1
        return .moveCase(
            id(number),
            record,
            at: desa.post,
            from: from,
            to: to,
            by: role,
            more: #","catatan":"sudah dilihat","opd":"kesehatan""#
        )
    }

    @Test func `a sender acts in its roles, in its area, for its office, on its own posyandu`() async throws {
        try await withNode { node in
            let desa = try await Desa(node, offices: ["sosial"])
            let (other, kiosks) = try await node.addPost(7, village: "33.25.02.2001")
            let record = id(10)
            try await node.send(desa.kiosk, [.complain(record, at: desa.post, "atap bocor")])
            let engine = try await node.engine()
            try await node.settle(engine)
            func step(_ number: Int, _ from: String, _ to: String, _ role: String, at post: UUID? = nil) -> Text {
                .moveCase(
                    id(number),
                    record,
                    at: post ?? desa.post,
                    from: from,
                    to: to,
                    by: role,
                    more: #","catatan":"ya""#
                )
            }
            try await node.send(desa.kiosk, [step(20, "didata", "verifikasi_kunjungan", "pemdes")])
            try await node.send(desa.village, [step(21, "didata", "verifikasi_kunjungan", "kader")])
            try await node.send(desa.village, [step(22, "didata", "verifikasi_kunjungan", "pemdes", at: other)])
            try await node.send(kiosks[0], [step(23, "didata", "verifikasi_kunjungan", "kader", at: other)])
            try await node.settle(engine)
            try await node.send(
                desa.village,
                [
                    step(24, "didata", "verifikasi_kunjungan", "pemdes"),
                    step(25, "verifikasi_kunjungan", "diajukan_pemdes", "pemdes"),
                    step(26, "diajukan_pemdes", "disposisi_opd", "pemdes"),
                ]
            )
            try await node.settle(engine)
            try await node.send(desa.opd, [step(27, "disposisi_opd", "selesai", "opd")])
            try await node.send(
                desa.kiosk,
                [.act(id(28), "dieskalasi", record, at: desa.post, by: "kader", #","tingkat":"pemdes""#)]
            )
            try await node.settle(engine)
            #expect(try await node.rejections(to: desa.kiosk) == ["kasus.peran_sumber", "kasus.eskalasi"])
            #expect(try await node.rejections(to: desa.village) == ["kasus.peran_sumber", "posyandu.di_luar_wilayah"])
            #expect(try await node.rejections(to: kiosks[0]) == ["kasus.bukan_milik"])
            #expect(try await node.rejections(to: desa.opd) == ["kasus.opd_lain"])
            #expect(try await node.text("select state from registry.case") == "disposisi_opd")
        }
    }

    private static let garden = """
        { "manifest": 1, "id": "kebun", "version": "1.0.0", "protocol": 1, "form": "program", "scope": "local",
          "stability": "beta", "name": {"id": "Kebun"},
          "records": { "kebun.keluhan": { "version": 1, "title": {"id": "Keluhan"}, "subject": "none",
            "person": ["nama_pelapor", "cerita"], "immutable_person": ["cerita"],
            "fields": {
              "jenis": {"type": "choice", "choices": ["api", "air"], "immutable": true},
              "lokasi": {"type": "text"}, "dok_ktp": {"type": "flag"} } } },
          "indicators": {},
          "workflow": {"use": "lapor", "moves": [
            {"from": "didata", "to": "verifikasi_kunjungan", "by": ["kader"], "documents": ["dok_ktp"],
             "fields": {"no_surat": {"type": "text"}}}]},
          "routing": [
            {"type": "kebun.keluhan", "where": {"jenis": "api"}, "office": "damkar"},
            {"type": "kebun.keluhan", "office": "pertanian"}] }
        """

    @Test func `a report keeps its words, routes by what it says, and steps keep what they bring`() async throws {
        try await withNode { node in
            let desa = try await Desa(node, offices: [])
            let manifest = try CaseSector.manifest(Self.garden)
            let catalogue = try await CaseSector.register(manifest, node.pool)
            let engine = try await node.engine(sectors: (CaseSector(), catalogue))
            func report(_ number: Int, _ data: String, _ person: String, corrects: UUID? = nil) -> Text {
                Text(
                    id: id(number),
                    type: "kebun.keluhan",
                    posyandu: desa.post,
                    corrects: corrects,
                    person: person,
                    data: data
                )
            }
            let said = #"{"nama_pelapor":"Siti","cerita":"terbakar tadi malam"}"#
            try await node.send(
                desa.kiosk,
                [
                    report(10, #"{"jenis":"api","lokasi":"RT 1"}"#, said), report(11, #"{"jenis":"air"}"#, said),
                    report(12, #"{"jenis":"air","lokasi":"RT 1"}"#, said, corrects: id(10)),
                    report(13, #"{"jenis":"api"}"#, #"{"nama_pelapor":"Siti","cerita":"lain"}"#, corrects: id(10)),
                    report(14, #"{"jenis":"api"}"#, #"{"nama_pelapor":"Siti"}"#, corrects: id(10)),
                    report(15, #"{"jenis":"api","lokasi":"RT 2"}"#, said, corrects: id(10)),
                    .moveCase(id(16), id(10), at: desa.post, from: "didata", to: "verifikasi_kunjungan", by: "kader"),
                    .moveCase(
                        id(17),
                        id(10),
                        at: desa.post,
                        from: "didata",
                        to: "verifikasi_kunjungan",
                        by: "kader",
                        more: #","dokumen":["dok_ktp"],"foto":["a.jpg"],"isian":{"no_surat":"470/1"}"#
                    ),
                ]
            )
            try await node.settle(engine, ready: ["kebun"])
            #expect(
                try await node.rejections(to: desa.kiosk) == [
                    "kasus.isi_tetap", "kasus.isi_tetap", "kasus.isi_tetap", "kasus.dokumen",
                ]
            )
            #expect(try await node.texts("select office from registry.case order by id") == ["damkar", "pertanian"])
            #expect(
                try await node.text("select body from registry.case_move where kind = 'move'")
                    == #"{"dokumen":["dok_ktp"],"foto":["a.jpg"],"isian":{"no_surat":"470/1"}}"#
            )
            #expect(
                try await node.texts("select array_to_string(documents, ' ') from registry.case order by id") == [
                    "dok_ktp", "",
                ]
            )
            try await node.expectBalance()
        }
    }

    @Test func `the office of a role is that of the smallest area which is active on the day`() async throws {
        try await withNode { node in
            _ = try await node.addPost(1, village: "33.25.01.2001")
            try await node.pool.withConnection { connection in
                try connection.run(
                    script: """
                        insert into registry.office(code, name, role, region_code, active_from, active_to) values
                          ('dinsos_pmd_sosial', 'Dinsos PMD', 'sosial', '33.25', null, null),
                          ('dinsos_pmd_pmd', 'Dinsos PMD', 'pmd', '33.25', null, null),
                          ('uptd_1', 'UPTD Wonotunggal', 'sosial', '33.25.01', '2026-03-01', '2026-06-30'),
                          ('uptd_2', 'UPTD lain', 'sosial', '33.25.0', null, null);
                        """
                )
            }
            func office(_ role: String, _ day: String) async throws -> String? {
                try await node.text("select (registry.office_for('\(role)', '33.25.01.2001', '\(day)')).name")
            }
            #expect(try await office("sosial", "2026-02-28") == "Dinsos PMD")
            #expect(try await office("sosial", "2026-03-01") == "UPTD Wonotunggal")
            #expect(try await office("sosial", "2026-07-01") == "Dinsos PMD")
            #expect(try await office("pmd", "2026-07-01") == "Dinsos PMD")
            #expect(try await office("damkar", "2026-07-01") == nil)
        }
    }
}
