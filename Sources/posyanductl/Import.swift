// `posyanductl import`: master data from CSV files.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginHost
import PluginKit

struct ImportCommand: OperatorCommand {
    enum Kind: String, CaseIterable, ExpressibleByArgument {
        case regions, posyandu, cadres, residents, offices, facilities, decrees, competences, trainings, nomenclature,
            programmes, windows, recap
    }

    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Imports master data from a CSV file.",
        discussion: """
            Either the whole file is kept or nothing of it, unless --skip-bad is given. Complaints name file and line. \
            Exit status 1 when nothing was kept; of a dry run, when there are complaints.

            A list of regions needs --label and --valid-from. A nomenclature of programmes needs --label and, as --year, the \
            first budget year in which it is in force.

            decrees takes every paper of a posyandu (SK, RPJMDesa, matrix), for one posyandu or for all of a desa; \
            competences the skills that cadres have shown, trainings the Bimtek they took part in.

            recap takes monthly sums that a posyandu still keeps on paper, by the column numbers of the printed sheet: \
            it needs --register and --year. They count only where no record does.
            """
    )

    @Argument(help: "What the file holds.")
    var kind: Kind

    @Argument(help: "The CSV file; - is the standard input.")
    var file: String

    @Flag(help: "Check everything, keep nothing.")
    var dryRun = false

    @Flag(help: "Keep the good lines and give back the bad ones.")
    var skipBad = false

    @Option(
        help: ArgumentHelp(
            "Where the bad lines go with --skip-bad: a CSV file with the reasons. It holds personal data and only its "
                + "owner may read it (mode 0600).",
            valueName: "file"
        )
    )
    var rejects: String?

    @Option(
        help: ArgumentHelp("Label of a list of regions or a nomenclature, as 300.2.2-2138/2025.", valueName: "label")
    )
    var label: String?

    @Option(help: ArgumentHelp("First day on which a list of regions is in force.", valueName: "yyyy-mm-dd"))
    var validFrom: String?

    @Option(help: ArgumentHelp("Register of a recap, as sip_7.", valueName: "name"))
    var register: String?

    @Option(help: ArgumentHelp("Sector of the register.", valueName: "id"))
    var sector = "kesehatan"

    @Option(help: ArgumentHelp("Year of a recap; first budget year of a nomenclature.", valueName: "yyyy"))
    var year: Int?

    @Option(
        help: ArgumentHelp(
            "Posyandu of a recap, by UUID or registration number; without it every line names its own.",
            valueName: "id"
        )
    )
    var posyandu: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func validate() throws {
        if dryRun && skipBad { throw ValidationError("--dry-run and --skip-bad exclude each other") }
        if rejects != nil && !skipBad { throw ValidationError("--rejects goes with --skip-bad") }
        if kind == .regions, label == nil || validFrom == nil {
            throw ValidationError("a list of regions needs --label and --valid-from")
        }
        if kind == .recap, register == nil || year == nil {
            throw ValidationError("a recap needs --register and --year")
        }
        if kind == .nomenclature, label == nil || year == nil {
            throw ValidationError("a nomenclature needs --label and --year")
        }
        if kind != .recap, register != nil || posyandu != nil {
            throw ValidationError("--register and --posyandu are for a recap only")
        }
        if kind != .recap, kind != .nomenclature, year != nil {
            throw ValidationError("--year is for a recap or a nomenclature only")
        }
        if kind != .regions, validFrom != nil { throw ValidationError("--valid-from is for regions only") }
        if kind != .regions, kind != .nomenclature, label != nil {
            throw ValidationError("--label is for regions and a nomenclature only")
        }
        if let validFrom, CivilDate(validFrom) == nil {
            throw ValidationError("--valid-from \(validFrom) is not a date: write YYYY-MM-DD")
        }
    }

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let input = InputFile(file)
        let bytes = try input.read()
        let rows = max(0, bytes.count { $0 == UInt8(ascii: "\n") } - (bytes.last == UInt8(ascii: "\n") ? 1 : 0))
        var progress = Progress(console, "import \(kind.rawValue)", unit: "rows", total: rows)
        defer { progress.end() }
        let mode = dryRun ? "dry-run" : skipBad ? "skip-bad" : "all-or-nothing"
        let report = try await send(bytes, mode: mode, to: daemon) { progress.update($0) }
        progress.end()
        if let rejected = report["rejects"]?.string, let rejects {
            try Self.keep(rejected, in: rejects)
        }
        if output.json {
            console.print(Self.withoutPersons(report).description)
        } else {
            console.print(Self.report(report, file: input.name, rejects: rejects))
        }
        let isWell = dryRun ? report["complaints"]?.array?.isEmpty == true : report["committed"]?.bool == true
        if !isWell { throw ExitCode.failure }
    }

    private func send(
        _ bytes: [UInt8],
        mode: String,
        to daemon: ControlClient,
        progress: (Int) -> Void
    ) async throws -> JSONValue {
        if kind == .recap, let register, let year {
            let path = "recaps/\(ControlClient.segment(sector))/\(ControlClient.segment(register))"
            let query: ControlClient.Query = [("mode", mode), ("year", String(year)), ("posyandu", posyandu)]
            let answer = try await daemon.upload(path, query, bytes, type: "text/csv")
            return answer["report"] ?? .null
        }
        return try await daemon.lines(
            "import/\(kind.rawValue)",
            [("mode", mode), ("label", label), ("valid_from", validFrom), ("year", year.map { String($0) })],
            bytes,
            type: "text/csv"
        ) { line in
            if let done = line["progress"]?.integer { progress(done) }
        }
    }

    /// The report for programs: refused lines hold personal data and go to the file of `--rejects` only.
    private static func withoutPersons(_ report: JSONValue) -> JSONValue {
        guard var object = report.object else { return report }
        object["rejects"] = nil
        return .object(object)
    }

    /// Writes the refused lines where only their owner can read them.
    private static func keep(_ lines: String, in path: String) throws {
        do {
            try DurableFile.write(Array(lines.utf8), to: path, mode: 0o600)
        } catch {
            throw OperatorError(
                "\(error.message). The good lines are imported, the refused ones not written",
                hint: "run the import again with another --rejects FILE: good lines are not imported twice"
            )
        }
    }

    /// Complaints and warnings with their lines, then the sentence that sums the import up.
    static func report(_ report: JSONValue, file: String, rejects: String?) -> String {
        var lines = (report["complaints"]?.array ?? []).map { complaint($0, file) }
        let warnings = report["warnings"]?.array ?? []
        lines += warnings.map { "warning: " + complaint($0, file) }
        let more = (report["warning_count"]?.integer ?? warnings.count) - warnings.count
        if more > 0 { lines.append("… and \(more) more warnings") }
        lines.append(Printable.cell(report["summary"]))
        if report["rejects"]?.string != nil {
            lines.append(
                rejects.map { "The refused lines are in \($0). Correct them there and import that file." }
                    ?? "To get the refused lines as a file, run this again with --rejects FILE."
            )
        }
        return lines.joined(separator: "\n")
    }

    /// `FILE:LINE: column: message Fix: …`
    private static func complaint(_ complaint: JSONValue, _ file: String) -> String {
        let column = complaint["column"]?.string.map { "\(Printable.line($0)): " } ?? ""
        return "\(file):\(Printable.cell(complaint["line"])): \(column)\(Printable.cell(complaint["message"])) "
            + "Fix: \(Printable.cell(complaint["fix"]))"
    }
}
