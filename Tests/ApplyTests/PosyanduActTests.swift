// Acts on dossiers, terms and presence lists through the log: allowed and forbidden, and the same after a replay.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient
import PostgresTesting
import Registry
import Testing

@testable import Apply
@testable import Replay

extension Text {
    fileprivate static func act(
        _ id: UUID,
        _ type: String,
        at posyandu: UUID,
        on date: String,
        _ data: String
    ) -> Text {
        Text(id: id, type: type, posyandu: posyandu, date: date, data: #"{"oleh":"sari",\#(data)}"#)
    }
}

/// An office with two registered region lists: the second splits 33.25.01.2002 off 33.25.01.2001.
private final class Office {
    let node: Node
    let device = Device(uuid: id(1, 0xC000), posyandu: nil)
    let engine: ApplyEngine
    private var made = 1_000

    init(_ node: Node) async throws {
        self.node = node
        let folder = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/config/reference"
        try await node.pool.transaction { connection in
            _ = try ReferenceData.load(connection, folder: folder)
            try connection.run(
                script: """
                    insert into registry.region_version(label, valid_from) values
                      ('2022', '2022-11-09'), ('2025', '2025-06-23');
                    insert into registry.region(version_id, code, name, level, kind, parent)
                    select v.id, r.code, 'Desa', 'desa_kelurahan', 'desa', '33.25.01' from registry.region_version v
                    cross join (values ('33.25.01.2001'), ('33.25.01.2002'), ('33.25.01.2003')) r(code)
                    where v.label = '2025' or r.code <> '33.25.01.2002';
                    """
            )
        }
        device.roles = nil
        try await node.addDevices([device])
        engine = try await node.engine(batch: 7)
    }

    /// Sends one act of the office; the code of its refusal, or nil when it was applied.
    @discardableResult
    func say(_ type: String, at posyandu: UUID, on date: String = "2026-03-02", _ data: String) async throws -> String?
    {
        made += 1
        let text = Text.act(id(made, 0xE000), type, at: posyandu, on: date, data)
        try await node.send(device, [text])
        try await node.settle(engine)
        let refused = try await node.text(
            "select violations from registry.rejection where message_id = $1",
            [.uuid(text.id)]
        )
        return try refused.flatMap { try JSONParser.parse(Array($0.utf8)).array?.first?["code"]?.string }
    }

    func put(_ kind: String, at posyandu: UUID, until: String? = "2030-12-31", on date: String = "2026-03-02")
        async throws -> String?
    {
        let last = until.map { #","berlaku_sampai":"\#($0)""# } ?? ""
        let data = #""jenis":"\#(kind)","nomor":"141/\#(kind)","tanggal":"2026-01-05","salinan":"map 3"\#(last)"#
        return try await say("posyandu.dokumen", at: posyandu, on: date, data)
    }

    func fill(_ posyandu: UUID) async throws {
        for kind in ["sk_tp_posyandu", "sk_kepengurusan", "matriks_rekap", "rpjmdesa"] {
            #expect(try await put(kind, at: posyandu) == nil)
        }
    }

    func move(_ posyandu: UUID, _ data: String, on date: String = "2026-03-02") async throws -> String? {
        try await say("posyandu.berkas", at: posyandu, on: date, data)
    }

    func register(_ posyandu: UUID, _ number: String, since: String = "2026-02-20", _ more: String = "") async throws
        -> String?
    {
        try await move(posyandu, #""ke":"terdaftar","nomor":"\#(number)","tanggal":"\#(since)"\#(more)"#)
    }

    /// Every row that acts make or change, without what the clock gave.
    static func rows(_ pool: PostgresPool) async throws -> [String] {
        try await pool.withConnection { connection in
            var rows: [String] = []
            for (table, columns) in [
                ("dossier_move", "t::text"), ("document", "t::text"), ("presence", "t::text"),
                ("cadre_notice", "t::text"),
                ("posyandu_registration", "(number, posyandu_id, issued_under, registered_on, lineage)::text"),
                ("cadre_term", "t::text"),
            ] {
                let found = try connection.query("select \(columns) from registry.\(table) t order by 1")
                rows += try found.map { "\(table) \(try $0.string(0))" }
            }
            return rows
        }
    }
}

@Suite(.serialized) struct PosyanduActTests {
    private static let submit = #""ke":"diajukan""#
    private static let giveBack = #""ke":"dikembalikan","alasan":"SK belum ditandatangani""#

    @Test func `a dossier goes its way, and every other step is refused`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            let office = try await Office(node)
            // Draft: what is missing is named; nothing else than a submission is possible.
            #expect(try await office.move(post, Self.submit) == "berkas.belum_lengkap")
            let violations = try await node.text("select violations from registry.rejection") ?? ""
            for name in ["SK TP Posyandu Desa", "SK Kepengurusan", "Matriks rekapitulasi", "RPJMDesa"] {
                #expect(violations.contains(name))
            }
            #expect(try await office.move(post, Self.giveBack) == "berkas.langkah")
            #expect(try await office.register(post, "33.25.01.2001.001") == "berkas.langkah")
            #expect(try await office.move(post, #""ke":"draf""#) == "berkas.langkah")
            // Papers: kind, dates, term and copy are checked; one that has lapsed is missing.
            #expect(try await office.put("ijazah", at: post) == "berkas.jenis")
            #expect(try await office.put("rpjmdesa", at: post, until: nil) == "berkas.masa_berlaku")
            #expect(try await office.put("rpjmdesa", at: post, until: "2025-01-01") == "berkas.masa_berlaku")
            let early =
                #""jenis":"rpjmdesa","nomor":"7","tanggal":"2027-01-01","berlaku_sampai":"2029-01-01","salinan":"x""#
            #expect(try await office.say("posyandu.dokumen", at: post, early) == "berkas.tanggal_dokumen")
            try await office.fill(post)
            #expect(try await office.put("sk_kepengurusan", at: post, until: "2026-02-28") == nil)
            #expect(try await office.move(post, Self.submit) == "berkas.belum_lengkap")
            #expect(try await office.put("sk_kepengurusan", at: post) == nil)
            #expect(try await office.move(post, Self.submit) == nil)
            // Submitted: papers rest.
            #expect(try await office.put("rpjmdesa", at: post) == "berkas.sedang_diajukan")
            #expect(try await office.move(post, Self.submit) == "berkas.langkah")
            #expect(try await office.move(post, #""ke":"dikembalikan""#) == "berkas.alasan")
            #expect(try await office.move(post, Self.giveBack) == nil)
            #expect(try await office.move(post, Self.giveBack) == "berkas.langkah")
            #expect(try await office.register(post, "33.25.01.2001.001") == "berkas.langkah")
            #expect(try await office.move(post, Self.submit) == nil)
            #expect(try await office.register(post, "33.25.01.2001.001") == nil)
            // Registered is the end, but for further numbers.
            #expect(try await office.move(post, Self.submit) == "berkas.langkah")
            #expect(try await office.move(post, Self.giveBack) == "berkas.langkah")
            #expect(try await office.register(post, "33.25.01.2001.002") == "berkas.langkah")
            #expect(try await office.put("sk_kepengurusan", at: post, until: "2031-12-31") == nil)
            #expect(
                try await node.texts(
                    "select from_state || '>' || to_state || ' ' || said_by from registry.dossier_move order by seq"
                ) == [
                    "draf>diajukan sari", "diajukan>dikembalikan sari", "dikembalikan>diajukan sari",
                    "diajukan>terdaftar sari",
                ]
            )
            #expect(
                try await node.count("select count(*) from registry.document where kind = 'sk_kepengurusan'") == 4
            )
            // A kiosk may not.
            try await node.send(
                kiosks[0],
                [.act(id(9, 0xF000), "posyandu.berkas", at: post, on: "2026-03-02", Self.submit)]
            )
            try await node.settle(office.engine)
            #expect(try await node.rejections().contains("posyandu.petugas"))
            // Nor may an office of the kabupaten, not even tell presence.
            let dinas = Device(uuid: id(2, 0xC000), posyandu: nil)
            dinas.roles = ["opd"]
            try await node.addDevices([dinas])
            let before = try await node.rejections().count
            try await node.send(
                dinas,
                [
                    .act(id(10, 0xF000), "posyandu.berkas", at: post, on: "2026-03-02", Self.submit),
                    .act(
                        id(11, 0xF000),
                        "kader.hadir",
                        at: post,
                        on: "2026-03-02",
                        #""kegiatan":"hari_buka","kader":[]"#
                    ),
                ]
            )
            try await node.settle(office.engine)
            #expect(try await node.rejections().count == before + 2)
            await #expect(throws: PostgresError.self) {
                try await node.pool.withConnection { try $0.execute("delete from registry.dossier_move") }
            }
            try await node.expectBalance()
        }
    }

    @Test func `a number is judged by the list of its day, given once, and kept through a split`() async throws {
        try await withNode { node in
            let (post, _) = try await node.addPost(1)
            let (other, _) = try await node.addPost(2)
            let office = try await Office(node)
            for place in [post, other] {
                try await office.fill(place)
                #expect(try await office.move(place, Self.submit) == nil)
            }
            #expect(try await office.register(post, "33.25.01.2001.1") == "nomor.bentuk")
            #expect(try await office.register(post, "33.25.01.2001.001", since: "2026-03-03") == "nomor.tanggal")
            #expect(try await office.register(post, "33.25.01.2001.001", since: "2020-01-01") == "nomor.daftar_wilayah")
            #expect(try await office.register(post, "33.25.01.9001.001") == "nomor.wilayah")
            #expect(try await office.register(post, "33.25.01.2003.001") == "nomor.desa_lain")
            #expect(try await office.register(post, "33.25.01.2002.001", since: "2024-05-01") == "nomor.wilayah")
            // Two posyandu ask for one number at once: the first in the log has it.
            let number = #""ke":"terdaftar","nomor":"33.25.01.2001.001","tanggal":"2024-05-01""#
            try await node.send(
                office.device,
                [
                    .act(id(5, 0xE100), "posyandu.berkas", at: post, on: "2026-03-02", number),
                    .act(id(6, 0xE100), "posyandu.berkas", at: other, on: "2026-03-02", number),
                ]
            )
            try await node.settle(office.engine)
            #expect(try await node.rejections().last == "nomor.terpakai")
            #expect(try await office.register(other, "33.25.01.2001.001") == "nomor.terpakai")
            // The desa is split: the posyandu lies in the new one, and gets a number there.
            try await node.pool.withConnection { connection in
                try connection.run(
                    script: """
                        insert into registry.posyandu_revision(posyandu_id, revision, name, village_code, active_from)
                        select id, revision, name, village_code, active_from from registry.posyandu where id = 1;
                        update registry.posyandu set village_code = '33.25.01.2002', revision = 2 where id = 1;
                        """
                )
            }
            let further = #","nomor_lanjutan":true"#
            #expect(
                try await office.register(post, "33.25.01.2002.001", since: "2025-08-01", further) == "berkas.alasan"
            )
            let split = further + #","alasan":"pemekaran desa""#
            #expect(try await office.register(post, "33.25.01.2002.001", since: "2024-05-01", split) == "nomor.wilayah")
            #expect(try await office.register(post, "33.25.01.2001.009", since: "2024-05-01", split) == "nomor.tanggal")
            #expect(try await office.register(post, "33.25.01.2002.001", since: "2025-08-01", split) == nil)
            #expect(
                try await office.register(other, "33.25.01.2001.002", since: "2025-08-01", split) == "berkas.langkah"
            )
            #expect(
                try await node.texts(
                    """
                    select number || ' ' || v.label from registry.posyandu_registration r
                    join registry.region_version v on v.id = r.issued_under where posyandu_id = 1 order by registered_on
                    """
                ) == ["33.25.01.2001.001 2022", "33.25.01.2002.001 2025"]
            )
            let found = try await node.pool.withConnection { try DossierStore.find($0, "33.25.01.2001.001")?.uuid }
            #expect(found == post)
        }
    }

    @Test func `terms end for a reason, presence and absence are told, and a replay gives the same`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            let (imported, _) = try await node.addPost(2)
            let office = try await Office(node)
            let (kader, chair, stranger) = (id(1, 0xD000), id(2, 0xD000), id(3, 0xD000))
            try await node.pool.withConnection { connection in
                try connection.execute(
                    """
                    insert into registry.cadre(id, person_sealed, key_version)
                    select c, '\\x00', 1 from unnest($1::uuid[]) c
                    """,
                    [.uuidArray([kader, chair, stranger])]
                )
                try connection.execute(
                    """
                    insert into registry.cadre_term(cadre_id, posyandu_id, role, sector_code, started)
                    values ($1, 1, 'kader', 'kesehatan', '2024-01-01'), ($2, 1, 'ketua', null, '2024-01-01')
                    """,
                    [.uuid(kader), .uuid(chair)]
                )
                try connection.run(
                    script: """
                        insert into registry.posyandu_registration(number, posyandu_id, issued_under, registered_on)
                        values ('33.25.01.2001.050', 2, 1, '2024-01-01');
                        insert into registry.document(posyandu_id, kind, number, revision, dated, valid_from, copy_at)
                        values (1, 'matriks_rekap', '141/matriks_rekap', 1, '2024-01-01', '2024-01-01', 'lama');
                        """
                )
            }
            #expect(try await office.move(imported, Self.submit) == "berkas.langkah")
            try await office.fill(post)
            #expect(try await office.move(post, Self.submit) == nil)
            #expect(try await office.move(post, Self.giveBack) == nil)
            func end(_ who: UUID, _ role: String, _ more: String) async throws -> String? {
                try await office.say(
                    "kader.berakhir",
                    at: post,
                    #""kader":"\#(who.text)","jabatan":"\#(role)",\#(more)"#
                )
            }
            #expect(try await end(chair, "kader", #""tanggal":"2026-02-01","alasan":"pindah""#) == "kader.masa_jabatan")
            #expect(
                try await end(stranger, "kader", #""tanggal":"2026-02-01","alasan":"pindah""#) == "kader.masa_jabatan"
            )
            #expect(try await end(chair, "ketua", #""tanggal":"2026-02-01","alasan":"bosan""#) == "kader.alasan")
            #expect(try await end(chair, "ketua", #""tanggal":"2023-02-01","alasan":"pindah""#) == "kader.tanggal")
            #expect(try await end(chair, "ketua", #""tanggal":"2026-02-01","alasan":"mengundurkan_diri""#) == nil)
            #expect(try await end(kader, "kader", #""tanggal":"2026-02-01","alasan":"pindah""#) == nil)
            #expect(try await end(kader, "kader", #""tanggal":null"#) == nil)
            #expect(try await end(kader, "kader", #""tanggal":"2026-02-15","alasan":"diberhentikan""#) == nil)
            // She serves another bidang since: the old term cannot be taken up again.
            _ = try await node.pool.withConnection { connection in
                try connection.execute(
                    """
                    insert into registry.cadre_term(cadre_id, posyandu_id, role, sector_code, started)
                    values ($1, 2, 'kader', 'sosial', '2026-02-16')
                    """,
                    [.uuid(kader)]
                )
            }
            #expect(try await end(kader, "kader", #""tanggal":null"#) == "kader.satu_bidang")
            let names = #""kegiatan":"hari_buka","kader":["\#(kader.text)","\#(chair.text)"]"#
            let fewer = #""kegiatan":"hari_buka","kader":["\#(kader.text)"]"#
            try await node.send(
                kiosks[0],
                [
                    .act(id(20, 0xF000), "kader.hadir", at: post, on: "2026-01-12", names),
                    .act(id(21, 0xF000), "kader.hadir", at: post, on: "2026-01-12", fewer),
                    .act(
                        id(22, 0xF000),
                        "kader.hadir",
                        at: post,
                        on: "2026-01-13",
                        #""kegiatan":"hari_buka","kader":["\#(stranger.text)"]"#
                    ),
                    .act(
                        id(23, 0xF000),
                        "kader.izin",
                        at: post,
                        on: "2026-01-13",
                        #""kader":"\#(chair.text)","dari":"2026-01-14","sampai":"2026-02-14""#
                    ),
                ]
            )
            try await node.settle(office.engine)
            #expect(try await node.rejections().contains("hadir.bukan_kader"))
            #expect(
                try await node.texts("select day || ' ' || cardinality(cadres) from registry.presence") == [
                    "2026-01-12 1"
                ]
            )
            #expect(
                try await node.texts(
                    "select end_reason || ' ' || ended from registry.cadre_term where ended is not null order by 1"
                )
                    == ["diberhentikan 2026-02-15", "mengundurkan_diri 2026-02-01"]
            )
            let before = try await Office.rows(node.pool)
            #expect(before.count == 13)

            let target = try await TestCluster.shared().makeDatabase(migrations: Node.migrations)
            do {
                try await DatabaseCopy.run(from: node.pool, to: target.pool)
                let catalogue = try await Node.register(target.pool)
                let engine = try await node.engine(pool: target.pool, sectors: (node.host, catalogue))
                while try await engine.pass().entries > 0 {}
                #expect(try await Office.rows(target.pool) == before)
                await target.drop()
            } catch {
                await target.drop()
                throw error
            }
            try await node.expectBalance()
        }
    }
}
