// Processes that the tests of this room talk to: the stand-in, nginx, the validating proxy.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTransfer
import PluginKit

struct PeerError: Error, CustomStringConvertible {
    var description: String
}

/// A process in a folder; ends with `stop`, or with its owner.
final class Program: @unchecked Sendable {  // `process` is touched by init, stop and deinit alone
    private let process = Process()
    private let output = Pipe()

    init(_ path: String, _ arguments: [String], folder: String, environment: [String: String] = [:]) throws {
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: folder)
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = output
        _ = FileManager.default.createFile(atPath: "\(folder)/stderr", contents: nil)
        process.standardError = FileHandle(forWritingAtPath: "\(folder)/stderr")
        try process.run()
    }

    /// The next line that it prints; what there is of one when it ends.
    func line() throws -> String {
        var bytes: [UInt8] = []
        while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") {
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Not `waitUntilExit`: it waits for the end of a socket that a child started at the same time may hold too.
    func stop() {
        kill(process.processIdentifier, SIGTERM)
        for attempt in 0..<1000 {
            guard let line = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8),
                line.drop(while: { $0 != ")" }).dropFirst(2).first != "Z"
            else { return }
            if attempt == 500 { kill(process.processIdentifier, SIGKILL) }
            usleep(2000)
        }
    }

    deinit { stop() }

    /// Runs a script of `sh` in a folder to its end; throws what it printed when it fails.
    static func run(_ script: String, folder: String) throws {
        let program = try Program("/bin/sh", ["-c", "(\(script)) >script.log 2>&1 && echo done"], folder: folder)
        guard try program.line() == "done" else {
            throw PeerError(description: (try? String(contentsOfFile: "\(folder)/script.log", encoding: .utf8)) ?? "")
        }
    }
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
    private let program: Program
    private let transfer = HTTPTransfer()

    static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    /// `SIPD_STANDIN`, or the product beside the test bundle.
    static let executable: String? = {
        let beside = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")).map {
            URL(filePath: $0).deletingLastPathComponent().path() + "sipd-standin"
        }
        return [ProcessInfo.processInfo.environment["SIPD_STANDIN"], beside].compactMap { $0 }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    init(_ arguments: [String] = []) throws {
        folder = try Folder()
        secretFile = try folder.write("rahasia\n", "secret")
        program = try Program(
            Self.executable ?? "",
            ["--memory", "--static-bearer", "rahasia"] + arguments,
            folder: folder.path
        )
        port = try JSONParser.parse(Array(try program.line().utf8))["port"]?.integer ?? 0
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
