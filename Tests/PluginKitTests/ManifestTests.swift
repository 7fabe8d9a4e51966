// Manifests: what is read, and what is said of broken ones.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PluginKit

@Suite struct ManifestTests {
    static let text = """
        { "$schema": "/usr/share/posyandud/sector.schema.json", "manifest": 1, "id": "air", "version": "1.2.3",
          "protocol": 1, "form": "declarative", "scope": "local", "stability": "beta", "name": {"id": "Air", "en": "Water"},
          "parameters": {"tenggat": {"type": "integer", "unit": "workday", "default": 5, "source": "guide"}},
          "records": {
            "air.sumur": {
              "version": 2, "accepts": [1, 2], "title": {"id": "Sumur"}, "work_item": "sumur",
              "subject": {"kind": "resident", "label": {"id": "Pemilik"}}, "key": ["lokasi"], "sensitivity": "personal",
              "fields": {
                "lokasi": {"type": "text", "required": true, "label": {"id": "Lokasi"}, "pattern": "RT \\\\d{2}"},
                "jarak_m": {"type": "decimal", "unit": "m", "minimum": 0, "maximum": 200.5},
                "n": {"type": "integer"}, "d": {"type": "integer"}, "t": {"type": "integer"},
                "kondisi": {"type": "choice", "choices": ["baik", "rusak"], "required": true},
                "bukti": {"type": "photo", "multiple": true},
                "skor": {"type": "integer", "derived": true} },
              "rules": [{"ordered": ["n", "d"]}, {"adds_up": {"total": "d", "parts": ["n", "t"]}}],
              "needs": {"subject": ["sex", "birth_date"], "previous": {"types": ["air.sumur"], "limit": 2},
                        "tables": ["baku"]},
              "person": ["nama", "nik"],
              "case": {"open_when": {"kondisi": "rusak"}, "reason": "rusak", "priority": "tinggi"},
              "contributions": [{"indicator": "air.sumur", "where": {"kondisi": "baik"}},
                                {"indicator": "air.jarak", "value": "jarak_m"}] } },
          "indicators": {
            "air.sumur": {"kind": "distinct", "unit": "orang", "period": "month", "hide_below": 5},
            "air.jarak": {"kind": "sum", "unit": "m", "period": "month"},
            "air.rasio": {"kind": "ratio", "unit": "m", "period": "month", "of": ["air.jarak", "air.sumur"]} },
          "workflow": {"use": "standar", "deadlines": [
            {"name": "pelayanan", "from": "didata", "until": "final", "workdays": {"parameter": "tenggat"}}]},
          "routing": [{"type": "air.sumur", "office": "pekerjaan_umum"}],
          "registers": {"bulanan": {"columns": ["no", "lokasi", "subject.nama", "case.tl"]}},
          "links": [{"to": "pekerjaan_umum.air", "label": {"id": "Air"}}],
          "limits": {"records": 500, "seconds": 3, "memory_mib": 128} }
        """

    static func parsed(_ text: String = text) throws -> Manifest {
        try Manifest.parse(Array(text.utf8), file: "sector.json").get()
    }

    @Test func `every key is read`() throws {
        let manifest = try Self.parsed()
        #expect(manifest.id == "air")
        #expect(manifest.version == "1.2.3")
        #expect(manifest.name == Manifest.Title(id: "Air", en: "Water"))
        #expect(manifest.parameterDefaults == ["tenggat": .integer(5)])
        let record = try #require(manifest.record("air.sumur"))
        #expect(record.version == 2 && record.accepts == [1, 2] && record.subject == .resident)
        #expect(record.fields.map(\.name) == ["lokasi", "jarak_m", "n", "d", "t", "kondisi", "bukti", "skor"])
        #expect(record.needs.previousLimit == 2 && record.needs.tables == ["baku"])
        #expect(record.needs.subject == [.sex, .birthDate])
        #expect(record.person == ["nama", "nik"])
        #expect(record.caseRule?.reason == "rusak")
        #expect(manifest.indicator("air.rasio")?.of == ["air.jarak", "air.sumur"])
        #expect(manifest.indicator("air.sumur")?.hideBelow == 5)
        #expect(manifest.office(for: "air.sumur") == "pekerjaan_umum")
        #expect(manifest.limits.records == 500 && manifest.limits.seconds == 3 && manifest.limits.memoryMiB == 128)
        #expect(manifest.registers.first?.types == ["air.sumur"])
    }

    @Test func `the standard flow is merged with the manifest's own`() throws {
        let flow = try #require(try Self.parsed().workflow)
        #expect(flow.initial == "didata")
        #expect(flow.final == ["selesai", "ditolak"])
        #expect(flow.deadlines.map(\.name) == ["pelayanan", "macet"])
        #expect(flow.deadlines[0].workdays.days(["tenggat": .integer(7)]) == 7)
        #expect(flow.move(from: "diajukan_pemdes", to: "disposisi_opd")?.requires == [.office])
        #expect(flow.move(from: "didata", to: "ditolak")?.by == [.pemdes])
    }

    /// What to replace, by what, and the finding that follows: `line:pointer: message`.
    static let broken: [(String, String, String)] = [
        ("\"manifest\": 1", "\"manifest\": 2", "1:/manifest: this posyandud reads manifest format 1"),
        ("\"version\": \"1.2.3\"", "\"version\": \"1.02.3\"", "1:/version: '1.02.3' is not a version"),
        ("\"form\": \"declarative\"", "\"form\": \"deklaratif\"", "2:/form: 'deklaratif' is not known here"),
        ("\"scope\": \"local\"", "\"scope\": \"canonical\"", "2:/scope: only the six canonical sectors are canonical"),
        ("\"stability\": \"beta\"", "\"stabilty\": \"beta\"", "1:: 'stability' is missing"),
        ("\"stability\": \"beta\"", "\"stabilty\": \"beta\"", "2:/stabilty: 'stabilty' is not a key of this object"),
        ("{\"id\": \"Air\", \"en\"", "{\"en\"", "2:/name: 'id' is missing"),
        ("\"default\": 5", "\"default\": \"5\"", "3:/parameters/tenggat/default: does not fit the type integer"),
        (
            "\"air.sumur\": {\n", "\"tanah.sumur\": {\n",
            "5:/records/tanah.sumur: 'tanah.sumur' is not a record type of this sector"
        ),
        ("\"accepts\": [1, 2]", "\"accepts\": [1]", "6:/records/air.sumur/accepts: does not hold the version 2 itself"),
        ("\"title\": {\"id\": \"Sumur\"}, ", "", "5:/records/air.sumur: 'title' is missing"),
        (
            "\"kind\": \"resident\"", "\"kind\": \"warga\"",
            "7:/records/air.sumur/subject/kind: 'warga' is not known here"
        ),
        (
            "\"key\": [\"lokasi\"]", "\"key\": [\"skor\"]",
            "7:/records/air.sumur/key/0: 'skor' is not a field that is filled in"
        ),
        ("RT \\\\d{2}", "RT (", "9:/records/air.sumur/fields/lokasi/pattern: is not a pattern"),
        (
            "\"maximum\": 200.5", "\"maximum\": -1",
            "10:/records/air.sumur/fields/jarak_m/maximum: is below the minimum 0"
        ),
        (
            "\"n\": {\"type\": \"integer\"}", "\"n\": {\"type\": \"int\"}",
            "11:/records/air.sumur/fields/n/type: 'int' is not known here"
        ),
        (
            ", \"required\": true},\n        \"bukti\"", ", \"required\": 1},\n        \"bukti\"",
            "12:/records/air.sumur/fields/kondisi/required: must be true or false"
        ),
        ("\"choices\": [\"baik\", \"rusak\"], ", "", "12:/records/air.sumur/fields/kondisi: a choice needs 'choices'"),
        (
            "[\"n\", \"d\"]}", "[\"n\", \"kondisi\"]}",
            "15:/records/air.sumur/rules/0: 'kondisi' is not a number field of this record type"
        ),
        (
            "[\"air.sumur\"], \"limit\"", "[\"air.pompa\"], \"limit\"",
            "16:/records/air.sumur/needs/previous/types/0: 'air.pompa' is not a record type of this manifest"
        ),
        (
            "{\"kondisi\": \"rusak\"}", "{\"kondisi\": \"hancur\"}",
            "19:/records/air.sumur/case/open_when: the value can never be one of 'kondisi'"
        ),
        (
            "\"indicator\": \"air.sumur\"", "\"indicator\": \"air.pompa\"",
            "20:/records/air.sumur/contributions/0/indicator: 'air.pompa' is not an indicator of this manifest"
        ),
        (
            "\"air.jarak\", \"value\": \"jarak_m\"", "\"air.jarak\"",
            "21:/records/air.sumur/contributions/1: a sum needs a value"
        ),
        ("\"kind\": \"sum\"", "\"kind\": \"total\"", "24:/indicators/air.jarak/kind: 'total' is not known here"),
        (
            "\"of\": [\"air.jarak\", \"air.sumur\"]", "\"of\": [\"air.jarak\"]",
            "25:/indicators/air.rasio/of: a ratio needs 'of'"
        ),
        (
            "\"from\": \"didata\", \"until\"", "\"from\": \"dicatat\", \"until\"",
            "27:/workflow/deadlines/0/from: 'dicatat' is not in 'states'"
        ),
        (
            "\"parameter\": \"tenggat\"", "\"parameter\": \"batas\"",
            "27:/workflow/deadlines/0/workdays: 'batas' is not an integer in 'parameters'"
        ),
        ("{\"use\": \"standar\"", "{\"use\": \"standard\"", "26:/workflow/use: is not a flow that posyandud ships"),
        (
            "{\"type\": \"air.sumur\", \"office\"", "{\"type\": \"air.pompa\", \"office\"",
            "28:/routing/0/type: 'air.pompa' is not a record type of this manifest"
        ),
        ("\"case.tl\"", "\"warna\"", "29:/registers/bulanan/columns/3: 'warna' is not a column"),
        (
            "\"tables\": [\"baku\"]", "\"tables\": [\"baku\"], \"calendar\": true",
            "17:/records/air.sumur/needs/calendar: every worker gets the calendar in 'initialize', unasked"
        ),
        ("\"records\": 500", "\"records\": 0", "31:/limits/records: must be a whole number, 1 to 10000"),
        (
            "\"memory_mib\": 128", "\"memory_mib\": 1024",
            "31:/limits/memory_mib: a worker gets at most 512 MiB, not 1024"
        ),
        ("\"limits\"", "\"spm\": {\"sumur\": [24]}, \"limits\"", "31:/spm: a local sector serves no legal SPM service"),
        ("\"form\": \"declarative\"", "\"form\": \"program\"", "19:/records/air.sumur/case: the program decides this"),
        ("\"limits\"", "\"id\": \"air\", \"limits\"", "31:: this member name occurs twice"),
        ("\"limits\"", "limits", "31:: a member name in double quotes was expected here"),
    ]

    @Test(arguments: broken)
    func `a broken manifest is told where and why`(_ part: String, _ replacement: String, _ expected: String) throws {
        #expect(Self.text.contains(part), "the sample holds what is replaced")
        let text = Self.text.replacingFirst(part, with: replacement)
        guard case .failure(let faults) = Manifest.parse(Array(text.utf8), file: "sector.json") else {
            Issue.record("the manifest was accepted")
            return
        }
        let said = faults.findings.map { "\($0.line):\($0.pointer): \($0.message)" }
        #expect(said.contains(expected), "\(said)")
    }

    @Test func `a finding reads as a line that names its repair`() throws {
        let text = Self.text.replacingFirst("\"stability\"", with: "\"stabilty\"")
        guard case .failure(let faults) = Manifest.parse(Array(text.utf8), file: "sector.json") else {
            Issue.record("the manifest was accepted")
            return
        }
        let expected = "sector.json:2:59: /stabilty: 'stabilty' is not a key of this object. Fix: write \"stability\""
        #expect(faults.findings.map(\.description).contains(expected), "\(faults)")
    }

    @Test func `any cut or changed byte gives a manifest or findings`() {
        let bytes = Array(Self.text.utf8)
        for count in 0..<bytes.count {
            if case .success = Manifest.parse(Array(bytes[..<count]), file: "x") { Issue.record("cut at \(count)") }
        }
        var generator = SplitMix(state: 3)
        for _ in 0..<1_500 {
            var changed = bytes
            for _ in 0..<3 {
                changed[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(
                    in: 32...126,
                    using: &generator
                )
            }
            _ = Manifest.parse(changed, file: "x")
        }
    }

    @Test(arguments: [
        "null", "[]", "{}", "\"x\"", "{\"records\":{\"a\":null,\"b\":[]},\"indicators\":[],\"workflow\":{\"moves\":7}}",
    ])
    func `strange texts give findings`(_ text: String) {
        guard case .failure(let faults) = Manifest.parse(Array(text.utf8), file: "x") else {
            Issue.record("accepted")
            return
        }
        #expect(!faults.findings.isEmpty)
    }
}

extension String {
    func replacingFirst(_ part: String, with replacement: String) -> String {
        guard let range = firstRange(of: part) else { return self }
        return String(self[..<range.lowerBound]) + replacement + String(self[range.upperBound...])
    }
}
