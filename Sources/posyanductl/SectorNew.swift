// `posyanductl sector new`: the folder of a new sector, which passes the checks as it is.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import PluginConformance
import PluginHost
import PluginKit

struct SectorNew: ParsableCommand {
    enum Program: String, CaseIterable, ExpressibleByArgument {
        case python
    }

    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Writes the folder of a new sector: manifest, fixtures, README.",
        discussion: """
            A sector needs no program as long as its manifest says everything. With --program it gets a worker that \
            answers as the manifest did; in a folder that is there already, --program adds one.
            """
    )

    @Argument(help: "Id of the sector: small letters, digits and _.")
    var id: String

    @Option(help: "Language of its program.")
    var program: Program?

    @Option(help: ArgumentHelp("Where to write (default: a folder named as the sector).", valueName: "dir"))
    var into: String?

    func run() throws {
        try write(Console.standard())
    }

    /// Writes the files.
    func write(_ console: Console) throws {
        let folder = SectorTest.named(into ?? id)
        guard folder == id || folder.hasSuffix("/\(id)") else {
            throw OperatorError("a sector's folder has the name of the sector", hint: "--into \(folder)/\(id)")
        }
        do {
            if program == nil || access("\(folder)/sector.json", F_OK) != 0 {
                try SectorScaffold.write(try SectorScaffold.declarative(id), to: folder, replacing: false)
            }
            if program == .python {
                let manifest = try InputFile("\(folder)/sector.json").read()
                try SectorScaffold.write(try SectorScaffold.python(manifest), to: folder, replacing: true)
            }
        } catch let error as PluginHostError {
            throw OperatorError(error.message, hint: error.hint)
        }
        console.print("\(folder) written. Check it with: posyanductl sector test \(folder)")
    }
}
