// What of a confidential record stands in the clear, what a rejection may quote, and which attachments a message names.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient
import Registry
import Testing

@testable import Apply

@Suite struct ConfidentialTests {
    /// The toy sector with its complaints and reports made confidential.
    private func catalogue(_ node: Node) async throws -> ApplyCatalogue {
        let mark = #""version": 1, "accepts": [1], "#
        var text = ToySector.manifest
        for title in ["Keluhan", "Laporan"] {
            let plain = #"\#(mark)"title": {"id": "\#(title)"}"#
            text = text.replacing(plain, with: #"\#(plain), "sensitivity": "confidential""#)
        }
        let manifest = try Manifest.parse(Array(text.utf8), file: "sector.json").get()
        let sector = CatalogueSector(
            code: manifest.id,
            title: "Tumbuh",
            scope: .local,
            version: manifest.version,
            digest: [UInt8](repeating: 1, count: 32),
            recordTypes: manifest.records.map(\.type),
            confidentialTypes: manifest.records.filter { $0.isConfidential }.map(\.type),
            indicators: []
        )
        let ids = try await node.pool.transaction { try Catalogue.upsert($0, [sector]) }
        let types = manifest.records.map {
            TypeRules($0, of: manifest, sectorID: ids.sectors[manifest.id] ?? 0, typeIDs: ids.recordTypes)
        }
        return ApplyCatalogue(types: types, indicators: node.catalogue.indicators, plugins: "tumbuh@1.0.0#02")
    }

    @Test func `a body is sealed whole, is read whole again, and leaves only what counts in the clear`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            let engine = try await node.engine(sectors: (node.host, try await catalogue(node)))
            #expect(
                try await node.texts("select name from registry.record_type where is_confidential order by name")
                    == ["tumbuh.keluhan", "tumbuh.laporan"]
            )
            func report(_ number: Int, _ cadres: Int) -> Text {
                Text(
                    id: id(number),
                    type: "tumbuh.laporan",
                    posyandu: post,
                    data: #"{"bulan":"Kenanga Larasati","kader":\#(cadres)}"#
                )
            }
            try await node.send(
                kiosks[0],
                [report(2, 4), report(3, 5), .complain(id(4), at: post, "dipukul suaminya")]
            )
            try await node.settle(engine)
            // Across transactions the key is compared with the sealed body, so the second report corrects the first.
            try await node.send(kiosks[0], [report(5, 6)])
            try await node.settle(engine)
            #expect(
                try await node.texts("select body from registry.record where state = 0 order by id")
                    == [#"{"kader":6}"#, "{}"]
            )
            #expect(
                try await node.texts("select body from registry.record_revision order by revision")
                    == [#"{"kader":4}"#, #"{"kader":5}"#]
            )
            for table in ["record", "record_revision"] {
                #expect(try await node.count("select count(*) from registry.\(table) where body_sealed is null") == 0)
            }
            let sealed = try await node.pool.withConnection {
                try $0.query("select body_sealed from registry.record where id = $1", [.uuid(id(4))]).first?.bytes(0)
            }
            let opened = try node.cipher.open(try #require(sealed), .recordBody, row: id(4))
            #expect(String(decoding: opened, as: UTF8.self) == #"{"isi":"dipukul suaminya"}"#)
            #expect(try await node.texts("select reason from registry.case") == ["rahasia"])
            try await node.expectBalance()
        }
    }

    @Test func `attachments of messages are noted under the record or case, once, whatever comes first`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            let engine = try await node.engine()
            let (photo, letter) = (String(repeating: "ab", count: 32), String(repeating: "0c", count: 32))
            func attached(_ text: Text, _ kind: String, _ digest: String) -> (json: String, isPersonal: Bool) {
                let list = #","attachments":[{"kind":"\#(kind)","sha256":"\#(digest)"}]}"#
                return (String(text.json.dropLast()) + list, true)
            }
            let added = Text(
                id: id(5),
                type: "lampiran.ditambah",
                posyandu: post,
                data: #"{"catatan":"\#(id(2).text)"}"#
            )
            let strange = Text(id: id(6), type: "tumbuh.keluhan", posyandu: post, data: #"{"isi":"x"}"#)
            try await node.send(
                kiosks[0],
                raw: [
                    attached(.complain(id(2), at: post, "jalan"), "dok_ktp", photo),
                    attached(added, "surat", letter), attached(added, "surat_lain", letter),
                    attached(strange, "Dok KTP", photo), attached(strange, "dok_ktp", "AB"),
                ]
            )
            try await node.settle(engine)
            #expect(
                try await node.texts(
                    """
                    select kind || ' ' || left(encode(sha256, 'hex'), 4) || ' ' || state || ' ' || (record_id = $1)
                    from registry.attachment order by kind
                    """,
                    [.uuid(id(2))]
                ) == ["dok_ktp abab announced true", "surat 0c0c announced true"]
            )
            #expect(try await node.rejections() == ["message.attachments", "message.attachments"])
            let lost = Text(id: id(7), type: "lampiran.ditambah", posyandu: post, data: #"{"catatan":"x"}"#)
            let empty = Text(
                id: id(8),
                type: "lampiran.ditambah",
                posyandu: post,
                data: #"{"catatan":"\#(id(2).text)"}"#
            )
            try await node.send(kiosks[0], [lost, empty])
            try await node.settle(engine)
            #expect(try await node.rejections().suffix(2) == ["lampiran.catatan", "lampiran.kosong"])
            try await node.expectBalance()
        }
    }

    @Test func `a rejection quotes nothing that a sealed message says`() throws {
        let text = Text(
            id: id(2),
            type: "tumbuh.keluhan",
            posyandu: id(1),
            person: #"{"nama":"Kenanga Larasati","Siti Aminah":"x"}"#,
            data: #"{"jenis":"kdrt","isi":"dipukul suaminya","nik":3325064107900003,"dalam":["gang mawar"]}"#
        )
        let message = try Message(Array(text.json.utf8))
        func told(_ violation: Violation, isSealed: Bool = true) -> Violation? {
            RejectionText.withoutQuotes([violation], of: message, isSealed: isSealed).first
        }
        for quote in ["oleh dipukul suaminya ya", "Kenanga Larasati", "3325064107900003", "di gang mawar"] {
            let found = told(Violation("x.y", field: "isi", "isian \(quote) salah"))
            #expect(found?.message.contains(quote) == false && found?.field == "isi" && found?.code == "x.y")
            #expect(told(Violation("x.y", field: nil, quote), isSealed: false)?.message == quote)
        }
        #expect(told(Violation("person.tidak_dikenal", field: "person.Siti Aminah", "tidak diminta"))?.field == "?")
        let harmless = told(Violation("isian.pilihan", field: "person.nik", "jenis kdrt bukan salah satu pilihan"))
        #expect(harmless?.message == "jenis kdrt bukan salah satu pilihan" && harmless?.field == "person.nik")
    }
}
