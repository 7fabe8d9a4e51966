// The life of a complaint in each of the six sectors, from report to answer and mark, with the real workers and three senders.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Glibc
import PluginHost
import PluginKit
import PostgresClient
import Testing

@testable import Apply

@Suite(.serialized) struct CaseLifeTests {
    private struct Complaint {
        var sector: String
        var folder: String
        var office: String
        var data: String
        var person: String
    }

    private static let complaints: [Complaint] = {
        let who = #""nama_pelapor":"Siti Aminah","nik":"3325014101800001","alamat":"RT 1","no_hp":"081200000001""#
        let papers = #""dok_ktp":true,"dok_kk":true"#
        func plain(_ sector: String, _ folder: String, _ kind: String, _ more: String = "") -> Complaint {
            Complaint(
                sector: sector,
                folder: folder,
                office: sector,
                data: #"{"jenis":"\#(kind)","isi_keluhan":"sudah lama rusak","lokasi":"RT 2/RW 1"\#(more)}"#,
                person: "{\(who)}"
            )
        }
        let told = #"{\#(who),"isi_keluhan":"sudah lama begini"}"#
        return [
            plain("pendidikan", "Pendidikan", "sarana", ",\(papers),\"dok_tidak_mampu\":true"),
            plain("kesehatan", "Kesehatan", "sarana"),
            plain("pekerjaan_umum", "PekerjaanUmum", "jalan", ",\(papers)"),
            plain("perumahan_rakyat", "PerumahanRakyat", "rtlh", ",\(papers)"),
            Complaint(
                sector: "trantibumlinmas",
                folder: "Trantibumlinmas",
                office: "satpol_pp",
                data: #"{"jenis":"gangguan_ketertiban","identitas_lengkap":true,"lokasi":"RT 2/RW 1",\#(papers)}"#,
                person: told
            ),
            Complaint(
                sector: "sosial",
                folder: "Sosial",
                office: "sosial",
                data: #"{"jenis":"bansos","lokasi":"RT 2/RW 1",\#(papers),"dok_pernyataan":true}"#,
                person: told
            ),
        ]
    }()

    @Test func `a complaint goes from the kader over the village to the office and comes back answered`() async throws {
        let (root, host) = try Self.workers()
        try await withNode { node in
            await host.start()
            let all = Set(Self.complaints.map(\.sector))
            for _ in 0..<30_000 where host.readySectors != all { try await Task.sleep(for: .milliseconds(20)) }
            let reasons = await host.status().map { "\($0.id) \($0.state) \($0.reason ?? "")" }
            try #require(host.readySectors == all, "\(reasons)")
            let catalogue = try await ApplyCatalogue.register(host.catalog, node.pool)
            do {
                try await live(node, try await node.engine(sectors: (host, catalogue)), all)
            } catch {
                await host.stop()
                throw error
            }
            await host.stop()
        }
        try FileManager.default.removeItem(atPath: root)
    }

    private func live(_ node: Node, _ engine: ApplyEngine, _ ready: Set<String>) async throws {
        let desa = try await Desa(node, offices: Self.complaints.map(\.office))
        let records = Self.complaints.indices.map { id(10, $0 + 1) }
        var number = 100
        func each(_ make: (UUID, UUID) -> Text) -> [Text] {
            records.map { record in
                number += 1
                return make(id(number), record)
            }
        }
        func move(_ from: String, _ to: String, _ role: String, _ more: String = "") -> [Text] {
            each { .moveCase($0, $1, at: desa.post, from: from, to: to, by: role, more: more) }
        }
        try await node.send(
            desa.kiosk,
            zip(records, Self.complaints).map { record, complaint in
                Text(
                    id: record,
                    type: complaint.sector + ".keluhan",
                    posyandu: desa.post,
                    person: complaint.person,
                    data: complaint.data
                )
            } + move("didata", "verifikasi_kunjungan", "kader")
                + move("verifikasi_kunjungan", "diajukan_pemdes", "kader", #","catatan":"sudah dikunjungi""#)
        )
        try await node.settle(engine, ready: ready)
        #expect(try await node.rejections(to: desa.kiosk) == [])
        // The kiosk may not forward what the village must; the office may not end what it was not given.
        try await node.send(desa.kiosk, move("diajukan_pemdes", "disposisi_opd", "pemdes", #","catatan":"ya""#))
        try await node.send(desa.opd, move("diajukan_pemdes", "selesai", "opd", #","catatan":"ya""#))
        try await node.settle(engine, ready: ready)
        #expect(try await node.rejections(to: desa.kiosk) == records.map { _ in "kasus.peran_sumber" })
        #expect(try await node.rejections(to: desa.opd) == records.map { _ in "kasus.peran" })
        try await node.send(
            desa.village,
            move(
                "diajukan_pemdes",
                "disposisi_opd",
                "pemdes",
                #","catatan":"disetujui Kepala Desa","persetujuan":{"oleh":"kades"}"#
            )
        )
        try await node.settle(engine, ready: ready)
        try await node.send(
            desa.opd,
            each { .act($0, "ditunda", $1, at: desa.post, by: "opd", #","alasan":"menunggu_anggaran""#) }
                + each { .act($0, "dilanjutkan", $1, at: desa.post, by: "opd") }
                + move("disposisi_opd", "selesai", "opd", #","catatan":"sudah diperbaiki""#)
        )
        try await node.settle(engine, ready: ready)
        try await node.send(
            desa.kiosk,
            each { .act($0, "dinilai", $1, at: desa.post, by: "kader", #","nilai":5,"catatan":"terima kasih""#) }
        )
        try await node.settle(engine, ready: ready)
        #expect(try await node.rejections(to: desa.village) == [])
        #expect(
            try await node.texts(
                """
                select y.name || ' ' || c.state || ' ' || c.office || ' ' || c.rating || ' ' || (c.closed_at is not null)
                from registry.case c join registry.record_type y on y.id = c.type_id order by c.id
                """
            ) == Self.complaints.map { "\($0.sector).keluhan selesai \($0.office) 5 true" }
        )
        #expect(
            try await node.texts(
                "select string_agg(kind || ' ' || by_role, ',' order by seq) from registry.case_move group by case_id"
            )
                == records.map { _ in
                    "open kader,move kader,move kader,move pemdes,pause opd,resume opd,move opd,rate kader"
                }
        )
        #expect(
            try await node.count(
                "select count(distinct source_id) from registry.case_move where kind <> 'open'"
            ) == 3
        )
        try await node.expectBalance()
    }

    /// The six sectors in a folder of their own, with the programs that were built beside the tests.
    private static func workers() throws -> (root: String, host: SectorHost) {
        var template = Array("/tmp/posyandud-cases-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in buffer.baseAddress.flatMap { mkdtemp($0) } }
        let root = String(cString: try #require(made))
        let repository = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let files = FileManager.default
        for complaint in complaints {
            let folder = "\(root)/\(complaint.sector)"
            try files.copyItem(atPath: "\(repository)/Plugins/\(complaint.folder)", toPath: folder)
            try files.createDirectory(atPath: "\(folder)/bin", withIntermediateDirectories: true)
            let program = "\(Workers.programs)/\(complaint.sector)"
            do {
                try files.linkItem(atPath: program, toPath: "\(folder)/bin/\(complaint.sector)")
            } catch {
                try files.copyItem(atPath: program, toPath: "\(folder)/bin/\(complaint.sector)")
            }
        }
        var configuration = SectorHostConfiguration(
            directories: [root],
            sectorRunProgram: Workers.programs + "/sector-run",
            declarativeProgram: Workers.programs + "/sector-declarative",
            region: "33.25",
            daemonVersion: "test"
        )
        configuration.requireRootOwned = false
        configuration.keyDirectory = "\(root)/keys"
        configuration.startLimit = .seconds(600)
        configuration.batchLimit = .seconds(600)
        configuration.backOff.first = .milliseconds(50)
        return (root, SectorHost(configuration, log: Node.quiet))
    }
}
