// What a manifest says of cases beside moves: pauses, reopening, rating, ladders, papers, routes; and what is said of broken ones.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PluginKit

@Suite struct WorkflowManifestTests {
    private static let text = """
        { "manifest": 1, "id": "air", "version": "1.0.0", "protocol": 1, "form": "program", "scope": "local",
          "stability": "beta", "name": {"id": "Air"},
          "parameters": {"segera": {"type": "integer", "default": 2}},
          "records": { "air.keluhan": { "version": 1, "title": {"id": "Keluhan"}, "subject": "none",
            "person": ["nama", "cerita"], "immutable_person": ["cerita"],
            "fields": {
              "jenis": {"type": "choice", "choices": ["bocor", "keruh"], "immutable": true},
              "skor": {"type": "integer", "derived": true} } } },
          "indicators": {},
          "workflow": {"use": "lapor",
            "moves": [{"from": "diajukan_pemdes", "to": "disposisi_opd", "by": ["pemdes", "kades"],
              "requires": ["office", "approval"], "documents": ["dok_ktp"], "fields": {"no_surat": {"type": "text"}}}],
            "deadlines": [{"name": "tanggapan", "from": "disposisi_opd", "until": "ditanggapi_opd", "then": "escalate",
              "workdays": {"darurat": 1, "tinggi": {"parameter": "segera"}, "default": 4}}],
            "pauses": [{"code": "menunggu_anggaran", "by": ["opd"]}, {"code": "musim_hujan", "by": ["opd"]}],
            "reopen": {"from": ["selesai"], "to": "didata", "by": ["kader"], "within_workdays": 5},
            "rating": {"from": ["selesai", "ditolak"]},
            "escalation": ["kecamatan", "tp_posyandu"] },
          "routing": [
            {"type": "air.keluhan", "where": {"jenis": "keruh"}, "office": "kesehatan"},
            {"type": "air.keluhan", "office": "pekerjaan_umum"} ] }
        """

    private static func parsed(_ text: String = text) throws -> Manifest {
        switch Manifest.parse(Array(text.utf8), file: "sector.json") {
        case .success(let manifest): return manifest
        case .failure(let findings): throw findings
        }
    }

    @Test func `a profile is changed by name`() throws {
        let manifest = try Self.parsed()
        let flow = try #require(manifest.workflow)
        let move = try #require(flow.move(from: "diajukan_pemdes", to: "disposisi_opd"))
        #expect(move.by == [.pemdes, .kades] && move.requires == [.office, .approval])
        #expect(move.documents == ["dok_ktp"] && move.fields.map(\.name) == ["no_surat"])
        #expect(flow.needsApproval && !Manifest.Workflow.lapor.needsApproval)
        #expect(flow.deadlines.map(\.name) == ["verifikasi", "tanggapan", "penyelesaian"])
        let values = manifest.parameterDefaults
        let days = Priority.allCases.map { flow.deadline("tanggapan")?.workdays.days(values, priority: $0) }
        #expect(days == [4, 4, 2, 1])
        #expect(flow.deadline("penyelesaian")?.workdays.days(values, priority: .emergency) == 10)
        #expect(flow.pauses.map(\.code) == ["menunggu_dokumen", "menunggu_anggaran", "musim_hujan"])
        #expect(flow.pause("menunggu_anggaran")?.by == [.opd])
        #expect(flow.reopening?.to == "didata" && flow.reopening?.times == nil && flow.reopening?.withinWorkdays == 5)
        #expect(flow.rating?.from == ["selesai", "ditolak"] && flow.rating?.by == [.kader])
        #expect(flow.escalation == [.kecamatan, .tpPosyandu])
        #expect(manifest.office(for: "air.keluhan") == "pekerjaan_umum")
        #expect(manifest.routing.first?.condition?.value == .text("keruh"))
        #expect(manifest.record("air.keluhan")?.immutableFields == ["jenis"])
        #expect(manifest.record("air.keluhan")?.immutablePerson == ["cerita"])
    }

    @Test func `an old manifest has the shipped pauses, reopening and ladder`() throws {
        let start = try #require(Self.text.firstRange(of: "\"workflow\"")).lowerBound
        let end = try #require(Self.text.firstRange(of: "\"routing\"")).lowerBound
        let old = Self.text[..<start] + "\"workflow\": {\"use\": \"standar\"},\n" + Self.text[end...]
        let flow = try #require(try Self.parsed(String(old)).workflow)
        #expect(flow.pauses.count == 2 && flow.reopening?.times == 1 && flow.rating?.by == [.kader])
        #expect(flow.escalation == [.pemdes, .kecamatan, .tpPosyandu])
    }

    static let broken: [(String, String, String)] = [
        ("\"kades\"]", "\"lurah\"]", "/workflow/moves/0/by/1: 'lurah' is not known here"),
        ("\"approval\"", "\"persetujuan\"", "/workflow/moves/0/requires/1: 'persetujuan' is not known here"),
        (
            "{\"no_surat\": {\"type\": \"text\"}}", "{\"no_surat\": {\"type\": \"photo\"}}",
            "/workflow/moves/0/fields/no_surat/type: a step brings text, numbers and dates"
        ),
        ("\"default\": 4", "\"rendah\": 4", "/workflow/deadlines/0/workdays: 'default' is missing"),
        (
            "{\"parameter\": \"segera\"}", "{\"parameter\": \"lambat\"}",
            "/workflow/deadlines/0/workdays/tinggi: 'lambat' is not an integer in 'parameters'"
        ),
        (
            "\"musim_hujan\", \"by\": [\"opd\"]", "\"musim_hujan\", \"by\": []",
            "/workflow/pauses/1/by: names nobody who may"
        ),
        ("\"to\": \"didata\"", "\"to\": \"selesai\"", "/workflow/reopen/to: 'selesai' is not in 'states'"),
        (
            "{\"from\": [\"selesai\"],", "{\"from\": [\"didata\"],",
            "/workflow/reopen/from/0: 'didata' is not in 'final'"
        ),
        ("[\"kecamatan\", \"tp", "[\"kecamatan\", \"kecamatan\", \"tp", "/workflow/escalation: names a role twice"),
        (
            "\"where\": {\"jenis\": \"keruh\"}", "\"where\": {\"jenis\": \"kering\"}",
            "/routing/0/where: the value can never be one of 'jenis'"
        ),
        ("[\"cerita\"]", "[\"kisah\"]", "/records/air.keluhan/immutable_person/0: 'kisah' is not in 'person'"),
        (
            "\"derived\": true", "\"derived\": true, \"immutable\": true",
            "/records/air.keluhan/fields/skor/immutable: a derived field is put by the program, nobody fills it in"
        ),
        (
            "\"subject\": \"none\",", "\"subject\": \"none\", \"key\": [\"jenis\"],",
            "/records/air.keluhan/key: a record that two reports may make together has no text of its own to keep"
        ),
    ]

    @Test(arguments: broken)
    func `a broken flow is told where and why`(_ part: String, _ replacement: String, _ expected: String) throws {
        #expect(Self.text.contains(part), "the sample holds what is replaced")
        let text = Self.text.replacingFirst(part, with: replacement)
        guard case .failure(let faults) = Manifest.parse(Array(text.utf8), file: "sector.json") else {
            Issue.record("the manifest was accepted")
            return
        }
        let said = faults.findings.map { "\($0.pointer): \($0.message)" }
        #expect(said.contains(expected), "\(said)")
    }
}
