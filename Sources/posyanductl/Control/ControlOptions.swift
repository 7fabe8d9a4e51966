// Options that many commands share: where the daemon's socket is, and in which form to answer.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc

/// Where the daemon listens for its operators.
struct ControlOptions: ParsableArguments {
    static let variable = "POSYANDUD_CONTROL_SOCKET"
    static let standardPath = "/run/posyandud/control.sock"

    @Option(
        help: ArgumentHelp(
            "Control socket of the daemon (default: $\(variable), else \(standardPath)).",
            valueName: "path"
        )
    )
    var socket: String?

    var path: String {
        if let socket { return socket }
        if let value = getenv(Self.variable), value[0] != 0 { return String(cString: value) }
        return Self.standardPath
    }
}

/// The form of an answer.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print the daemon's JSON, one line, instead of tables.")
    var json = false
}

/// A command that asks the daemon. Tests run it on a daemon and a console of their own.
protocol OperatorCommand: AsyncParsableCommand {
    var control: ControlOptions { get }

    /// Does the work.
    /// - Throws: ``OperatorError``, or an `ExitCode` when everything has been said already.
    func run(on daemon: ControlClient, _ console: Console) async throws
}

extension OperatorCommand {
    func run() async throws {
        try await run(on: ControlClient(socket: control.path), Console.standard())
    }
}
