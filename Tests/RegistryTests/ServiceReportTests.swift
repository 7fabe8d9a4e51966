// The 29 legal services: which records and cases count, against what the manifests say of every fixture.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import PluginKit
import PostgresClient
import Registry
import Testing

@Suite struct ServiceReportTests {
    typealias Row = HouseholdFixture.Row
    private func id(_ number: Int, _ kind: Int = 0) -> UUID { HouseholdFixture.id(number, kind) }
    private let month = Period("2026-11")!

    private func read(_ fixture: HouseholdFixture, _ area: String, _ month: Period? = nil) async throws -> [Int:
        ServiceLine]
    {
        let report = ServiceReport(fixture.manifests)
        let asked = month ?? self.month
        let lines = try await fixture.registry.pool.withConnection {
            try report.read($0, area: area, month: asked, utcOffsetSeconds: 25_200)
        }
        #expect(lines.map(\.number) == Array(9...37))
        return Dictionary(uniqueKeysWithValues: lines.map { ($0.number, $0) })
    }

    /// Every accepted record of the sectors' fixtures, with what its handler put.
    private func fixtures(_ manifests: [Manifest]) throws -> [(
        type: Manifest.Record, service: Manifest.Service?, fields: Fields
    )] {
        let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/Plugins"
        var found: [(Manifest.Record, Manifest.Service?, Fields)] = []
        for folder in try FileManager.default.contentsOfDirectory(atPath: root).sorted() {
            for file in (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)/fixtures"))?.sorted()
                ?? []
            {
                let fixture = try Fixture(RegistryFixture.bytes(of: "\(root)/\(folder)/fixtures/\(file)"), file: file)
                for (record, answer) in zip(fixture.records, fixture.answers ?? []) {
                    for case .put(let fields) in answer.effects {
                        let manifest = try #require(manifests.first { $0.record(record.type) != nil })
                        let type = try #require(manifest.record(record.type))
                        found.append((type, manifest.service(of: type), fields))
                    }
                }
            }
        }
        return found
    }

    @Test func `every record of the fixtures counts for the services it concerns, and for no other`() async throws {
        try await HouseholdFixture.with { fixture in
            let records = try fixtures(fixture.manifests)
            try await fixture.add(
                records.enumerated().map { number, record in
                    Row(
                        id: id(number, 2),
                        type: record.type.type,
                        subject: record.type.subject == .none ? nil : id(number),
                        date: "2026-11-15",
                        body: String(decoding: record.fields.json, as: UTF8.self)
                    )
                }
            )
            var expected: [Int: (records: Int, people: Int, households: Int)] = [:]
            for record in records where record.type.aggregate == nil {
                for number in record.service?.concerned(by: record.fields) ?? [] {
                    expected[number, default: (0, 0, 0)].records += 1
                    if record.type.subject == .resident { expected[number]?.people += 1 }
                    if record.type.subject == .household { expected[number]?.households += 1 }
                }
            }
            for (number, line) in try await read(fixture, "33.25") {
                let wanted = expected[number] ?? (0, 0, 0)
                #expect((line.records, line.people, line.households) == wanted, "service \(number)")
            }
            #expect(expected.count == 28, "23 is given by the health centre alone: no posyandu record concerns it")
        }
    }

    @Test func `only standing records of the area and month count, each subject once`() async throws {
        try await HouseholdFixture.with { fixture in
            let waste = "{\"layanan_spm\":\"25\"}"
            try await fixture.add([
                Row(id: id(1), type: "pekerjaan_umum.keluhan", date: "2026-11-01", body: waste),
                Row(id: id(2), type: "pekerjaan_umum.keluhan", date: "2026-11-30", body: "{}"),
                Row(id: id(3), type: "pekerjaan_umum.keluhan", date: "2026-12-01", body: waste),
                Row(id: id(4), type: "pekerjaan_umum.keluhan", date: "2026-11-05", body: waste, state: 1),
                Row(
                    id: id(5),
                    type: "pekerjaan_umum.keluhan",
                    date: "2026-11-05",
                    body: waste,
                    posyandu: RegistryFixture.b
                ),
                Row(id: id(6), type: "pekerjaan_umum.jalan", date: "2026-11-05"),
                Row(id: id(7), type: "pekerjaan_umum.sumur", subject: id(1, 1), date: "2026-11-05"),
                Row(id: id(8), type: "pekerjaan_umum.sumur", subject: id(1, 1), date: "2026-11-06"),
                Row(
                    id: id(9),
                    type: "perumahan_rakyat.rtlh",
                    subject: id(1, 1),
                    date: "2026-11-06",
                    body: "{\"kategori\":\"rtlh\"}"
                ),
                Row(
                    id: id(10),
                    type: "perumahan_rakyat.rtlh",
                    subject: id(2, 1),
                    date: "2026-11-06",
                    body: "{\"layanan_spm\":\"26\"}"
                ),
                Row(id: id(11), type: "sosial.rehabilitasi_lansia", subject: id(3), date: "2026-11-06"),
            ])
            let desa = try await read(fixture, "33.25.06.2015")
            #expect(desa[25]?.records == 1)
            #expect(desa[24]?.records == 2 && desa[24]?.households == 1 && desa[24]?.people == 0)
            #expect(desa[26]?.records == 1 && desa[27]?.records == 0)
            #expect(desa[35]?.records == 1 && desa[35]?.people == 1 && desa[35]?.hideBelow == 5)
            #expect(desa[25]?.hideBelow == 0)
            let all = try await read(fixture, "33.25")
            #expect(all[25]?.records == 2)
            #expect(all[35]?.hideBelow == 0)
            #expect(try await read(fixture, "33.25", Period("2026-12"))[25]?.records == 1)
        }
    }

    @Test func `a case is opened, answered and open in the month of the kabupaten's own time`() async throws {
        try await HouseholdFixture.with { fixture in
            let waste = "{\"layanan_spm\":\"25\"}"
            try await fixture.add(
                (1...5).map {
                    Row(id: id($0), type: "pekerjaan_umum.keluhan", date: "2026-10-20", body: $0 == 5 ? "{}" : waste)
                }
            )
            func open(_ number: Int, _ states: [(String, String)]) async throws {
                let steps = [("didata", "2026-10-20T10:00+07")] + states
                try await fixture.addCase(id(number), opened: "2026-10-20", steps.map { (state: $0.0, at: $0.1) })
            }
            try await open(1, [])
            // The last second of October here is still afternoon in UTC.
            try await open(2, [("selesai", "2026-10-31T23:59:59+07")])
            // A rating leaves the state as it is: no second answer.
            try await open(3, [("selesai", "2026-11-01T00:00:00+07"), ("selesai", "2026-12-02T08:00+07")])
            try await open(4, [("ditolak", "2026-11-03T10:00+07"), ("didata", "2026-11-20T10:00+07")])
            try await open(5, [("selesai", "2026-10-21T10:00+07")])
            func counts(_ month: String) async throws -> [Int] {
                let line = try #require(try await read(fixture, "33.25", Period(month))[25])
                return [line.opened, line.answered, line.open]
            }
            #expect(try await counts("2026-09") == [0, 0, 0])
            #expect(try await counts("2026-10") == [4, 1, 3])
            #expect(try await counts("2026-11") == [0, 2, 2])
            #expect(try await counts("2026-12") == [0, 0, 2])
        }
    }
}
