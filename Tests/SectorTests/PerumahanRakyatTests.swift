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

    @Test func `the table weighs every choice of every component`() throws {
        let kit = try SectorTestKit(PerumahanRakyatSector.self, folder: folder)
        let house = try #require(kit.manifest.record("perumahan_rakyat.rtlh"))
        let setup = Setup(region: "33.25", manifest: [], folder: folder)
        let rows = try setup.table("komponen_rtlh").rows
        var weighed: [String: [String]] = [:]
        for row in rows { weighed[row["komponen"] ?? "", default: []].append(row["nilai"] ?? "") }
        #expect(weighed.count == 6)
        for (component, values) in weighed {
            let field = try #require(house.field(component))
            #expect(values.sorted() == (field.type == .flag ? ["tidak", "ya"] : field.choices.sorted()))
        }
    }
}

@Suite struct PerumahanRakyatCaseTests {
    @Test func `the case of a house needs photographs of three sides to go on, that of a complaint none`() throws {
        let manifest = try SectorTestKit(PerumahanRakyatSector.self, folder: folder).manifest
        func papers(_ type: String) throws -> [String]? {
            let record = try #require(manifest.record(type))
            return manifest.workflow(of: record)?.move(from: "didata", to: "verifikasi_kunjungan")?.documents
        }
        #expect(try papers("perumahan_rakyat.rtlh") == OfficePapers.photographs)
        #expect(try papers("perumahan_rakyat.keluhan") == [])
        let declared = try #require(manifest.record("perumahan_rakyat.rtlh")).fields.map(\.name)
        #expect(Set(OfficePapers.photographs).isSubset(of: declared))
    }
}

@Suite struct PerumahanRakyatCategoryTests {
    /// Bit n of `bad` makes component n bad.
    private func payload(bad: Int, category: String?, cause: String?) throws -> House.Payload {
        func pick(_ bit: Int, _ good: String, _ poor: String) -> JSONValue {
            .string(bad & (1 << bit) == 0 ? good : poor)
        }
        var json: JSONObject = [
            "atap": pick(0, "genteng", "bocor"), "dinding": pick(1, "tembok", "papan"),
            "lantai": pick(2, "keramik", "tanah"), "ventilasi": pick(3, "cukup", "kurang"),
            "pencahayaan": pick(4, "cukup", "kurang"), "jamban_sehat": .bool(bad & 32 == 0),
        ]
        if let category { json["kategori"] = .string(category) }
        if let cause { json["sebab"] = .string(cause) }
        return try JSONPayloadDecoder().decode(House.Payload.self, from: .object(json))
    }

    private func house(minimum: Int) throws -> House {
        let table = try Setup(region: "33.25", manifest: [], folder: folder).table("komponen_rtlh")
        let rule = try HouseScore(components: table, minimum: ExactDecimal(minimum))
        return House(rule: rule, desk: CaseDesk(documentDays: 7))
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
            let open = try payload(bad: bad, category: nil, cause: nil)
            #expect(house.validate(open) == [])
            #expect(try put(house, open).text("kategori") == (substandard ? "rtlh" : "layak_huni"))
        }
    }

    private func put(_ house: House, _ payload: House.Payload) throws -> Fields {
        let date = try #require(CivilDate("2026-11-07"))
        let context = Context(record: "r", date: date, posyandu: "p", subject: Subject(id: "h"))
        guard case .put(let fields) = house.apply(payload, in: context).first else {
            throw SetupError("nothing was put")
        }
        return fields
    }

    @Test func `the score is the sum of the weights, and says why`() throws {
        let house = try house(minimum: 3)
        let fields = try put(house, try payload(bad: 0b100101, category: nil, cause: nil))
        #expect(fields.decimal("skor") == 3)
        let why = "atap bocor 1 + lantai tanah 1 + jamban sehat tidak 1 = 3 dari 6, RTLH mulai 3"
        #expect(fields.text("penjelasan") == why)
        #expect(
            try put(house, payload(bad: 0, category: nil, cause: nil)).text("penjelasan") == "0 dari 6, RTLH mulai 3"
        )
    }

    @Test func `weights of a kabupaten decide instead of the count`() throws {
        let csv = "komponen,nilai,bobot\natap,bocor,2.5\ndinding,papan,0.5\nlantai,tanah,1\n"
        let rule = try HouseScore(components: try Table(csv: csv), minimum: try #require(ExactDecimal("2.5")))
        let house = House(rule: rule, desk: CaseDesk(documentDays: 7))
        #expect(try put(house, payload(bad: 1, category: nil, cause: nil)).text("kategori") == "rtlh")
        #expect(try put(house, payload(bad: 0b110, category: nil, cause: nil)).text("kategori") == "layak_huni")
        #expect(
            try put(house, payload(bad: 7, category: nil, cause: nil)).text("penjelasan")?.contains("= 4 dari 4")
                == true
        )
        #expect(throws: SetupError.self) {
            try HouseScore(components: try Table(csv: "komponen,nilai,bobot\natap,bocor,\n"), minimum: 1)
        }
    }

    @Test func `photographs of three sides are three papers, not one`() throws {
        let house = try house(minimum: 3)
        for sides in 0..<8 {
            var json: JSONObject = [
                "atap": "bocor", "dinding": "papan", "lantai": "tanah", "ventilasi": "cukup", "pencahayaan": "cukup",
                "jamban_sehat": true,
            ]
            for (side, name) in ["depan", "samping", "belakang"].enumerated() where sides & (1 << side) != 0 {
                json["dok_foto_" + name] = true
            }
            let payload = try JSONPayloadDecoder().decode(House.Payload.self, from: .object(json))
            #expect(try put(house, payload).flag("foto_tiga_sisi") == (sides == 7))
        }
    }

    @Test func `after a disaster the category is the assessor's to say`() throws {
        let house = try house(minimum: 3)
        let open = try payload(bad: 7, category: nil, cause: "bencana")
        #expect(house.validate(open).map(\.code) == ["rtlh.kategori"])
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
