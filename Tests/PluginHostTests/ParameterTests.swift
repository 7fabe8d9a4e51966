// Parameters that the operator set: what fits reaches the worker, what does not refuses the sector and says why.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Testing

@testable import PluginHost

@Suite struct ParameterTests {
    private let garden: Garden

    init() throws {
        garden = try Garden()
        try garden.plant {
            $0.replace(
                #"{"tenggat": {"type": "integer", "default": 5}}"#,
                with: #"""
                    {"tenggat": {"type": "integer", "unit": "hari", "default": 5, "minimum": 1, "maximum": 30},
                     "ambang": {"type": "decimal", "default": 11.5}, "aktif": {"type": "flag", "default": false},
                     "sejak": {"type": "date", "default": "2026-01-01"},
                     "catatan": {"type": "text", "default": "-", "maximum": 4},
                     "cara": {"type": "choice", "choices": ["1", "2"], "default": "1"}}
                    """#
            )
        }
    }

    static let wrong: [(String, FieldValue, String)] = [
        ("tenggat", .text("lima"), "is 'lima', not a whole number from 1 to 30 (hari)"),
        ("tenggat", .integer(40), "is 40, not a whole number from 1 to 30 (hari)"),
        ("tenggat", .decimal(ExactDecimal("7.5") ?? 0), "is 7.5, not a whole number from 1 to 30 (hari)"),
        ("ambang", .text("11,5"), "is '11,5', not a number"),
        ("aktif", .text("ya"), "is 'ya', not true or false"),
        ("sejak", .text("1 Mei"), "is '1 Mei', not a date (YYYY-MM-DD)"),
        ("catatan", .integer(12_345), "is 12345, not text of at most 4 characters"),
        ("cara", .integer(3), "is 3, not one of 1, 2"),
        ("tengat", .integer(5), "is not a parameter of kebun"),
        ("warna", .integer(5), "is not a parameter of kebun"),
    ]

    @Test(arguments: wrong)
    func `a value that cannot hold refuses the sector with a sentence`(
        _ name: String,
        _ value: FieldValue,
        _ said: String
    ) async throws {
        var values = Fields()
        values[name] = value
        let host = garden.host { $0.parameters = ["kebun": values] }
        await host.start()
        let status = try #require(await host.status().first)
        #expect(status.state == .refused)
        #expect(status.reason == "sectors.parameters.kebun.\(name) \(said)")
        #expect(status.repair?.hasPrefix("in posyandud.yaml ") == true)
        #expect(status.repair?.hasSuffix("; then systemctl restart posyandud") == true)
        #expect(host.catalog.sector("kebun") == nil)
        #expect(await host.ask(sector: "kebun", [record(1, "baik")]).unavailable == "refused")
        #expect(garden.log.lines.contains { $0.hasPrefix("error: sector refused") && $0.contains(said) })
        await host.stop()
    }

    @Test func `the repair names each value and what may be written`() throws {
        let found = SectorDiscovery.scan(
            ["\(garden.root)/sectors"],
            policy: FolderPolicy(requireRootOwned: false),
            parameters: ["kebun": ["tengat": .integer(5), "aktif": .text("ya"), "luas_kolam_m2": .integer(1)]]
        )
        guard case .failure(let error)? = found.first?.result else {
            Issue.record("accepted")
            return
        }
        #expect(error.code == .parameters)
        let fixes = [
            "in posyandud.yaml write tenggat in place of tengat",
            "set aktif to true or false, or remove it and false holds",
            "remove luas_kolam_m2: what may be set is in 'parameters' of the sector's sector.json",
            "then systemctl restart posyandud",
        ]
        #expect(error.hint == fixes.joined(separator: "; "))
    }

    @Test func `values that fit reach the worker in the parameter's type, the others are defaults`() async throws {
        let host = garden.host {
            $0.parameters = [
                "kebun": ["tenggat": .integer(7), "ambang": .integer(12), "catatan": .integer(42), "cara": .integer(2)]
            ]
        }
        await host.start()
        let answers = try #require(await host.ask(sector: "kebun", [record(1, "parameter")]).answers)
        let told = try #require(answers.first?.fields?["aksi"]?.string)
        let expected: JSONValue = [
            "tenggat": 7, "ambang": 12, "aktif": false, "sejak": "2026-01-01", "catatan": "42", "cara": "2",
        ]
        #expect(try JSONParser.parse(Array(told.utf8)) == expected)
        await host.stop()
    }

    @Test(arguments: [(0, false), (1, true), (3_660, true), (3_661, false), (-5, false)])
    func `a deadline that a parameter sets has working days`(_ days: Int, _ isAccepted: Bool) throws {
        try garden.plant {
            $0.replace(
                #"{"use": "standar"}"#,
                with: #"""
                    {"use": "standar", "deadlines": [{"name": "pelayanan", "from": "didata", "until": "final",
                      "workdays": {"darurat": 1, "default": {"parameter": "tenggat"}}}]}
                    """#
            )
        }
        let found = SectorDiscovery.scan(
            ["\(garden.root)/sectors"],
            policy: FolderPolicy(requireRootOwned: false),
            parameters: ["kebun": ["tenggat": .integer(days)]]
        )
        switch found.first?.result {
        case .success?: #expect(isAccepted)
        case .failure(let error)?:
            #expect(!isAccepted)
            #expect(error.message == "sectors.parameters.kebun.tenggat is \(days), not a whole number from 1 to 3660")
        case nil: Issue.record("not found")
        }
    }

    @Test func `parameters of a sector that is not installed are a warning, and the others run`() async throws {
        let host = garden.host { $0.parameters = ["kebon": ["tenggat": .integer(7)]] }
        await host.start()
        #expect(await host.ask(sector: "kebun", [record(1, "baik")]).answers != nil)
        #expect(await host.status().count == 1)
        let warnings = garden.log.lines.filter { $0.hasPrefix("warning: parameters of a sector that is not installed") }
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("sectors.parameters.kebon") == true)
        await host.stop()
    }

    @Test func `of two folders with one id the first directory's wins, its parameters right or wrong`() throws {
        try garden.plant(directory: "local")
        let found = SectorDiscovery.scan(
            ["\(garden.root)/sectors", "\(garden.root)/local"],
            policy: FolderPolicy(requireRootOwned: false),
            parameters: ["kebun": ["tenggat": .integer(40)]]
        )
        let codes = found.map { sector -> String in
            if case .failure(let error) = sector.result { error.code.name } else { "accepted" }
        }
        #expect(codes == ["parameters", "clash"])
    }
}
