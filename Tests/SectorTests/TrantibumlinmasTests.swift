// The public order sector: its fixtures, its confidentiality, where its cases go.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Testing

@testable import TrantibumlinmasSector

private let folder =
    String(#filePath.dropLast("Tests/SectorTests/TrantibumlinmasTests.swift".count)) + "Plugins/Trantibumlinmas"

private func kinds() throws -> EventKinds {
    EventKinds(try Setup(region: "33.25", manifest: [], folder: folder).table("jenis_kejadian"))
}

@Suite struct TrantibumlinmasTests {
    @Test func `every fixture gives its answers and figures, in any order`() throws {
        let kit = try SectorTestKit(TrantibumlinmasSector.self, folder: folder)
        #expect(kit.problems() == [])
    }

    @Test func `every kind of the table is on both forms, its group is an indicator`() throws {
        let manifest = try SectorTestKit(TrantibumlinmasSector.self, folder: folder).manifest
        let rows = try Setup(region: "33.25", manifest: [], folder: folder).table("jenis_kejadian").rows
        let names = rows.compactMap { $0["jenis"] }
        #expect(names == manifest.record("trantibumlinmas.insiden")?.field("jenis")?.choices)
        #expect(names == manifest.record("trantibumlinmas.keluhan")?.field("jenis")?.choices)
        for name in names {
            guard let group = try kinds()[name].group else { continue }
            #expect(manifest.indicator("trantibumlinmas.insiden_" + group)?.kind == .count)
        }
        #expect(rows.allSatisfy { Priority(rawValue: $0["prioritas"] ?? "") != nil })
    }
}

@Suite struct TrantibumlinmasConfidentialityTests {
    @Test func `the whole sector is confidential and its small figures are hidden`() throws {
        let manifest = try SectorTestKit(TrantibumlinmasSector.self, folder: folder).manifest
        #expect(manifest.records.allSatisfy { $0.sensitivity == .confidential })
        #expect(manifest.indicators.allSatisfy { $0.hideBelow == 5 })
    }

    @Test func `no record names a resident, no field holds who or what was said`() throws {
        let manifest = try SectorTestKit(TrantibumlinmasSector.self, folder: folder).manifest
        let sealed: Set = [
            "nama", "nama_pelapor", "nik", "alamat", "no_hp", "petugas", "kronologi", "isi_keluhan", "gejala",
        ]
        for record in manifest.records {
            #expect(record.subject == .none)
            #expect(sealed.isDisjoint(with: record.fields.map(\.name)))
            #expect(record.fields.filter { $0.name == "lokasi" }.allSatisfy { $0.sensitivity == .confidential })
        }
    }

    @Test func `nothing is forwarded to an office without the Kepala Desa's approval`() throws {
        let manifest = try SectorTestKit(TrantibumlinmasSector.self, folder: folder).manifest
        let ways = try #require(manifest.workflow).moves.filter { $0.to == "disposisi_opd" }
        #expect(ways.map(\.from) == ["diajukan_pemdes"])
        #expect(ways.first?.by == [.pemdes, .kades])
        #expect(Set(ways.first?.requires ?? []) == [.office, .approval])
        let isAllConfidential = manifest.records.allSatisfy { $0.isConfidential }
        #expect(isAllConfidential)
        #expect(manifest.confidentiality.visibleTo == ["kepala_desa", "petugas_trantib"])
    }
}

@Suite struct TrantibumlinmasCaseTests {
    @Test(arguments: [(false, false, false), (false, true, true), (true, false, true), (true, true, true)])
    func `a complaint opens a case with identity, or when the kabupaten follows all`(
        _ identified: Bool,
        _ follows: Bool,
        _ opens: Bool
    ) throws {
        let handler = ConfidentialComplaint(kinds: try kinds(), followsAnonymous: follows)
        let json: JSONValue = ["jenis": "narkoba", "identitas_lengkap": .bool(identified), "lokasi": "Dusun I"]
        let payload = try JSONPayloadDecoder().decode(ConfidentialComplaint.Payload.self, from: json)
        let date = try #require(CivilDate("2026-11-20"))
        let effects = handler.apply(payload, in: Context(record: "r", date: date, posyandu: "p"))
        let opening = Effect.openCase(reason: "keluhan_narkoba", priority: "sedang", office: "satpol_pp")
        #expect(effects.contains(opening) == opens)
    }

    @Test func `priorities are ordered as the register has them`() {
        #expect(Priority.allCases.sorted() == [.low, .medium, .high, .emergency])
    }

    @Test func `a kind that the table lacks goes where the manifest routes it`() throws {
        let kind = try kinds()["belum_dikenal"]
        #expect(kind.office == nil)
        #expect(kind.group == nil)
        #expect(kind.services == nil)
    }
}
