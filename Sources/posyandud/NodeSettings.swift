// Loads posyandud.yaml and the destination files beside it.
// SPDX-License-Identifier: Apache-2.0
import CivilCalendar
import Destinations
import FoundationEssentials
import HTTPTransfer
import NodeConfiguration
import PluginKit
import Registry

struct NodeSettings: Sendable {
    var node: NodeConfiguration
    var destinations: [DestinationFile]
    /// The basic services for worksheets, by the destination's name.
    var services: [String: [BasicService]]
    /// Working week and holidays, read once at start.
    var calendar: WorkCalendar
    /// The vulnerability formula; nil when none is configured. What it names is checked once the sectors are known.
    var formula: VulnerabilityFormula?

    static func load(path: String, environment: [String: String]) throws -> NodeSettings {
        let credentials = environment["CREDENTIALS_DIRECTORY"]
        let node = try NodeConfiguration.read(
            try text(path),
            file: path,
            environment: environment,
            credentials: credentials
        )
        var destinations: [DestinationFile] = []
        var findings: [ConfigurationFinding] = []
        for file in yamlFiles(node.destinationsFolder) {
            do throws(ConfigurationError) {
                destinations.append(
                    try DestinationFile.read(
                        try text(file),
                        file: file,
                        environment: environment,
                        credentials: credentials
                    )
                )
            } catch {
                findings += error.findings
            }
        }
        for (index, destination) in destinations.enumerated()
        where destinations[..<index].contains(where: { $0.name == destination.name }) {
            findings.append(
                ConfigurationFinding(
                    file: node.destinationsFolder,
                    line: nil,
                    setting: "destination",
                    message: "two files name the destination `\(destination.name)`.",
                    fix: "give each its own name"
                )
            )
        }
        var services: [String: [BasicService]] = [:]
        for destination in destinations where destination.kind == EspmWorksheet.kind {
            let path = destination.options["services_file"] ?? node.referenceFolder + "/spm-services.csv"
            do {
                services[destination.name] = try BasicServiceList.read(try text(path), file: path)
            } catch let error as ConfigurationError {
                findings += error.findings
            }
        }
        var holidays: Set<CivilDate> = []
        do {
            holidays = try days(node.calendar.holidays)
        } catch let error as ConfigurationError {
            findings += error.findings
        }
        var formula: VulnerabilityFormula?
        do {
            formula = try readFormula(node.vulnerabilityFile)
        } catch let error as ConfigurationError {
            findings += error.findings
        }
        guard findings.isEmpty else { throw ConfigurationError(findings: findings) }
        let calendar = WorkCalendar(weekdays: Set(node.calendar.weekdays), holidays: holidays)
        return NodeSettings(
            node: node,
            destinations: destinations,
            services: services,
            calendar: calendar,
            formula: formula
        )
    }

    private static func days(_ path: String) throws -> Set<CivilDate> {
        guard !path.isEmpty else { return [] }
        do {
            return try HolidayList(csv: try text(path)).days
        } catch let problem as HolidayList.Problem {
            throw ConfigurationError(
                findings: problem.findings.map {
                    .init(file: path, line: $0.line, setting: "calendar.holidays", message: $0.message, fix: $0.fix)
                }
            )
        }
    }

    private static func readFormula(_ path: String) throws -> VulnerabilityFormula? {
        guard !path.isEmpty else { return nil }
        let formula = VulnerabilityFormula(try VulnerabilityFile.read(try text(path), file: path))
        // Without manifests: what the file says of itself.
        try formula.check([], file: path)
        return formula
    }

    private static func text(_ path: String) throws(ConfigurationError) -> String {
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw ConfigurationError(findings: [
                ConfigurationFinding(
                    file: path,
                    line: nil,
                    setting: "",
                    message: "the file cannot be read.",
                    fix: "give its right path, and let the daemon's user read it (chmod 644)"
                )
            ])
        }
    }

    private static func yamlFiles(_ folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".yaml") }.sorted().map { folder + "/" + $0 }
    }
}
