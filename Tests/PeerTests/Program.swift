// What the tests of this room need around a peer: a folder that goes with its owner, and the stand-in.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTransfer
import PluginKit
import PostgresTesting

struct PeerError: Error, CustomStringConvertible {
    var description: String
}

/// A folder of one test, gone with its owner.
final class Folder: Sendable {
    let path: String

    init() throws {
        path = "/tmp/posyandud-peer-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func write(_ text: String, _ name: String) throws -> String {
        try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
        return "\(path)/\(name)"
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// The stand-in in memory; `secretFile` holds the secret that it takes as client secret and as token.
final class Standin: Sendable {
    let folder: Folder
    let port: Int
    let secretFile: String
    private let program: ChildProgram
    private let transfer = HTTPTransfer()

    static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    static let executable = ChildProgram.built("sipd-standin", variable: "SIPD_STANDIN")

    init(_ arguments: [String] = []) async throws {
        folder = try Folder()
        secretFile = try folder.write("rahasia\n", "secret")
        program = try ChildProgram(Self.executable ?? "", ["--memory", "--static-bearer", "rahasia"] + arguments)
        let line = try await program.line("{\"host\"")
        port = try JSONParser.parse(Array(line.utf8))["port"]?.integer ?? 0
    }

    func control(_ method: String, _ room: String, _ path: String, body: String? = nil) async throws -> JSONValue {
        let response = try await transfer.send(
            HTTPRequest(
                method: method,
                url: "http://127.0.0.1:\(port)/~\(room)/standin/\(path)",
                body: body.map { Array($0.utf8) },
                allowHTTP: true
            )
        )
        guard response.status == 200 else {
            throw PeerError(description: String(decoding: response.body, as: UTF8.self))
        }
        return try JSONParser.parse(response.body)
    }

    /// How often each document that a room holds took effect, by its key.
    func effects(_ room: String) async throws -> [String: Int] {
        let held = try await control("GET", room, "state")["rekap"]?.array ?? []
        return Dictionary(
            uniqueKeysWithValues: held.map { ($0["kunci"]?.string ?? "", $0["efek"]?.integer ?? 0) }
        )
    }
}
