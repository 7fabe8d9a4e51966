// The education sector: its fixtures, its age rule, its papers.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Testing

@testable import PendidikanSector

private let folder = String(#filePath.dropLast("Tests/SectorTests/PendidikanTests.swift".count)) + "Plugins/Pendidikan"

private func decode<Payload: Decodable>(_ type: Payload.Type, _ json: JSONValue) throws -> Payload {
    try JSONPayloadDecoder().decode(type, from: json)
}

@Suite struct PendidikanTests {
    @Test func `every fixture gives its answers and figures, in any order`() throws {
        let kit = try SectorTestKit(PendidikanSector.self, folder: folder)
        #expect(kit.problems() == [])
    }

    @Test func `the sector does not start without its parameters`() {
        let setup = Setup(parameters: ["toleransi_umur": .integer(1)], region: "33.25", manifest: [], folder: folder)
        #expect(throws: SetupError.self) { try PendidikanSector(setup) }
    }
}

@Suite struct PendidikanAgeTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var years: Int?
        var months: Int?
        var tolerance: Int
        var fits: Bool
        var testDescription: String { "\(years ?? -1) y \(months ?? -1) m ± \(tolerance)" }
    }

    /// The child of all rows is 63 completed months old: 5 years and 3 months.
    @Test(arguments: [
        Row(years: nil, months: nil, tolerance: 0, fits: true),
        Row(years: 5, months: 3, tolerance: 0, fits: true),
        Row(years: 5, months: 4, tolerance: 0, fits: false),
        Row(years: 5, months: 4, tolerance: 1, fits: true),
        Row(years: 5, months: 2, tolerance: 1, fits: true),
        Row(years: 5, months: 5, tolerance: 1, fits: false),
        Row(years: 5, months: 1, tolerance: 1, fits: false),
        Row(years: 5, months: nil, tolerance: 0, fits: true),
        Row(years: 4, months: nil, tolerance: 3, fits: false),
        Row(years: 4, months: nil, tolerance: 4, fits: true),
        Row(years: 6, months: nil, tolerance: 8, fits: false),
        Row(years: 6, months: nil, tolerance: 9, fits: true),
        Row(years: Int.max, months: Int.max, tolerance: 1, fits: true),
    ])
    func `a written age is compared with the birth date's`(_ row: Row) throws {
        let rule = AgeRule(toleranceMonths: row.tolerance)
        let stated = StatedAge(years: row.years, months: row.months)
        let context = try context(born: "2021-08-09")
        #expect(rule.months(stated, context) == 63)
        #expect((rule.violation(stated, context) == nil) == row.fits)
    }

    @Test func `without a birth date the written age holds, and without either none`() throws {
        let rule = AgeRule(toleranceMonths: 1)
        let context = try context(born: nil)
        #expect(rule.months(StatedAge(years: 5, months: 3), context) == 63)
        #expect(rule.months(StatedAge(years: 5, months: nil), context) == 60)
        #expect(rule.violation(StatedAge(years: nil, months: nil), context)?.code == "umur.kosong")
    }

    @Test func `service 9 begins on the fifth birthday and ends on the seventh`() throws {
        let handler = EarlyChildhood(ages: AgeRule(toleranceMonths: 1), desk: CaseDesk(documentDays: 7))
        let payload = try decode(EarlyChildhood.Payload.self, ["status_paud": false])
        func isCase(_ born: String) throws -> Bool {
            try handler.apply(payload, in: context(born: born)).contains {
                if case .openCase = $0 { true } else { false }
            }
        }
        #expect(try !isCase("2021-11-11"))
        #expect(try isCase("2021-11-10"))
        #expect(try isCase("2019-11-11"))
        let tooOld = try handler.apply(payload, in: context(born: "2019-11-10"))
        #expect(tooOld.count == 1)
        guard case .reject(let violations) = tooOld.first else {
            Issue.record("a child of seven was not rejected")
            return
        }
        #expect(violations.map(\.code) == ["anak_usia_dini.umur"])
    }

    private func context(born: String?) throws -> Context {
        let date = try #require(CivilDate("2026-11-10"))
        let birth = try born.map { try #require(CivilDate($0)) }
        return Context(record: "r", date: date, posyandu: "p", subject: Subject(id: "c", birthDate: birth))
    }
}

@Suite struct PendidikanDocumentsTests {
    @Test func `a paper that is not ticked is missing, said or not`() throws {
        let documents = try decode(Papers<OfficePapers>.self, ["dok_ktp": true, "dok_kk": false])
        #expect(documents.missing == ["dok_kk", "dok_tidak_mampu"])
        var fields = Fields()
        documents.put(into: &fields)
        #expect(fields == ["dok_ktp": true, "dok_kk": false, "dokumen_lengkap": false].asFields)
    }

    @Test func `complete papers raise no task`() throws {
        let documents = try decode(
            Papers<OfficePapers>.self,
            ["dok_ktp": true, "dok_kk": true, "dok_tidak_mampu": true]
        )
        let effects = CaseDesk(documentDays: 7).open("sebab", priority: .high, documents: documents)
        #expect(effects == [.openCase(reason: "sebab", priority: "tinggi")])
    }
}

extension [String: Bool] {
    fileprivate var asFields: Fields {
        var fields = Fields()
        for (name, value) in self { fields[name] = .flag(value) }
        return fields
    }
}
