// Tables and CSV of `posyanductl posyandu`, from fixed answers of the daemon; and command lines it refuses.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit
import Testing

@testable import posyanductl

struct PosyanduReportTests {
    private static let areas = """
        {"area":"33.25","date":"2026-11-22","by":"kecamatan","rules":"completeness version 1",
         "total":{"posyandu":3,"registered":1,"complete":1,"percent":"81.8","missing_by_actor":{"kecamatan":1,"pemdes":5}},
         "rows":[{"area":"33.25.02","name":"Bandar","rank":1,"posyandu":1,"registered":1,"complete":1,"asked":12,"present":12,
           "percent":"100.0","complete_sections":{"identitas":1,"legalitas":1,"basis_data":1}},
          {"area":"33.25.01","name":"Wonotunggal","rank":2,"posyandu":2,"registered":0,"complete":0,"asked":21,"present":15,
           "percent":"71.4","complete_sections":{"identitas":0,"legalitas":0,"basis_data":2}}]}
        """

    private static let posyandu = """
        {"area":"33.25.01.2001","date":"2026-11-22","by":"posyandu",
         "total":{"posyandu":2,"registered":1,"complete":1,"percent":"90.0","missing_by_actor":{"pemdes":2}},
         "rows":[{"posyandu":"0190a0de-0000-7000-8000-00000000000b","name":"Melati, 1","village":"33.25.01.2001","state":"draf",
           "number":null,"bidang_served":1,"missing":[
            {"section":"identitas","code":"nomor_registrasi","name":"Berkas registrasi belum diajukan","actor":"pemdes","lapsed":null},
            {"section":"legalitas","code":"rpjmdesa","name":"RPJMDesa","actor":"pemdes","lapsed":"2025-12-31"}]},
          {"posyandu":"0190a0de-0000-7000-8000-00000000000c","name":"Mawar","village":"33.25.01.2001","state":"terdaftar",
           "number":"33.25.01.2001.001","bidang_served":6,"missing":[]}]}
        """

    private static let terms = """
        {"papers":[{"posyandu":"0190a0de-0000-7000-8000-00000000000b","name":"Melati","village":"33.25.01.2001",
           "kind":"sk_kepengurusan","number":"141/2","until":"2026-11-20","days_left":-2,"actor":"pemdes"}],
         "terms":[{"why":"inactive","cadre":"0190a0de-0000-7000-8000-0000000000aa","name":null,
           "posyandu":"0190a0de-0000-7000-8000-00000000000b","posyandu_name":"Melati","village":"33.25.01.2001","role":"kader",
           "bidang":"sosial","started":"2024-01-01","day":"2026-08-20"}]}
        """

    private static let levels = """
        {"area":"33.25","date":"2026-11-22","rules":"levels version 1","levels":["purwa","madya","utama"],
         "total":{"area":"33.25","name":null,"cadres":5,"none":2,"by_level":{"purwa":2,"madya":1,"utama":0},"trained":3},
         "rows":[{"area":"33.25.01","name":"Wonotunggal","cadres":5,"none":2,"by_level":{"purwa":2,"madya":1,"utama":0},
           "trained":3}]}
        """

    private static let dossier = """
        {"posyandu":"0190a0de-0000-7000-8000-00000000000b","state":"dikembalikan","list":"papers version 1","date":"2026-11-22",
         "missing":[{"kind":"rpjmdesa","name":"RPJMDesa","actor":"pemdes","lapsed":"2025-12-31"}],
         "papers":[{"kind":"rpjmdesa","number":"3","revision":1,"date":"2021-01-05","decided_by":"Kepala Desa","from":"2021-01-05",
           "until":"2025-12-31","copy":"map 3","withdrawn":false,"in_force":false,"by":"sari"}],
         "numbers":[],
         "moves":[{"seq":1,"from":"draf","to":"diajukan","date":"2025-11-01","by":"sari","reason":null,"number":null},
          {"seq":2,"from":"diajukan","to":"dikembalikan","date":"2025-11-03","by":"budi","reason":"RPJMDesa berakhir",
           "number":null}]}
        """

    private func text(_ answer: String, _ lines: (JSONValue) -> [[String]]) throws -> String {
        String(CSVText.text(lines(try JSONParser.parse(answer))).dropLast())
    }

    @Test func `tables`() throws {
        typealias Completeness = PosyanduCompletenessCommand
        try expectGolden(Completeness.report(try JSONParser.parse(Self.areas), false), "reports/posyandu-areas")
        try expectGolden(Completeness.report(try JSONParser.parse(Self.posyandu), false), "reports/posyandu-missing")
        try expectGolden(PosyanduTermsCommand.report(try JSONParser.parse(Self.terms), false), "reports/posyandu-terms")
        try expectGolden(CompetencesCommand.report(try JSONParser.parse(Self.levels), false), "reports/posyandu-levels")
        try expectGolden(DossierShow.report(try JSONParser.parse(Self.dossier), false), "reports/posyandu-dossier")
    }

    @Test func `CSV`() throws {
        try expectGolden(
            [
                text(Self.areas, PosyanduCompletenessCommand.lines),
                text(Self.posyandu, PosyanduCompletenessCommand.lines),
                text(Self.terms, PosyanduTermsCommand.lines), text(Self.levels, CompetencesCommand.lines),
            ].joined(separator: "\n\n"),
            "reports/posyandu-csv"
        )
    }

    @Test(arguments: [
        ["posyandu", "end-term", "p", "0190a0de-0000-7000-8000-0000000000aa", "--role", "kader"],
        [
            "posyandu", "end-term", "p", "0190a0de-0000-7000-8000-0000000000aa", "--role", "kader", "--undo",
            "--reason",
            "x",
        ],
        ["posyandu", "absence", "p", "0190a0de-0000-7000-8000-0000000000aa", "--from", "2026-11-01"],
        ["posyandu", "dossier", "return", "p"], ["posyandu", "dossier", "register", "p", "--number", "1"],
        ["posyandu", "completeness", "--area", "33.25", "--posyandu", "x"], ["posyandu", "terms", "--json", "--csv"],
    ])
    func `a wrong command line is refused with status 64`(_ arguments: [String]) {
        do {
            _ = try Posyanductl.parseAsRoot(arguments)
            Issue.record("was taken")
        } catch {
            #expect(Posyanductl.exitCode(for: error).rawValue == 64)
        }
    }
}
