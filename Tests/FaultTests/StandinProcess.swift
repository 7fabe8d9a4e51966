// A running `sipd-standin` without a store, with a room of its own for each destination.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTransfer
import PluginKit

/// Ends with `stop`, or with its owner.
final class StandinProcess: @unchecked Sendable {  // `process` is touched by init, stop and deinit alone
    let port: Int
    /// A file with the secret that every dialect of the stand-in asks for.
    let secretFile: String
    private let process = Process()
    private let transfer = HTTPTransfer()

    /// `SIPD_STANDIN`, or the product beside the test bundle.
    static let executable: String? = {
        let beside = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")).map {
            URL(filePath: $0).deletingLastPathComponent().path() + "sipd-standin"
        }
        return [ProcessInfo.processInfo.environment["SIPD_STANDIN"], beside].compactMap { $0 }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    init(_ arguments: [String] = [], storage: [String] = ["--memory"]) throws {
        let output = Pipe()
        process.executableURL = URL(filePath: Self.executable ?? "")
        process.arguments =
            storage + ["--static-bearer", "rahasia", "--poll-delay", "1", "--hang-seconds", "3"] + arguments
        process.standardOutput = output
        secretFile = "/tmp/posyandud-fault-secret-\(UUID().uuidString)"
        try Data("rahasia\n".utf8).write(to: URL(filePath: secretFile))
        try process.run()
        var line: [UInt8] = []
        while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") {
            line.append(byte)
        }
        port = try JSONParser.parse(line)["port"]?.integer ?? 0
    }

    /// Ends the process as a power cut would, nothing is flushed, and returns when it is gone.
    func stop() {
        Self.end(process)
        try? FileManager.default.removeItem(atPath: secretFile)
    }

    /// Not `waitUntilExit`: it waits for the end of a socket that a child started at the same time may hold too.
    static func end(_ process: Process) {
        let identifier = process.processIdentifier
        Glibc.kill(identifier, SIGKILL)
        for _ in 0..<1000 {
            guard let line = try? String(contentsOfFile: "/proc/\(identifier)/stat", encoding: .utf8) else { return }
            if line.drop(while: { $0 != ")" }).dropFirst(2).first == "Z" { return }
            usleep(2000)
        }
    }

    deinit { stop() }

    func baseURL(_ room: String) -> String { "http://127.0.0.1:\(port)/~\(room)" }

    // MARK: Control

    struct Refused: Error, CustomStringConvertible {
        var description: String
    }

    /// Gives a room a fault script; throws what the stand-in says against it.
    func setFaults(_ room: String, _ script: String) async throws {
        let response = try await call("PUT", room, "/standin/faults", body: script)
        guard response.status == 200 else { throw Refused(description: String(decoding: response.body, as: UTF8.self)) }
    }

    func state(_ room: String) async throws -> JSONValue {
        try JSONParser.parse(try await call("GET", room, "/standin/state").body)
    }

    func call(
        _ method: String,
        _ room: String,
        _ path: String,
        headers: [(name: String, value: String)] = [],
        body: String? = nil
    ) async throws(HTTPTransferError) -> HTTPResponse {
        try await transfer.send(
            HTTPRequest(
                method: method,
                url: baseURL(room) + path,
                headers: headers,
                body: body.map { Array($0.utf8) },
                timeouts: HTTPTimeouts(connect: .seconds(5), total: .seconds(30)),
                allowHTTP: true
            )
        )
    }
}
