// The public works sector: its fixtures, when a well is at risk, when a facility is damaged.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Testing

@testable import PekerjaanUmumSector

private let folder =
    String(#filePath.dropLast("Tests/SectorTests/PekerjaanUmumTests.swift".count)) + "Plugins/PekerjaanUmum"

private func decode<Payload: Decodable>(_ type: Payload.Type, _ json: JSONValue) throws -> Payload {
    try JSONPayloadDecoder().decode(type, from: json)
}

@Suite struct PekerjaanUmumTests {
    @Test func `every fixture gives its answers and figures, in any order`() throws {
        let kit = try SectorTestKit(PekerjaanUmumSector.self, folder: folder)
        #expect(kit.problems() == [])
    }

    @Test func `every kind of complaint on the form has its row in the table, and no other`() throws {
        let kit = try SectorTestKit(PekerjaanUmumSector.self, folder: folder)
        let setup = Setup(region: "33.25", manifest: [], folder: folder)
        let rows = try setup.table("keluhan").rows.compactMap { $0["jenis"] }
        #expect(rows == kit.manifest.record("pekerjaan_umum.keluhan")?.field("jenis")?.choices)
    }
}

@Suite struct PekerjaanUmumWellTests {
    struct Row: Sendable {
        var payload: JSONValue
        var safeDistance: ExactDecimal
        var risk: Bool
        var fit: ExactDecimal
    }

    @Test(arguments: [
        Row(payload: ["kondisi": "baik"], safeDistance: 10, risk: false, fit: 1),
        Row(payload: ["kondisi": "baik", "risiko_sanitasi": "sedang"], safeDistance: 10, risk: false, fit: 1),
        Row(payload: ["kondisi": "baik", "risiko_sanitasi": "tinggi"], safeDistance: 10, risk: true, fit: 0),
        Row(payload: ["kondisi": "baik", "jarak_septik_m": 9], safeDistance: 10, risk: true, fit: 0),
        Row(payload: ["kondisi": "baik", "jarak_septik_m": 10], safeDistance: 10, risk: false, fit: 1),
        Row(payload: ["kondisi": "baik", "jarak_septik_m": 10], safeDistance: 11, risk: true, fit: 0),
        Row(payload: ["kondisi": "rusak_ringan"], safeDistance: 10, risk: false, fit: 0),
        Row(payload: ["kondisi": "rusak_berat"], safeDistance: 10, risk: true, fit: 0),
    ])
    func `risk and fitness follow condition, sanitary risk and distance`(_ row: Row) throws {
        let well = Well(safeDistance: row.safeDistance, desk: CaseDesk(documentDays: 7))
        let date = try #require(CivilDate("2026-11-24"))
        let context = Context(record: "r", date: date, posyandu: "p", subject: Subject(id: "h"))
        let payload = try decode(Well.Payload.self, row.payload)
        guard case .put(let fields) = well.apply(payload, in: context).first else {
            Issue.record("nothing was put")
            return
        }
        #expect(fields.flag("risiko") == row.risk)
        let contributions = well.summarise(Record(payload, context))
        #expect(contributions.first { $0.indicator == "pekerjaan_umum.sumur_layak" }?.value == row.fit)
        #expect(contributions.contains { $0.indicator == "pekerjaan_umum.sumur_berisiko" } == row.risk)
        #expect(contributions.allSatisfy { $0.subject == "h" })
    }
}

@Suite struct PekerjaanUmumInspectionTests {
    @Test(arguments: [
        ("baik", Damage.none), ("sedang", .none), ("rusak_ringan", .light), ("rusak_berat", .heavy),
    ])
    func `a road is damaged from rusak ringan on`(_ surface: String, _ damage: Damage) throws {
        let road = try decode(Road.self, ["ruas": "a", "kondisi": .string(surface)])
        #expect(road.damage == damage)
        #expect(road.violations.isEmpty == (damage == .none))
    }

    @Test func `a length beyond the exact range is unreadable, never rounded`() throws {
        let json = try JSONParser.parse(#"{"ruas": "a", "kondisi": "baik", "usulan": "b", "panjang_m": 1e40}"#)
        #expect(throws: DecodingError.self) { try decode(Road.self, json) }
    }
}
