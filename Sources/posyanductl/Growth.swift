// `posyanductl growth`: z-scores of a whole file of children, without daemon and database.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import Growth
import PluginKit

struct GrowthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "growth",
        abstract: "Adds WHO z-scores and the classes of Permenkes 2/2020 to a CSV file; needs no daemon.",
        discussion: """
            Reads the columns sex (1/2, L/P, M/F), birth_date and date (YYYY-MM-DD, DD/MM/YYYY) or age_days, weight_kg, \
            height_cm, measure (l, h or empty), oedema (y, n or empty), head_cm, muac_cm, in any order. All other columns \
            pass through untouched. Behind them it adds clenhei (length or height after correction), bbu, tbu, bbtb, imtu, \
            lku, lilau with two decimals, empty where missing; flags (the scores that are implausible, separated by \
            blanks); the classes; and stunting, wasting, underweight (1, 0 or empty).

            The separator is that of the header, comma or semicolon; with semicolons a decimal comma is understood. A row \
            with a cell that cannot be used passes through with empty results, and line, column and remedy are said on \
            the standard error.

            Exit status: 0 every row was in order; 1 some row was not, or the file could not be read; 64 the command line \
            is wrong.
            """
    )

    @Option(help: ArgumentHelp("The file to read; - is the standard input.", valueName: "in"))
    var csv = "-"

    @Option(help: ArgumentHelp("The file to write; - is the standard output.", valueName: "out"))
    var out = "-"

    @Option(
        help: ArgumentHelp(
            "Folder of the WHO tables (default: those of the installed sector kesehatan, else of the build).",
            valueName: "dir"
        )
    )
    var tables: String?

    func run() throws { try run(Console.standard()) }

    func run(_ console: Console) throws {
        let appraisal = try GrowthFolder.appraisal(tables)
        let source = InputFile(csv)
        let output = try GrowthOutput(out, console)
        var file = GrowthFile(source.name, appraisal)
        do {
            try source.stream { piece, isLast in
                var rows: [UInt8] = []
                rows.reserveCapacity(piece.count * 2)
                var complaints: [UInt8] = []
                defer { if !complaints.isEmpty { console.err(complaints) } }
                try file.take(piece, isLast: isLast, out: &rows, complaints: &complaints)
                try output.write(rows)
            }
            try output.finish()
        } catch {
            output.discard()
            throw error
        }
        console.note("growth: \(file.rows) rows, \(file.badRows) of them with complaints")
        if file.badRows > 0 { throw ExitCode.failure }
    }
}

/// Finds the reference tables of the sector `kesehatan`.
enum GrowthFolder {
    /// Folders to look in: installed sectors, and the places of a build tree.
    private static var candidates: [String] {
        let programs = SectorTest.programsFolder
        return [
            "/usr/lib/posyandud/sectors/kesehatan/tables", "/usr/local/lib/posyandud/sectors/kesehatan/tables",
            "\(programs)/../sectors/kesehatan/tables", "Plugins/Kesehatan/tables",
        ]
    }

    /// - Throws: ``OperatorError`` when there are no tables, or one cannot be read.
    static func appraisal(_ folder: String?) throws(OperatorError) -> GrowthAppraisal {
        guard let folder = folder ?? candidates.first(where: { access("\($0)/kategori_gizi.csv", R_OK) == 0 }) else {
            throw OperatorError("the WHO tables are not found", hint: "posyanductl growth --tables DIR")
        }
        do {
            return GrowthAppraisal(
                tables: try GrowthTables { name throws(SetupError) in
                    try FileReader.read("\(folder)/\(name).csv", limit: Table.maximumBytes)
                },
                categories: try NutritionCategories(
                    Table(
                        csv: FileReader.read("\(folder)/kategori_gizi.csv", limit: Table.maximumBytes),
                        name: "kategori_gizi.csv"
                    )
                )
            )
        } catch {
            throw OperatorError(
                error.message,
                hint: "--tables is a folder like /usr/lib/posyandud/sectors/kesehatan/tables"
            )
        }
    }
}
