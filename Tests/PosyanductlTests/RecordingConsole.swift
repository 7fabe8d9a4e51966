// A console that keeps what is printed, and a command run on it.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Synchronization
import Testing

@testable import posyanductl

/// What a command printed and how it ended.
struct Outcome {
    var out: String
    var err: String
    /// Nil when it ended well.
    var error: (any Error)?

    var isFailure: Bool { error as? ExitCode == .failure }
    var problem: OperatorError? { error as? OperatorError }
}

/// Runs a command line against a socket.
func run(_ arguments: [String], at socket: String, isInteractive: Bool = false) async throws -> Outcome {
    let out = Bytes()
    let err = Bytes()
    let console = Console(
        out: { out.append($0) },
        err: { err.append($0) },
        isStyled: false,
        isInteractive: isInteractive
    )
    let command = try #require(try Posyanductl.parseAsRoot(arguments) as? any OperatorCommand)
    var outcome = Outcome(out: "", err: "", error: nil)
    do {
        try await command.run(on: ControlClient(socket: socket), console)
    } catch {
        outcome.error = error
    }
    outcome.out = out.text
    outcome.err = err.text
    return outcome
}

/// Runs a command line against a server, which lives as long.
func run(_ arguments: [String], at server: UnixServer, isInteractive: Bool = false) async throws -> Outcome {
    defer { withExtendedLifetime(server) {} }
    return try await run(arguments, at: server.path, isInteractive: isInteractive)
}

final class Bytes: Sendable {
    private let bytes: Mutex<[UInt8]> = Mutex([])

    var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }

    func append(_ more: [UInt8]) { bytes.withLock { $0 += more } }
}
