// Runs the conformance checks of one sector folder: any language, no daemon, no database.
// SPDX-License-Identifier: Apache-2.0

package import PluginHost
import PluginKit

/// The checks behind `posyanductl sector test DIR` (`docs/plugins.md` §11). Blocks while it runs; call it from a command line.
package struct Conformance {
    /// Where programs and other sectors are.
    package struct Options: Sendable {
        /// Programs, runtime libraries and limits; its directories are the installed sectors to compare names with.
        package var host: SectorHostConfiguration
        /// How long one batch of a check may take.
        package var batchLimit = Duration.seconds(60)
        /// How long a worker may take to end when it is asked to.
        package var endLimit = Duration.seconds(5)

        package init(host: SectorHostConfiguration) {
            self.host = host
        }
    }

    let folder: String
    let options: Options

    /// - Parameter folder: the sector's folder, `.` too.
    package init(folder: String, options: Options) {
        self.folder = AbsolutePath.of(folder)
        self.options = options
    }

    /// Runs every check that can run.
    package func run() -> ConformanceReport {
        var report = ConformanceReport()
        let sector: VerifiedSector
        do {
            sector = try verified()
        } catch {
            report.add(1, "manifest", .failed(manifestFindings() ?? [error.description]))
            for (number, name) in Self.names.dropFirst() {
                report.add(number, name, .skipped("the manifest has to be right first"))
            }
            return report
        }
        report.add(1, "manifest", manifest(sector))
        report.add(2, "folder", files(sector))
        report.add(3, "workflow", workflow(sector.manifest))
        runWorkerChecks(sector, &report)
        return report
    }

    /// The numbers and names of the checks.
    static let names: [(Int, String)] = [
        (1, "manifest"), (2, "folder"), (3, "workflow"), (4, "initialize"), (5, "fixtures"), (6, "purity"),
        (7, "answers"),
        (8, "figures"), (9, "damage"), (10, "tolerance"), (11, "silence"), (12, "ending"),
    ]

    /// Answers and figures of now for every fixture, as the bytes of its file; a person reviews them.
    /// - Throws: ``PluginHostError`` or `WorkerProbe.Failure`; nothing is written by this function.
    package func recorded() throws -> [(path: String, bytes: [UInt8])] {
        let sector = try verified()
        let conversation = try FixtureRun(sector, options)
        return try conversation.fixtures.map { fixture in
            let answers = try conversation.answers(to: fixture)
            let figures = try conversation.figures(of: fixture, answers)
            return ("\(folder)/fixtures/\(fixture.file)", fixture.recorded(answers, figures))
        }
    }

    private func verified() throws(PluginHostError) -> VerifiedSector {
        try VerifiedSector(folder: folder, policy: FolderPolicy(requireRootOwned: false))
    }

    private func runWorkerChecks(_ sector: VerifiedSector, _ report: inout ConformanceReport) {
        report.add(4, "initialize", initialize(sector))
        let run: FixtureRun
        do {
            run = try FixtureRun(sector, options)
        } catch {
            report.add(5, "fixtures", .failed(["\(error)"]))
            for (number, name) in Self.names.dropFirst(5) {
                report.add(number, name, .skipped("no fixture can be asked"))
            }
            return
        }
        report.add(5, "fixtures", run.fixtureCheck())
        if run.fixtures.isEmpty {
            for (number, name) in Self.names[5..<10] { report.add(number, name, .skipped("there are no fixtures")) }
        } else {
            report.add(6, "purity", run.purityCheck())
            report.add(7, "answers", run.answerCheck())
            report.add(8, "figures", run.figureCheck())
            report.add(9, "damage", run.damageCheck())
            report.add(10, "tolerance", run.toleranceCheck())
        }
        report.add(11, "silence", run.silenceCheck(isConfined: Confinement.isAvailable))
        report.add(12, "ending", ending(sector, run))
    }
}

extension ConformanceReport.Outcome {
    /// Passed when nothing was found.
    static func of(_ findings: [String], _ detail: String) -> Self {
        findings.isEmpty ? .passed(detail) : .failed(findings)
    }
}
