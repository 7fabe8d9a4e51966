// Checks 1 to 4 and 12: manifest, folder, workflow, start and end of the worker.
// SPDX-License-Identifier: Apache-2.0

import PluginHost
import PluginKit

extension Conformance {
    /// All faults of the manifest; nil when it is the folder that is wrong.
    func manifestFindings() -> [String]? {
        guard let bytes = try? FileReader.read("\(folder)/sector.json", limit: 1 << 20),
            case .failure(let findings) = Manifest.parse(bytes, file: "sector.json")
        else { return nil }
        return findings.findings.map(\.description)
    }

    func manifest(_ sector: VerifiedSector) -> ConformanceReport.Outcome {
        let manifest = sector.manifest
        var findings: [String] = []
        let installed = SectorDiscovery.scan(options.host.directories, policy: FolderPolicy(requireRootOwned: false))
        for other in installed {
            guard case .success(let other) = other.result, other.id != sector.id else { continue }
            let types = Set(other.manifest.records.map(\.type))
            let indicators = Set(other.manifest.indicators.map(\.name))
            findings += manifest.records.filter { types.contains($0.type) }.map {
                "\($0.type) is already in \(other.id)"
            }
            findings += manifest.indicators.filter { indicators.contains($0.name) }
                .map { "\($0.name) is already in \(other.id)" }
        }
        let fields = manifest.records.reduce(0) { $0 + $1.fields.count }
        return .of(
            findings,
            "\(manifest.id) \(manifest.version), \(manifest.records.count) record types, \(fields) fields, "
                + "\(manifest.indicators.count) indicators"
        )
    }

    func files(_ sector: VerifiedSector) -> ConformanceReport.Outcome {
        var findings: [String] = []
        for file in sector.tree.files {
            let parts = file.path.split(separator: "/")
            let isExpected =
                switch parts.first {
                case "sector.json", "README.md", "sector.sig", "bin": true
                case "tables": parts.count == 2 && file.path.hasSuffix(".csv")
                case "fixtures": parts.count == 2 && file.path.hasSuffix(".json")
                default: false
                }
            if !isExpected { findings.append("\(file.path) is not expected in a sector's folder") }
            if file.isExecutable && parts.first != "bin" { findings.append("\(file.path) is executable: chmod a-x") }
            if file.isWritableByOthers { findings.append("\(file.path) is writable by group or others: chmod go-w") }
        }
        if !sector.tree.files.contains(where: { $0.path == "README.md" }) { findings.append("README.md is missing") }
        let tables = Set(sector.manifest.records.flatMap(\.needs.tables))
        for table in tables.sorted() where !sector.tree.files.contains(where: { $0.path == "tables/\(table).csv" }) {
            findings.append("tables/\(table).csv is asked for by the manifest and missing")
        }
        let signature = sector.signedBy.map { "signed by \($0)" } ?? "not signed by a key known here"
        return .of(findings, "\(sector.tree.files.count) files, \(signature); ownership is decided at installation")
    }

    func workflow(_ manifest: Manifest) -> ConformanceReport.Outcome {
        guard let flow = manifest.workflow, let first = flow.initial else {
            return .skipped("the sector opens no cases")
        }
        var findings: [String] = []
        var reached: Set<String> = [first]
        var open = [first]
        while let state = open.popLast() {
            for move in flow.moves where move.from == state && reached.insert(move.to).inserted { open.append(move.to) }
        }
        for state in flow.states + flow.final where !reached.contains(state) {
            findings.append("\(state) is never reached")
        }
        for state in flow.states where !flow.moves.contains(where: { $0.from == state }) {
            findings.append("no move leads out of \(state)")
        }
        for state in flow.final where flow.moves.contains(where: { $0.from == state }) {
            findings.append("a move leads out of the final state \(state)")
        }
        for move in flow.moves where move.by.isEmpty { findings.append("nobody may move \(move.from) to \(move.to)") }
        for deadline in flow.deadlines where (deadline.workdays.days(manifest.parameterDefaults) ?? 0) <= 0 {
            findings.append("deadline \(deadline.name) has no working days")
        }
        findings += care(flow, manifest)
        for record in manifest.records where record.caseRule != nil && manifest.office(for: record.type) == nil {
            findings.append("\(record.type) opens cases and routing names no office for it")
        }
        for route in manifest.routing where manifest.office(for: route.type) == nil {
            findings.append("\(route.type) has routes for some records and none for the others")
        }
        return .of(findings, "\(flow.states.count + flow.final.count) states, \(flow.deadlines.count) deadlines")
    }

    /// What a flow says of pauses, reopening, rating and escalation.
    private func care(_ flow: Manifest.Workflow, _ manifest: Manifest) -> [String] {
        var findings: [String] = []
        for priority in Priority.allCases {
            for deadline in flow.deadlines
            where (deadline.workdays.days(manifest.parameterDefaults, priority: priority) ?? 0) <= 0 {
                findings.append("deadline \(deadline.name) has no working days for priority \(priority.rawValue)")
            }
        }
        if flow.escalation.isEmpty, flow.deadlines.contains(where: \.escalates) {
            findings.append("a deadline escalates and nobody is to be told")
        }
        for pause in flow.pauses where pause.by.isEmpty { findings.append("nobody may pause for \(pause.code)") }
        if let reopening = flow.reopening {
            if !flow.states.contains(reopening.to) { findings.append("a case is opened again into \(reopening.to)") }
            for state in reopening.from where !flow.isFinal(state) {
                findings.append("a case is opened again from \(state), which is not final")
            }
        }
        for state in flow.rating?.from ?? [] where !flow.isFinal(state) {
            findings.append("a case is rated in \(state), which is not final")
        }
        return findings
    }

    func initialize(_ sector: VerifiedSector) -> ConformanceReport.Outcome {
        var findings: [String] = []
        do {
            let probe = try WorkerProbe(sector, options.host)
            let reply = try probe.initialize(limit: options.host.startLimit)
            guard case .initialized(let initialized) = reply else {
                return .failed(["initialize is answered by \(reply)"])
            }
            if initialized.wireProtocol != Wire.version {
                findings.append("it chose protocol \(initialized.wireProtocol)")
            }
            let declared = Set(sector.manifest.records.map(\.type))
            let answered = Set(initialized.types)
            findings += declared.subtracting(answered).sorted().map { "\($0) has no handler" }
            findings += answered.subtracting(declared).sorted().map { "\($0) is not in the manifest" }
            probe.finish()

            let stranger = try WorkerProbe(sector, options.host)
            let line = Array(#"{"initialize":{"protocols":[9999],"manifest":{}}}"#.utf8) + [0x0a]
            if case .error = try stranger.send(line: line, limit: options.host.startLimit) {
                stranger.finish()
            } else {
                findings.append("an unknown protocol is not answered by an error line")
            }
        } catch {
            findings.append("\(error)")
        }
        return .of(findings, "\(sector.manifest.records.count) types, unknown protocol refused")
    }

    func ending(_ sector: VerifiedSector, _ run: FixtureRun) -> ConformanceReport.Outcome {
        var findings: [String] = []
        for how in WorkerProbe.Ending.allCases {
            do {
                let probe = try WorkerProbe(sector, options.host)
                _ = try probe.initialize(limit: options.host.startLimit)
                if !probe.end(how, limit: options.endLimit) {
                    findings.append("still there \(options.endLimit.components.seconds) s after \(how.rawValue)")
                }
            } catch {
                findings.append("\(how.rawValue): \(error)")
            }
        }
        let cost = run.cost()
        if cost.peakKiB > sector.manifest.limits.memoryMiB << 10 {
            findings.append("peak memory \(cost.peakKiB) KiB is beyond the manifest's limit")
        }
        return .of(
            findings,
            "start \(cost.startMilliseconds) ms, \(cost.microsecondsPerRecord) µs a record, peak \(cost.peakKiB) KiB"
        )
    }
}
