// The conformance checks against good and bad sectors, and the scaffold against the checks.
// SPDX-License-Identifier: Apache-2.0

import Glibc
import PluginHost
import PluginKit
import Testing

@testable import PluginConformance

@Suite struct ConformanceTests {
    private func run(_ folder: String, _ garden: Garden) -> ConformanceReport {
        var host = SectorHostConfiguration(
            directories: [],
            sectorRunProgram: Garden.programs + "/sector-run",
            declarativeProgram: Garden.programs + "/sector-declarative",
            region: "33.25",
            daemonVersion: "test"
        )
        host.startLimit = .seconds(600)
        var options = Conformance.Options(host: host)
        (options.batchLimit, options.endLimit) = (.seconds(600), .seconds(600))
        return Conformance(folder: folder, options: options).run()
    }

    @Test func `a new sector passes, and passes again with a Python worker`() throws {
        let garden = try Garden()
        let folder = "\(garden.root)/sectors/lingkungan"
        let files = try SectorScaffold.declarative("lingkungan")
        try SectorScaffold.write(files, to: folder, replacing: false)
        let first = run(folder, garden)
        #expect(first.failed == 0, "\(first.text)")
        #expect(first.passed == 12)
        #expect(first.text.contains("ok 5 fixtures: 2 files, 3 records\n"))
        #expect(first.text.hasSuffix("12 passed, 0 failed\n"))
        #expect(throws: (any Error).self) { try SectorScaffold.write(files, to: folder, replacing: false) }

        let program = try SectorScaffold.python(Array(garden.read("\(folder)/sector.json").utf8))
        try SectorScaffold.write(program, to: folder, replacing: true)
        let second = run(folder, garden)
        #expect(second.failed == 0, "\(second.text)")
        #expect(second.passed == 12)
    }

    @Test func `a name of the six is not scaffolded`() {
        #expect(throws: (any Error).self) { try SectorScaffold.declarative("linmas") }
        #expect(throws: (any Error).self) { try SectorScaffold.declarative("Lingkungan") }
    }

    @Test func `record writes the answers of now, which then pass`() throws {
        let garden = try Garden()
        let folder = "\(garden.root)/sectors/lingkungan"
        try SectorScaffold.write(try SectorScaffold.declarative("lingkungan"), to: folder, replacing: false)
        let path = "\(folder)/fixtures/catatan.json"
        let text = try garden.read(path)
        try garden.write(text.replacing("\"value\":3", with: "\"value\":2"), to: path)
        let broken = run(folder, garden)
        #expect(broken.failed == 1)
        #expect(
            broken.text.contains(
                "FAILED 5 fixtures\n    catatan.json: 0198f000-0000-7000-8000-000000000001 is answered"
            )
        )

        var host = SectorHostConfiguration(
            directories: [],
            sectorRunProgram: Garden.programs + "/sector-run",
            declarativeProgram: Garden.programs + "/sector-declarative",
            region: "33.25",
            daemonVersion: "test"
        )
        host.startLimit = .seconds(600)
        for file in try Conformance(folder: folder, options: .init(host: host)).recorded() {
            try DurableFile.write(file.bytes, to: file.path)
        }
        #expect(run(folder, garden).failed == 0)
    }

    @Test func `a manifest with faults names each of them and skips the rest`() throws {
        let garden = try Garden()
        let folder = try garden.plant { $0.replace("\"scope\": \"local\"", with: "\"scope\": \"pusat\"") }
        let report = run(folder, garden)
        #expect(report.failed == 1 && report.passed == 0 && report.skipped == 11)
        #expect(report.text.contains("sector.json:1:"))
    }

    @Test func `state between records, noise on stderr and wrong answers are found`() throws {
        let garden = try Garden()
        let folder = "\(garden.root)/sectors/lingkungan"
        try SectorScaffold.write(try SectorScaffold.declarative("lingkungan"), to: folder, replacing: false)
        let program = try SectorScaffold.python(Array(garden.read("\(folder)/sector.json").utf8))
        try SectorScaffold.write(program, to: folder, replacing: true)
        let worker = try garden.read("\(folder)/bin/lingkungan")

        func number(_ change: (String) -> String) throws -> [Int] {
            try garden.write(change(worker), to: "\(folder)/bin/lingkungan", mode: 0o755)
            return run(folder, garden).checks.filter { if case .failed = $0.outcome { true } else { false } }.map(
                \.number
            )
        }
        let counting = try number {
            $0.replacing(
                "    effects = [{\"put\": kept}]",
                with: "    global seen\n    seen = globals().get(\"seen\", 0) + 1\n    kept[\"jumlah\"] = seen\n"
                    + "    effects = [{\"put\": kept}]"
            )
        }
        #expect(counting.contains(6))
        let noisy = try number {
            $0.replacing(
                "    effects = [{\"put\": kept}]",
                with: "    sys.stderr.write(str(payload) + \"\\n\")\n    effects = [{\"put\": kept}]"
            )
        }
        #expect(noisy == [11])
        let foreign = try number { $0.replacing("{\"put\": kept}", with: "{\"put\": {**kept, \"asing\": 1}}") }
        #expect(foreign.contains(7))
        let printing = try number {
            $0.replacing("    effects = [{\"put\": kept}]", with: "    print(1)\n    effects = [{\"put\": kept}]")
        }
        #expect(printing.contains(5))
        let fragile = try number { $0.replacing("payload.get(wanted[\"value\"])", with: "payload[wanted[\"value\"]]") }
        #expect(fragile == [9])
    }

    /// What check 7 finds when the scaffold's Python worker answers with these effects.
    private func answerFindings(_ effects: String, period: String? = nil) throws -> [String] {
        let garden = try Garden()
        let folder = "\(garden.root)/sectors/lingkungan"
        try SectorScaffold.write(try SectorScaffold.declarative("lingkungan"), to: folder, replacing: false)
        let program = try SectorScaffold.python(Array(garden.read("\(folder)/sector.json").utf8))
        try SectorScaffold.write(program, to: folder, replacing: true)
        var worker = try garden.read("\(folder)/bin/lingkungan")
        worker.replace(#"effects = [{"put": kept}]"#, with: "effects = \(effects)")
        if let period { worker.replace(#"period(PERIODS[name], record["date"])"#, with: period) }
        try garden.write(worker, to: "\(folder)/bin/lingkungan", mode: 0o755)
        let check = run(folder, garden).checks.first { $0.number == 7 }
        guard case .failed(let findings)? = check?.outcome else { return [] }
        return findings
    }

    @Test(arguments: [
        (
            #"[{"put": kept}, {"retract": {"record": record["id"]}}]"#,
            "retract cannot be used yet: its record becomes dead"
        ),
        (
            #"[{"put": kept}, {"advance_case": {"case": record["id"], "to": "selesai"}}]"#,
            "advance_case cannot be used yet: its record becomes dead"
        ),
        (#"[{"put": kept}] + [{"raise_task": {"kind": "a", "reason": "b"}}] * 64"#, "effects: more than 64"),
        (#"[{"put": kept}, {"raise_task": {"kind": "a", "reason": "b" * 2001}}]"#, "raise_task: reason is too long"),
        (#"[{"put": kept}, {"put": kept}]"#, "put occurs twice"),
    ])
    func `an answer that would make its record dead is found`(_ effects: String, _ sentence: String) throws {
        let findings = try answerFindings(effects)
        #expect(findings.contains { $0.hasPrefix("catatan.json: ") && $0.contains(sentence) }, "\(findings)")
    }

    @Test func `a contribution to another month than that of the service is found`() throws {
        #expect(try answerFindings(#"[{"put": kept}]"#) == [])
        let findings = try answerFindings(#"[{"put": kept}]"#, period: #""2020-01""#)
        #expect(findings.contains { $0.contains("for a period that does not hold the service date") }, "\(findings)")
    }

    @Test func `parameters of a fixture that cannot hold are found`() throws {
        let garden = try Garden()
        let folder = "\(garden.root)/sectors/lingkungan"
        try SectorScaffold.write(try SectorScaffold.declarative("lingkungan"), to: folder, replacing: false)
        let path = "\(folder)/fixtures/catatan.json"
        let text = try garden.read(path)
        try garden.write(text.replacing(#""records": ["#, with: #""parameters": {"batas": 1}, "records": ["#), to: path)
        let report = run(folder, garden).text
        #expect(report.contains("catatan.json: parameters: batas is not a parameter of lingkungan"), "\(report)")
    }

    @Test func `every check has its number and name once`() throws {
        let garden = try Garden()
        let folder = try garden.plant(worker: "start_exit")
        let report = run(folder, garden)
        #expect(report.checks.map(\.number) == Array(1...12))
        #expect(report.checks.map(\.name) == Conformance.names.map(\.1))
        #expect(report.failed > 0)
    }
}
