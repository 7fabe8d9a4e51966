// Independent parsers judge our bytes: fhir.resources for FHIR, Python's XML parser for ADX, openpyxl for the worksheet.
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import PluginKit
import Testing

@testable import Destinations

@Suite(.serialized) struct OracleTests {
    private static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    private static let parsers = "\(root)/.build-oracles"

    /// Runs a program of `oracles` on files; gives what it printed, or fails with what it complained of.
    private static func run(_ program: String, _ files: [[UInt8]], python: String = "python3") throws -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("posyandud-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var paths: [String] = []
        for (index, bytes) in files.enumerated() {
            paths.append("\(folder.path)/\(index)")
            try Data(bytes).write(to: URL(fileURLWithPath: paths[index]))
        }
        let arguments = paths.map { "'\($0)'" }.joined(separator: " ")
        let (out, err) = ("\(folder.path)/out", "\(folder.path)/err")
        let status = system(
            "PYTHONPATH='\(parsers)' \(python) '\(root)/Tests/DestinationsTests/oracles/\(program)' \(arguments) > '\(out)' 2> '\(err)'"
        )
        let complaint = (try? String(contentsOfFile: err, encoding: .utf8)) ?? ""
        try #require(status == 0, "\(complaint)")
        return try String(contentsOfFile: out, encoding: .utf8)
    }

    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: "\(parsers)/fhir"),
            "fhir.resources is not there: scripts/install-oracles fetches it from PyPI"
        )
    )
    func `fhir.resources takes our reports`() throws {
        var reports = FhirTests.documents()
        let all = Fhir(settings: FhirTests.settings { $0.kinds = Set(DocumentKind.all) })
        reports += try all.plan(Fixtures.snapshot(figures: FhirTests.figures), revisions: [:])
        let literal = Fhir(
            settings: FhirTests.settings {
                $0.dialect.options = ["subject": "Location/1", "reporter": "Organization/2"]
            }
        )
        reports += try literal.plan(Fixtures.snapshot(), revisions: [:])
        let said = try Self.run("check_fhir.py", reports.map(\.bytes))
        #expect(said == "\(reports.count) reports\n" && reports.count > 5)
    }

    @Test func `an XML parser finds in ADX what was planned`() throws {
        var settings = Fixtures.settings(suppressBelow: 0)
        settings.mapping.indicators["kesehatan.ditimbang"] = .init(code: "A & <B> \"c\" 'd'\té", option: "F")
        settings.dialect.options = ["data_set": "P6", "category.F": "GENDER=F&M AGE=0_4"]
        let document = try #require(try Adx(settings: settings).plan(Fixtures.snapshot(), revisions: [:]).first)
        let parsed = try JSONParser.parse(Array(try Self.run("check_adx.py", [document.bytes]).utf8)).array ?? []
        let sent = try #require(AdxText(settings).values(document.bytes))
        #expect(parsed.count == sent.count && sent.count >= 10)
        for value in sent {
            let found = parsed.first {
                $0.array?.first?.string == value.area && $0.array?.last?["dataElement"]?.string == value.code
            }
            let attributes = try #require(found?.array?.last)
            #expect(attributes["value"]?.string == value.value)
            #expect((attributes["GENDER"]?.string == "F&M") == (value.option == "F"))
        }
    }

    @Test func `openpyxl finds in the worksheet what was planned`() throws {
        let documents = try EspmWorksheet(settings: EspmTests.settings()).plan(EspmTests.snapshot, revisions: [:])
        let text = try Self.run("read_workbook.py", documents.map(\.bytes), python: "/usr/bin/python3")
        let seen = try JSONParser.parse(Array(text.utf8))
        #expect(seen.object?.members.map(\.name) == ["Daftar periksa", "Kesehatan", "Sosial", "Rincian kecamatan"])
        let sheet = try #require(seen["Kesehatan"])
        #expect(sheet["B6"] == "Pelayanan kesehatan balita" && sheet["A6"] == "15")
        #expect(
            sheet["C6"]?.integer == 900 && sheet["D6"]?.integer == 1200 && sheet["E6"]?.decimal == ExactDecimal("75")
        )
        #expect(sheet["C5"] == nil && sheet["F6"] == nil && sheet["F4"] == "Permasalahan")
        #expect(seen["Rincian kecamatan"]?["C5"] == "33.25.01")
    }
}
