// A year of one posyandu by messages, through engine and health sector, against the sheets written by hand in Sheets/.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import MessageLog
import PluginHost
import PluginKit
import PostgresClient
import Registers
import Registry
import Summaries
import Sync
import Synchronization
import Testing

@testable import Apply

/// The year of Sheets/README.md as messages.
private struct MelatiYear {
    let post: UUID
    private(set) var texts: [Text] = []
    private var count = 100

    static let people: [(name: String, birth: String, sex: String)] = [
        ("Andi", "2025-09-10", "L"), ("Bunga", "2025-03-05", "P"), ("Citra", "2024-01-20", "P"),
        ("Dodi", "2023-06-15", "L"), ("Eka", "2026-05-02", "P"), ("Fajar", "2026-09-20", "L"),
        ("Gita", "2014-02-02", "P"), ("Maya", "1995-04-04", "P"), ("Rina", "1990-08-08", "P"),
        ("Tono", "1980-07-07", "L"), ("Karto", "1950-01-01", "L"),
    ]

    static func subject(_ name: String) -> UUID {
        id(1 + (people.firstIndex { $0.name == name } ?? 99), 0x51)
    }

    init(_ post: UUID) {
        self.post = post
        for (place, person) in Self.people.enumerated() {
            texts.append(
                .register(
                    id(1 + place),
                    Self.subject(person.name),
                    at: post,
                    birth: person.birth,
                    sex: person.sex,
                    nik: "332501010101\(1_000 + place)",
                    name: person.name,
                    date: max(person.birth, "2026-01-01")
                )
            )
        }
        weighings()
        mothers()
        others()
        reports()
    }

    private mutating func add(_ type: String, _ date: String, _ name: String?, _ data: String) {
        count += 1
        texts.append(
            Text(
                id: id(count),
                type: "kesehatan.\(type)",
                posyandu: post,
                subject: name.map(Self.subject),
                date: date.count == 2 ? "2026-\(date)-06" : date,
                data: data
            )
        )
    }

    private mutating func weighings() {
        let grams: [(String, [(String, Int)])] = [
            (
                "Andi",
                [
                    ("01", 6200), ("02", 7000), ("03", 7600), ("04", 8100), ("06", 8700), ("08", 9200), ("09", 9250),
                    ("10", 9500),
                ]
            ),
            (
                "Bunga",
                [
                    ("01", 8000), ("02", 8300), ("03", 8400), ("04", 8450), ("05", 8800), ("06", 9000), ("08", 9400),
                    ("09", 9600), ("10", 9700),
                ]
            ), ("Citra", [("02", 11_000), ("08", 12_000)]),
            ("Dodi", [("01", 12_500), ("02", 12_700), ("03", 12_800)]),
            ("Eka", [("06", 4000), ("08", 5800), ("09", 6400), ("10", 6900)]),
        ]
        for (name, months) in grams {
            for (month, weight) in months {
                let hasFood = name == "Bunga" && ["03", "04"].contains(month)
                add("penimbangan", month, name, #"{"berat_gram":\#(weight)\#(hasFood ? #","mt_pangan":true"# : "")}"#)
            }
        }
        for (month, name, dose) in [
            ("01", "Bunga", "Campak"), ("06", "Eka", "BCG"), ("06", "Eka", "Polio I"), ("08", "Andi", "Campak"),
            ("08", "Eka", "DPT I"), ("08", "Eka", "Polio II"), ("09", "Eka", "DPT II"), ("09", "Eka", "Polio III"),
            ("10", "Eka", "DPT III"), ("10", "Eka", "Polio IV"),
        ] { add("imunisasi", month, name, #"{"dosis":"\#(dose)"}"#) }
        for (month, name, capsule) in [
            ("02", "Bunga", "biru"), ("02", "Citra", "merah"), ("02", "Dodi", "merah"), ("08", "Andi", "biru"),
            ("08", "Bunga", "merah"), ("08", "Citra", "merah"),
        ] { add("vitamin_a", month, name, #"{"kapsul":"\#(capsule)"}"#) }
        add("diare", "03", "Dodi", #"{"oralit":true,"oralit_bungkus":6}"#)
        add("diare", "04", "Citra", #"{"oralit":false}"#)
    }

    private mutating func mothers() {
        for (place, month) in ["01", "02", "03", "04"].enumerated() {
            let tablets = month == "02" ? 0 : 30
            add(
                "kunjungan_ibu_hamil",
                month,
                "Maya",
                #"{"kunjungan":"k\#(place + 1)","usia_kehamilan_minggu":\#(22 + 4 * place),"ttd_tablet":\#(tablets)}"#
            )
        }
        let birth = #"{"tempat_bersalin":"puskesmas","penolong":"bidan","lahir_hidup":1,"lahir_mati":0}"#
        add("persalinan", "2026-05-02", "Maya", birth)
        add("kelahiran", "2026-05-02", "Eka", #"{"berat_lahir_gram":3100}"#)
        add("kunjungan_nifas", "05", "Maya", #"{"kunjungan":"kf2","hari_nifas":4,"menyusui":true}"#)
        add("kunjungan_nifas", "06", "Maya", #"{"kunjungan":"kf4","hari_nifas":35,"menyusui":true}"#)
        add("kelahiran", "2026-09-20", "Fajar", #"{"berat_lahir_gram":2900}"#)
        add("kematian", "2026-10-01", "Fajar", #"{"masa_ibu":"bukan"}"#)
    }

    private mutating func others() {
        for (month, status) in [("03", "baru"), ("06", "lanjutan"), ("09", "lanjutan")] {
            add("kb", month, "Rina", #"{"metode":"suntik","status":"\#(status)"}"#)
        }
        add("dewasa", "02", "Tono", #"{"berat_kg":70,"tinggi_cm":168}"#)
        add("lansia", "02", "Karto", #"{"berat_kg":60,"tinggi_cm":160}"#)
        add("lansia", "05", "Karto", #"{"berat_kg":60,"tinggi_cm":160,"tempat":"kunjungan_rumah"}"#)
        add("lansia", "08", "Karto", #"{"berat_kg":61,"tinggi_cm":160}"#)
        add("usia_sekolah_remaja", "08", "Gita", #"{"berat_kg":40,"tinggi_cm":150}"#)
    }

    private mutating func reports() {
        for month in ["01", "02", "03", "04", "06", "08", "09", "10"] {
            let staff = #"{"kader_l":1,"kader_p":4,"plkb_l":0,"plkb_p":1,"medis_l":0,"medis_p":1}"#
            add("hari_buka", month, nil, staff)
        }
        for (month, girls, books, pregnant, nursing) in [
            ("01", 2, 1, 1, 1), ("02", 2, 2, 1, 1), ("03", 2, 2, 1, 1), ("04", 2, 2, 1, 1), ("05", 3, 2, 0, 2),
            ("08", 3, 3, 0, 2), ("09", 3, 3, 0, 1), ("10", 3, 3, 0, 1),
        ] {
            add(
                "sasaran",
                month,
                nil,
                #"{"s_l":2,"s_p":\#(girls),"k_l":2,"k_p":\#(books),"bumil":\#(pregnant),"busui":\#(nursing)}"#
            )
        }
    }
}

/// The lines of a sheet from the column numbers to the total.
private func grid(_ csv: [UInt8]) -> [[String]] {
    var lines: [[String]] = []
    for line in String(decoding: csv, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false) {
        let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        if lines.isEmpty, !line.hasPrefix("1,2,3") { continue }
        lines.append(cells)
        if cells.contains("JUMLAH") { break }
    }
    return lines
}

private func expected(_ name: String) throws -> [[String]] {
    let folder = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/Sheets"
    return grid(try FileReader.read("\(folder)/\(name).csv", limit: 1 << 20))
}

@Suite(.serialized) struct SipSheetTests {
    private func health(_ workers: Workers) throws -> Manifest {
        try #require(workers.host.catalog.sector("kesehatan")?.manifest)
    }

    private func withYear(
        _ body: (Node, Workers, UUID, ApplyEngine, RegisterReader) async throws -> Void
    ) async throws {
        let workers = try Workers()
        try await withNode { node in
            try await workers.ready()
            let catalogue = try await ApplyCatalogue.register(workers.host.catalog, node.pool)
            let engine = try await node.engine(sectors: (workers.host, catalogue))
            let (post, kiosks) = try await node.addPost(1, devices: 2)
            // Registrations first; then what happened in an order that is nobody's, over two kiosks.
            let year = MelatiYear(post)
            let people = MelatiYear.people.count
            var random = SplitMix(seed: 7)
            try await node.send(kiosks[0], Array(year.texts.prefix(people)))
            try await node.settle(engine, ready: workers.host.readySectors)
            let events = year.texts.dropFirst(people).shuffled(using: &random)
            try await node.send(kiosks[1], Array(events.prefix(events.count / 2)))
            try await node.send(kiosks[0], Array(events.suffix(from: events.count / 2)))
            let pass = try await node.settle(engine, ready: workers.host.readySectors)
            #expect(pass.rejected == 0 && pass.dead == 0)
            let reader = RegisterReader(pool: node.pool, cipher: node.cipher)
            do {
                try await body(node, workers, post, engine, reader)
            } catch {
                await workers.host.stop()
                throw error
            }
            await workers.host.stop()
        }
        try FileManager.default.removeItem(atPath: workers.root)
    }

    @Test func `a year by messages is the sheet written by hand, cell by cell; paper counts only where no record does`()
        async throws
    {
        try await withYear { node, workers, post, engine, reader in
            let manifest = try health(workers)
            for name in ["sip_6", "sip_7"] {
                let sheet = try await reader.sheet(name, of: manifest, .year(posyandu: post, year: 2026))
                let found = grid(SheetCSV.bytes(sheet))
                let wanted = try expected(name)
                try #require(found.count == wanted.count && wanted.count == 14)
                for (line, (row, other)) in zip(found, wanted).enumerated() {
                    try #require(row.count == other.count)
                    for (column, (cell, want)) in zip(row, other).enumerated() where cell != want {
                        Issue.record("\(name), line \(line), column \(column + 1): \(cell), by hand \(want)")
                    }
                }
                #expect(sheet.lists.isEmpty)
                #expect(try await node.count("select count(*) from registry.access_log") == 0)
            }
            try await persons(node, manifest, post, reader)
            try await paper(node, workers, manifest, post, engine, reader)
        }
    }

    /// Lists of persons: who came in which month, and one line in the access log.
    private func persons(_ node: Node, _ manifest: Manifest, _ post: UUID, _ reader: RegisterReader) async throws {
        let reason = AccessReason(actor: "operator", purpose: "cetak SIP 6")
        let sheet = try await reader.sheet("sip_6", of: manifest, .year(posyandu: post, year: 2026), persons: reason)
        #expect(sheet.lists.map { $0.rows.count } == [1, 6, 1, 4])
        let children = try #require(sheet.lists.dropFirst().first)
        let eka = try #require(children.rows.first { $0.cells[2] == .text("Eka") })
        #expect(eka.cells[1] == .text("3325010101011004"))
        // June, August, September, October.
        #expect(
            eka.cells[6..<18].map { $0 == .text("v") }.enumerated().filter(\.element).map(\.offset) == [5, 7, 8, 9]
        )
        #expect(children.total?.cells[6] == .number(3))
        #expect(
            try await node.texts("select actor || ' ' || act || ' ' || purpose from registry.access_log")
                == ["operator print list cetak SIP 6"]
        )
        let bytes = try await SheetXLSX.bytes(sheet)
        #expect(try await SheetXLSX.bytes(sheet) == bytes)
    }

    /// March has records, July has none: the same paper is ignored in one and counts in the other.
    private func paper(
        _ node: Node,
        _ workers: Workers,
        _ manifest: Manifest,
        _ post: UUID,
        _ engine: ApplyEngine,
        _ reader: RegisterReader
    ) async throws {
        let clock = Clock()
        let intake = BatchIntake(
            writer: node.writer,
            directory: SourceDirectory(pool: node.pool),
            pool: node.pool,
            log: Node.quiet
        )
        let importer = RecapImporter(
            pool: node.pool,
            desk: PaperDesk(pool: node.pool, intake: intake, kabupaten: "33.25", now: { clock.next() })
        )
        func take(_ text: String, _ mode: ImportMode = .allOrNothing) async throws -> RecapReport {
            let request = RecapImport(
                manifest: manifest,
                register: "sip_7",
                year: 2026,
                posyandu: post.text,
                mode: mode,
                today: try #require(CivilDate("2026-11-22"))
            )
            let report = try await importer.run(request, Array(text.utf8))
            try await node.settle(engine, ready: workers.host.readySectors)
            return report
        }
        let heads = "1,2,3,15,16,19,20,21,22,46\n"
        let file = heads + "3,Maret,9,2,2,1,1,1,1,4\n7,Juli,1,2,3,2,3,1,0,2\n8,Agustus,,,,,,,,\n"
        let before = try await node.count("select count(*) from registry.record")
        #expect(try await take(file, .dryRun).summary.contains("2 new"))
        let refused = try await take(file + "9,September,6:00,,,,,,,\n")
        #expect(!refused.committed && refused.complaints.map(\.code) == ["time"])
        #expect(try await node.count("select count(*) from registry.record") == before)
        let report = try await take(file)
        #expect(report.committed && report.inserted == 2 && report.blank == 1)
        #expect(try await take(file).unchanged == 2)

        let sheet = try await reader.sheet("sip_7", of: manifest, .year(posyandu: post, year: 2026))
        #expect(
            sheet.table.rows.map(\.origin.rawValue) == [
                "records", "records", "records", "records", "records", "records", "paper", "records", "records",
                "records",
                "none", "none",
            ]
        )
        let rows = grid(SheetCSV.bytes(sheet))
        let wanted = try expected("sip_7")
        let march = Array(wanted[3].dropLast()) + ["ada isi rekap kertas yang tidak dihitung"]
        #expect(rows[3] == march)
        let july = rows[7]
        #expect(july[2] == "1" && july[14] == "2" && july[18] == "2" && july[19] == "3" && july[21] == "0")
        // Blank on paper stays blank, and so does a column that counts nowhere.
        #expect(july[3] == "" && july[22] == "" && july[45] == "" && july[55] == "dari rekap kertas")
        #expect(rows[13][18] == "13" && rows[13][19] == "18")

        try await origins(node, post)
        let corrected = try await take(heads + "7,Juli,1,2,3,2,2,1,0,2\n")
        #expect(corrected.updated == 1)
        #expect(try await node.figure("kesehatan.d", "2026-07", post) == "4")
        try await node.expectBalance()
    }

    /// The figures say where they come from: in the posyandu, in the area, in the trace.
    private func origins(_ node: Node, _ post: UUID) async throws {
        #expect(try await node.figure("kesehatan.d", "2026-07", post) == "5")
        #expect(try await node.figure("kesehatan.d", "2026-03", post) == "3")
        let (july, march, traced) = try await node.pool.transaction { connection in
            (
                try AreaFigures.read(connection, kabupaten: "33.25", period: try #require(Period("2026-07"))),
                try AreaFigures.read(connection, kabupaten: "33.25", period: try #require(Period("2026-03"))),
                try Trace.records(
                    connection,
                    indicator: "kesehatan.s",
                    period: try #require(Period("2026-03")),
                    area: "33.25",
                    limit: 10
                )
            )
        }
        #expect(
            july.filter { $0.indicator == "kesehatan.d" }.map { "\($0.area) \($0.value) \($0.fromPaper)" } == [
                "33.25 5 1", "33.25.01 5 1",
            ]
        )
        #expect(july.filter { $0.indicator == "kesehatan.s" }.map(\.value) == ["5", "5"])
        #expect(march.allSatisfy { $0.fromPaper == 0 })
        #expect(
            traced.map { "\($0.type) \($0.value) \($0.origin)" }.sorted() == [
                "kesehatan.rekap_bulanan 4 paper, ignored", "kesehatan.sasaran 4 records",
            ]
        )
        // What is behind a quarter is what is behind its months.
        var traces: [[UUID]] = []
        for name in ["2026-Q3", "2026-07", "2026-08", "2026-09"] {
            let period = try #require(Period(name))
            traces.append(
                try await node.pool.transaction { connection in
                    try Trace.records(connection, indicator: "kesehatan.d", period: period, area: "33.25", limit: 1_000)
                        .map(\.record)
                }
            )
        }
        let (quarter, months) = (traces[0], traces[1...].flatMap(\.self))
        #expect(!months.isEmpty && Set(quarter) == Set(months) && quarter.count == months.count)
    }
}

/// A second passes between one look and the next: of two corrections the later one counts.
private final class Clock: Sendable {
    private let microseconds = Atomic<Int64>(1_795_000_000_000_000)

    func next() -> Int64 { microseconds.add(1_000_000, ordering: .relaxed).newValue }
}
