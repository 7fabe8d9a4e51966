// One household across sectors: what is shown, what is counted only, what is not there.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient
import Registry
import Testing

@Suite struct HouseholdViewTests {
    typealias Row = HouseholdFixture.Row
    private func id(_ number: Int, _ kind: Int = 0) -> UUID { HouseholdFixture.id(number, kind) }

    @Test func `a household shows records of every sector, and of confidential ones no more than how many`()
        async throws
    {
        try await HouseholdFixture.with { fixture in
            let (home, visit, elsewhere) = (id(1, 1), id(1, 2), id(2, 1))
            try await fixture.add([
                .init(id: id(1), household: home, birth: "1990-05-01"),
                .init(id: id(2), household: home, birth: "2024-02-01"),
                .init(id: id(3), household: home, birth: "1950-01-01", died: "2026-01-05"),
                .init(id: id(4), household: elsewhere, birth: "1980-01-01"),
            ])
            try await fixture.add([
                Row(id: id(10), type: "kesehatan.penimbangan", subject: id(2), date: "2026-11-03", visit: visit),
                Row(id: id(11), type: "perumahan_rakyat.rtlh", subject: home, date: "2026-11-03", visit: visit),
                Row(id: id(12), type: "pekerjaan_umum.keluhan", date: "2026-11-03", visit: visit),
                Row(id: id(13), type: "sosial.fakir_miskin", subject: home, date: "2026-10-01"),
                Row(id: id(14), type: "sosial.verifikasi_sosek", subject: home, date: "2026-10-02", visit: visit),
                Row(id: id(15), type: "kesehatan.skrining_jiwa", subject: id(1), date: "2026-10-03"),
                // At the same table, but confidential, of another household, retracted or of no visit.
                Row(id: id(16), type: "trantibumlinmas.keluhan", date: "2026-11-03", visit: visit),
                Row(id: id(17), type: "kesehatan.dewasa", subject: id(4), date: "2026-11-03", visit: visit),
                Row(
                    id: id(18),
                    type: "kesehatan.imunisasi",
                    subject: id(2),
                    date: "2026-11-03",
                    visit: visit,
                    state: 1
                ),
                Row(id: id(19), type: "pekerjaan_umum.keluhan", date: "2026-11-03"),
            ])
            try await fixture.addCase(id(11), opened: "2026-11-03", [("didata", "2026-11-03T10:00+07")])
            try await fixture.addCase(
                id(12),
                opened: "2026-11-03",
                [("didata", "2026-11-03T10:00+07"), ("selesai", "2026-11-05T10:00+07")]
            )
            try await fixture.addCase(id(14), opened: "2026-10-02", [("didata", "2026-10-02T10:00+07")])
            let reader = HouseholdReader(fixture.manifests)
            let found = try await fixture.registry.pool.transaction { try reader.read($0, home) }
            let view = try #require(found)
            #expect(view.members.map(\.resident) == [id(3), id(1), id(2)])
            #expect(view.members.first?.died == CivilDate("2026-01-05"))
            #expect(view.records.map(\.id) == [id(12), id(11), id(10), id(13)])
            #expect(view.records.map(\.resident) == [nil, nil, id(2), nil])
            #expect(view.records.map(\.visits) == [[visit], [visit], [visit], []])
            #expect(view.confidential == ["sosial": 1, "kesehatan": 1])
            #expect(view.openCases.map(\.id) == [id(11)])
            let nobody = try await fixture.registry.pool.transaction { try reader.read($0, id(99)) }
            #expect(nobody == nil)

            // A sector that is not installed says of none of its records that it is not confidential.
            let fewer = HouseholdReader(fixture.manifests.filter { $0.id != "perumahan_rakyat" })
            let less = try await fixture.registry.pool.transaction { try fewer.read($0, home) }
            #expect(less?.confidential == ["sosial": 1, "kesehatan": 1, "perumahan_rakyat": 1])
            #expect(less?.openCases.isEmpty == true)
        }
    }
}
