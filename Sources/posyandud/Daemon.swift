// The daemon's command line: check the configuration, or run.
// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CPlatform
import FoundationEssentials
import Glibc
import NodeConfiguration

/// Exit statuses that systemd and operators know.
enum ExitStatus {
    /// The configuration or the computer must be changed by a person; a restart does not help.
    static let refused: Int32 = 78
}

@main
struct Daemon: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "posyandud",
        abstract: "Keeps the canonical Posyandu registry of a kabupaten.",
        discussion: "Runs until SIGTERM. Operators use posyanductl. Exit status 78: a person has to act.",
        version: Version.text
    )

    @Option(name: .shortAndLong, help: "Path of the configuration file.")
    var config = "/etc/posyandud/posyandud.yaml"

    @Flag(help: "Check the configuration and the destination files, name every mistake with its line, and exit.")
    var checkConfig = false

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        // Thirty threads wait for PostgreSQL, libcurl and files: with a heap each the daemon would need half as much memory again.
        cplatform_share_arenas()
        var environment = Self.environment()
        // Whoever checks by hand gets the names that the unit will give; whether the files are there is seen at the start.
        if checkConfig, environment["CREDENTIALS_DIRECTORY"] == nil {
            environment["CREDENTIALS_DIRECTORY"] = "/run/credentials/posyandud.service"
        }
        let settings: NodeSettings
        do {
            settings = try NodeSettings.load(path: config, environment: environment)
        } catch {
            Console.error("\(error)")
            throw ExitCode(ExitStatus.refused)
        }
        if checkConfig {
            print("\(config): ok, \(settings.destinations.count) destinations")
            return
        }
        LogOutput.start(settings.node.log)
        do {
            try await Node.run(settings)
        } catch let refusal as Refusal {
            Console.error("\(refusal)")
            throw ExitCode(ExitStatus.refused)
        }
    }

    private static func environment() -> [String: String] {
        var variables: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            next += 1
        }
        return variables
    }
}

/// Why the daemon does not start, with what to do about it.
struct Refusal: Error, CustomStringConvertible {
    var message: String
    var hint: String

    var description: String { "posyandud: \(message)\nRepair: \(hint)" }
}

enum Console {
    static func error(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        _ = write(2, bytes, bytes.count)
    }
}
