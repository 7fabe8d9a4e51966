// Speaks the control API: HTTP over the daemon's Unix socket.
// SPDX-License-Identifier: Apache-2.0

import HTTPTransfer
import PluginKit

/// The daemon, as seen from its control socket.
struct ControlClient: Sendable {
    typealias Query = [(name: String, value: String?)]

    /// Largest answer that is taken; a file of rejected rows may be as large as the file that was sent.
    private static let largestAnswer = 512 << 20
    /// Closing a period or a replay may take long, and be silent for long.
    private static let timeouts = HTTPTimeouts(total: .seconds(86_400), lowSpeedBytesPerSecond: 0)

    let socket: String
    private let transfer = HTTPTransfer()

    init(socket: String) { self.socket = socket }

    /// The JSON answer of a read.
    func get(_ path: String, _ query: Query = []) async throws -> JSONValue {
        try Self.json(try await bytes(path, query))
    }

    /// The bytes of an answer, as they are.
    func bytes(_ path: String, _ query: Query = []) async throws -> [UInt8] {
        try await send(request("GET", path, query)).body
    }

    /// The JSON answer of an act.
    func post(_ path: String, _ body: JSONValue = [:]) async throws -> JSONValue {
        let bytes = Array(body.description.utf8)
        return try Self.json(try await send(request("POST", path, [], bytes, type: "application/json")).body)
    }

    /// The bytes that an act with a body answers.
    func postBytes(_ path: String, _ body: JSONValue) async throws -> [UInt8] {
        try await send(request("POST", path, [], Array(body.description.utf8), type: "application/json")).body
    }

    /// The bytes that an act answers.
    func act(_ path: String, _ query: Query) async throws -> [UInt8] {
        try await send(request("POST", path, query, [], type: "application/json")).body
    }

    /// The JSON answer to a file.
    func upload(_ path: String, _ query: Query = [], _ file: [UInt8], type: String) async throws -> JSONValue {
        try Self.json(try await send(request("POST", path, query, file, type: type)).body)
    }

    /// Long work that answers a JSON object a line: hands on every line but the last, which it returns.
    ///
    /// - Throws: ``OperatorError`` when the last line is an error, or when the answer ended without a report.
    func lines(
        _ path: String,
        _ query: Query = [],
        _ file: [UInt8] = [],
        type: String = "application/json",
        each: (JSONValue) -> Void
    ) async throws -> JSONValue {
        var request = request("POST", path, query, file, type: type)
        let (chunks, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        request.onBody = { continuation.yield($0) }
        async let answer = finishing(continuation, request)
        var splitter = LineSplitter()
        var last: JSONValue?
        for await chunk in chunks {
            for line in splitter.take(chunk) {
                guard let value = try? JSONParser.parse(line) else { continue }
                last = value
                if value["report"] == nil, value["error"] == nil { each(value) }
            }
        }
        let rest = splitter.rest
        let status: Int
        switch await answer {
        case .success(let response): status = response.status
        case .failure(let error): throw problem(error)
        }
        if !rest.isEmpty, let value = try? JSONParser.parse(rest) { last = value }
        guard (200..<300).contains(status) else { throw OperatorError(status: status, answer: last) }
        if let last, last["error"] != nil { throw OperatorError(status: status, answer: last) }
        guard let last, let report = last["report"] else { throw Self.brokenOff }
        return report
    }

    private func finishing(
        _ continuation: AsyncStream<[UInt8]>.Continuation,
        _ request: HTTPRequest
    ) async -> Result<HTTPResponse, HTTPTransferError> {
        defer { continuation.finish() }
        do {
            return .success(try await transfer.send(request))
        } catch {
            return .failure(error)
        }
    }

    private func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let response: HTTPResponse
        do {
            response = try await transfer.send(request)
        } catch {
            throw problem(error)
        }
        guard (200..<300).contains(response.status) else {
            throw OperatorError(status: response.status, answer: try? JSONParser.parse(response.body))
        }
        return response
    }

    private func request(
        _ method: String,
        _ path: String,
        _ query: Query,
        _ body: [UInt8]? = nil,
        type: String = ""
    ) -> HTTPRequest {
        HTTPRequest(
            method: method,
            url: "http://localhost/control/v1/\(path)\(Self.text(query))",
            headers: body == nil ? [] : [("Content-Type", type)],
            body: body,
            timeouts: Self.timeouts,
            unixSocketPath: socket,
            maxResponseBytes: Self.largestAnswer
        )
    }

    private func problem(_ error: HTTPTransferError) -> OperatorError {
        if error.phase == .beforeSend, [6, 7].contains(error.curlCode) { return SocketProblem.error(at: socket) }
        if error.phase == .beforeSend {
            return OperatorError("the daemon at \(socket) was not reached: \(error.message)")
        }
        return Self.brokenOff
    }

    private static let brokenOff = OperatorError(
        "the daemon ended the connection before its answer was complete: the work may be done or not",
        hint: "posyanductl status; journalctl -u posyandud --since -5min"
    )

    private static func json(_ bytes: [UInt8]) throws -> JSONValue {
        do {
            return try JSONParser.parse(bytes)
        } catch {
            throw OperatorError("the daemon's answer is not JSON: \(error)", hint: "posyanductl version")
        }
    }

    // MARK: Writing URLs

    /// A value as one part of a path.
    static func segment(_ text: String) -> String { encoded(text) }

    private static func text(_ query: Query) -> String {
        let parts = query.compactMap { name, value in value.map { "\(name)=\(encoded($0))" } }
        return parts.isEmpty ? "" : "?" + parts.joined(separator: "&")
    }

    private static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
