// A running `sipd-standin` without a store, with a room of its own for each destination.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTransfer
import PluginKit
import PostgresTesting

/// Where a stand-in listens, and the secret that all its dialects ask for; enough for another process to speak to it.
struct StandinAddress: Sendable, Codable {
    var port: Int
    var secretFile: String

    func baseURL(_ room: String) -> String { "http://127.0.0.1:\(port)/~\(room)" }
}

/// Ends with `stop`, or with its owner.
final class StandinProcess: Sendable {
    let address: StandinAddress
    private let program: ChildProgram
    private let transfer = HTTPTransfer()

    static let executable = ChildProgram.built("sipd-standin", variable: "SIPD_STANDIN")

    init(_ arguments: [String] = [], storage: [String] = ["--memory"]) async throws {
        let usual = ["--static-bearer", "rahasia", "--poll-delay", "1", "--hang-seconds", "120"]
        program = try ChildProgram(Self.executable ?? "", storage + usual + arguments)
        let line = try await program.line("{\"host\"")
        let secretFile = "/tmp/posyandud-fault-secret-\(UUID().uuidString)"
        address = StandinAddress(
            port: try JSONParser.parse(Array(line.utf8))["port"]?.integer ?? 0,
            secretFile: secretFile
        )
        try Data("rahasia\n".utf8).write(to: URL(filePath: secretFile))
    }

    /// Ends the process as a power cut would, nothing is flushed, and returns when it is gone.
    func stop() {
        program.end()
        try? FileManager.default.removeItem(atPath: address.secretFile)
    }

    deinit { stop() }

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

    /// How many requests of a route the stand-in has acted on, of a ``state(_:)``.
    static func requests(_ state: JSONValue, _ route: String) -> Int {
        (state["permintaan"]?.object?.members ?? []).filter { $0.name.hasPrefix("\(route) ") }
            .reduce(0) { $0 + ($1.value.integer ?? 0) }
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
                url: address.baseURL(room) + path,
                headers: headers,
                body: body.map { Array($0.utf8) },
                timeouts: HTTPTimeouts(connect: .seconds(300), total: .seconds(600)),
                allowHTTP: true
            )
        )
    }
}
