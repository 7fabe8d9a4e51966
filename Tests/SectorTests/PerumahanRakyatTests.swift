// The housing sector: its fixtures, and the rule that makes a house sub-standard.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Testing

@testable import PerumahanRakyatSector

private let folder =
    String(#filePath.dropLast("Tests/SectorTests/PerumahanRakyatTests.swift".count)) + "Plugins/PerumahanRakyat"

@Suite struct PerumahanRakyatTests {
    @Test func `every fixture gives its answers and figures, in any order`() throws {
        let kit = try SectorTestKit(PerumahanRakyatSector.self, folder: folder)
        #expect(kit.problems() == [])
    }

    @Test func `every component of the table is a field, every bad value one of its choices`() throws {
        let kit = try SectorTestKit(PerumahanRakyatSector.self, folder: folder)
        let house = try #require(kit.manifest.record("perumahan_rakyat.rtlh"))
        let setup = Setup(region: "33.25", manifest: [], folder: folder)
        let rows = try setup.table("komponen_rtlh").rows
        #expect(rows.count == 6)
        for row in rows {
            let field = try #require(row["komponen"].flatMap { house.field($0) })
            let choices = field.type == .flag ? ["ya", "tidak"] : field.choices
            #expect(choices.contains(row["nilai_buruk"] ?? ""))
        }
    }
}

@Suite struct PerumahanRakyatCategoryTests {
    /// Bit n of `bad` makes component n bad.
    private func payload(bad: Int, category: String, cause: String?) throws -> House.Payload {
        func pick(_ bit: Int, _ good: String, _ poor: String) -> JSONValue {
            .string(bad & (1 << bit) == 0 ? good : poor)
        }
        var json: JSONObject = [
            "atap": pick(0, "genteng", "bocor"), "dinding": pick(1, "tembok", "papan"),
            "lantai": pick(2, "keramik", "tanah"), "ventilasi": pick(3, "cukup", "kurang"),
            "pencahayaan": pick(4, "cukup", "kurang"), "jamban_sehat": .bool(bad & 32 == 0),
            "kategori": .string(category),
        ]
        if let cause { json["sebab"] = .string(cause) }
        return try JSONPayloadDecoder().decode(House.Payload.self, from: .object(json))
    }

    private func house(minimum: Int) throws -> House {
        let table = try Setup(region: "33.25", manifest: [], folder: folder).table("komponen_rtlh")
        return House(rule: CategoryRule(components: table, minimum: minimum), desk: CaseDesk(documentDays: 7))
    }

    @Test(arguments: [1, 2, 3, 6, 7])
    func `of all 64 houses exactly those with enough bad components are RTLH`(_ minimum: Int) throws {
        let house = try house(minimum: minimum)
        for bad in 0..<64 {
            let substandard = bad.nonzeroBitCount >= minimum
            let right = try payload(bad: bad, category: substandard ? "rtlh" : "layak_huni", cause: nil)
            let wrong = try payload(bad: bad, category: substandard ? "layak_huni" : "rtlh", cause: "biasa")
            #expect(house.validate(right) == [])
            #expect(house.validate(wrong).map(\.code) == ["rtlh.kategori"])
        }
    }

    @Test(arguments: [("bencana", "26", "tinggi"), ("relokasi", "27", nil as String?), ("biasa", nil, nil)])
    func `the cause decides legal service and priority`(_ cause: String, _ service: String?, _ priority: String?) throws
    {
        let house = try house(minimum: 3)
        let payload = try payload(bad: 0b111, category: "rtlh", cause: cause)
        let date = try #require(CivilDate("2026-11-07"))
        let context = Context(record: "r", date: date, posyandu: "p", subject: Subject(id: "h"))
        let effects = house.apply(payload, in: context)
        guard case .put(let fields) = effects.first else {
            Issue.record("nothing was put")
            return
        }
        #expect(fields.text("layanan_spm") == service)
        #expect(fields.integer("komponen_buruk") == 3)
        #expect(effects.contains(.openCase(reason: "rtlh", priority: priority)))
    }

    @Test func `a house called sound after a disaster concerns no service and opens no case`() throws {
        let house = try house(minimum: 3)
        let payload = try payload(bad: 63, category: "layak_huni", cause: "bencana")
        #expect(house.validate(payload) == [])
        let date = try #require(CivilDate("2026-11-07"))
        let context = Context(record: "r", date: date, posyandu: "p", subject: Subject(id: "h"))
        let effects = house.apply(payload, in: context)
        #expect(effects.count == 1)
        guard case .put(let fields) = effects.first else {
            Issue.record("nothing was put")
            return
        }
        #expect(fields.text("layanan_spm") == nil)
    }
}
