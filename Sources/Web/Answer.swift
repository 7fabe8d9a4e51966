// Builds HTTP answers from JSON values and errors.
// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird
import MessageLog
import NIOCore
import PluginHost
import PluginKit
import PostgresClient
import Registers
import Registry

/// An error that a caller of the control API sees.
struct ControlError: Error {
    var status: HTTPResponse.Status
    var code: String
    var message: String
    var hint: String?

    static func badRequest(_ message: String, hint: String? = nil) -> ControlError {
        ControlError(status: .badRequest, code: "request", message: message, hint: hint)
    }

    static func notFound(_ message: String) -> ControlError {
        ControlError(status: .notFound, code: "not-found", message: message)
    }

    /// What a caller may know of any error: codes and sentences that quote no record.
    init(_ error: any Error) {
        switch error {
        case let error as ControlError: self = error
        case let error as RegisterError:
            self.init(status: .unprocessableContent, code: "register", message: error.message, hint: error.hint)
        case let error as RegistryError:
            self.init(status: .unprocessableContent, code: "registry", message: error.message, hint: error.hint)
        case let error as PluginHostError:
            self.init(status: .unprocessableContent, code: "sector", message: error.message, hint: error.hint)
        case let error as MessageLogError:
            self.init(status: .conflict, code: "log", message: error.description)
        case let error as PostgresError:
            self.init(status: .serviceUnavailable, code: "database", message: error.message, hint: error.hint)
        default:
            self.init(status: .internalServerError, code: "internal", message: "\(error)")
        }
    }

    init(status: HTTPResponse.Status, code: String, message: String, hint: String? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.hint = hint
    }

    var json: JSONValue {
        var members: JSONObject = ["code": .string(code), "message": .string(message)]
        if let hint { members["hint"] = .string(hint) }
        return ["error": .object(members)]
    }
}

enum Answer {
    static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
        var writer = JSONWriter()
        writer.value(value)
        return bytes(writer.bytes, type: "application/json", status: status)
    }

    static func bytes(_ bytes: [UInt8], type: String, status: HTTPResponse.Status = .ok) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = type
        headers[.cacheControl] = "no-store"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    static func text(_ text: String, type: String = "text/plain; charset=utf-8", status: HTTPResponse.Status = .ok)
        -> Response
    {
        bytes(Array(text.utf8), type: type, status: status)
    }

    /// One JSON object a line while the work goes on; an error becomes the last line.
    static func lines(_ work: @escaping @Sendable (LineSink) async throws -> JSONValue) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = "application/x-ndjson"
        let (stream, continuation) = AsyncStream.makeStream(of: JSONValue.self, bufferingPolicy: .bufferingNewest(16))
        let body = ResponseBody { writer in
            try await withThrowingTaskGroup(of: JSONValue.self) { group in
                group.addTask {
                    defer { continuation.finish() }
                    do {
                        return try await work(LineSink(continuation: continuation))
                    } catch {
                        return ControlError(error).json
                    }
                }
                for await line in stream { try await writer.write(Self.line(line)) }
                if let last = try await group.next() { try await writer.write(Self.line(last)) }
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    private static func line(_ value: JSONValue) -> ByteBuffer {
        var writer = JSONWriter()
        writer.value(value)
        writer.newline()
        return ByteBuffer(bytes: writer.bytes)
    }
}

/// Where long work says how far it is; lines that nobody can take in time are dropped.
struct LineSink: Sendable {
    let continuation: AsyncStream<JSONValue>.Continuation

    func write(_ value: JSONValue) { continuation.yield(value) }
}

extension JSONValue {
    static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
    static func optional(_ number: Int?) -> JSONValue { number.map { .number(JSONNumber($0)) } ?? .null }
    static func int(_ number: some BinaryInteger) -> JSONValue { .number(JSONNumber(Int(number))) }
}
