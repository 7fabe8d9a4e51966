// `posyanductl sector test`: the conformance checks of a sector's folder.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import PluginConformance
import PluginHost
import PluginKit

struct SectorTest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Checks a sector's folder, in any language, without daemon and database.",
        discussion: "One line a check. Exit status 1 when a check failed."
    )

    @Argument(help: "The sector's folder.")
    var folder: String

    @Flag(help: "Write the answers and figures of now into the fixtures, for a person to review.")
    var record = false

    @Option(
        help: ArgumentHelp(
            "A folder of installed sectors whose names may not clash; may be given more than once.",
            valueName: "dir"
        )
    )
    var installed: [String] = ["/usr/lib/posyandud/sectors", "/usr/local/lib/posyandud/sectors"]

    @Option(
        help: ArgumentHelp(
            "Folder of sector-run and sector-declarative (default: that of posyanductl, else /usr/lib/posyandud).",
            valueName: "dir"
        )
    )
    var programs: String?

    @Option(help: ArgumentHelp("Code of the kabupaten that the sector is told.", valueName: "code"))
    var region = "33.25"

    func run() throws {
        try test(Console.standard())
    }

    /// Runs the checks, or writes the fixtures.
    func test(_ console: Console) throws {
        let conformance = Conformance(folder: Self.named(folder), options: .init(host: host))
        guard record else {
            let report = conformance.run()
            console.out(Array(report.text.utf8))
            if report.failed > 0 { throw ExitCode.failure }
            return
        }
        do {
            for fixture in try conformance.recorded() {
                try DurableFile.write(fixture.bytes, to: fixture.path)
                console.print("\(fixture.path) written: read it before you keep it")
            }
        } catch let error as PluginHostError {
            throw OperatorError(error.message, hint: error.hint)
        }
    }

    private var host: SectorHostConfiguration {
        let programs = programs ?? Self.programsFolder
        var host = SectorHostConfiguration(
            directories: installed,
            sectorRunProgram: "\(programs)/sector-run",
            declarativeProgram: "\(programs)/sector-declarative",
            region: region,
            daemonVersion: ProgramVersion.text
        )
        host.requireRootOwned = false
        host.allowUnconfined = true
        host.runtimeDirectories.append("/usr/lib/posyandud/lib")
        return host
    }

    /// In a build tree the programs lie beside this one.
    static var programsFolder: String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let program = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if let slash = program.lastIndex(of: "/"), access("\(program[..<slash])/sector-run", X_OK) == 0 {
            return String(program[..<slash])
        }
        return "/usr/lib/posyandud"
    }

    /// A path that ends with the folder's name, also when it was written `.` or with a slash at its end.
    static func named(_ path: String) -> String {
        if let real = realpath(path, nil) {
            defer { free(real) }
            return String(cString: real)
        }
        var path = path
        while path.count > 1, path.last == "/" { path.removeLast() }
        return path
    }
}
