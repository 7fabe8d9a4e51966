// Carries out a fault: instead of acting, or on the answer after acting.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// One fault and the connection that it happens on.
struct FaultAct {
    let fault: Fault
    let wire: Wire
    /// Seconds in `Retry-After` of a 429 or 503 that names none.
    let retryAfter: Int

    // MARK: Instead of acting

    /// The answer that takes the place of acting; `nil` when the request is acted on.
    func instead(_ request: Request) async throws -> Response? {
        for part in fault.parts {
            switch part.kind {
            case .reset: return await wire.reset()
            case .close: return await wire.close()
            case .hang: return try await wire.hang()
            case .resetAfterRead:
                try await drain(request)
                return await wire.reset()
            case .status:
                try await drain(request)
                return status(part).response
            case .html:
                try await drain(request)
                return page(part).response
            case .redirect:
                try await drain(request)
                let to = part.arguments["to"] ?? "https://lain.invalid/v1"
                return Answer(
                    status: part.integer("code", or: 302),
                    type: "text/plain",
                    headers: [("Location", to)],
                    body: Data()
                ).response
            case .garbage:
                try await drain(request)
                try await wire.send(Array("\u{1}\u{2} bukan HTTP \u{3}\r\n\r\n".utf8))
                return await wire.close()
            case .continueThenHang:
                try await drain(request)
                try await wire.send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
                return try await wire.hang()
            case .errorLines:
                try await drain(request)
                return Answer.json(
                    200,
                    .object([
                        "code": .integer(200), "msg": .string("Gagal menyimpan"),
                        "log": .list([.string("ERROR: kesalahan buatan"), .string("ROLLBACK")]),
                    ])
                ).response
            default: continue
            }
        }
        return nil
    }

    private func drain(_ request: Request) async throws { _ = try await request.body.collect(upTo: 64 << 20) }

    private func status(_ part: Fault.Part) -> Answer {
        let code = part.integer("code", or: 503)
        var headers: [(String, String)] = []
        if let seconds = part.arguments["retry-after"] { headers.append(("Retry-After", seconds)) }
        if part.arguments["retry-date"] != nil {
            let date = Date().addingTimeInterval(Double(part.integer("retry-date", or: 1)))
            headers.append(("Retry-After", Self.httpDate(date)))
        }
        if headers.isEmpty, code == 429 || code == 503 { headers.append(("Retry-After", String(retryAfter))) }
        switch part.arguments["body"] {
        case "empty": return Answer(status: code, headers: headers, body: Data())
        case "text": return Answer(status: code, type: "text/plain", headers: headers, body: Data("gangguan".utf8))
        case "html":
            return Answer(status: code, type: "text/html", headers: headers, body: Data("<html>gangguan</html>".utf8))
        default: return .problem(code, "gangguan", "Gangguan buatan", kode: "E-GANGGUAN", headers: headers)
        }
    }

    private func page(_ part: Fault.Part) -> Answer {
        Answer(
            status: part.integer("code", or: 200),
            type: "text/html; charset=utf-8",
            body: Data("<!DOCTYPE html><html><body>Dalam pemeliharaan</body></html>".utf8)
        )
    }

    static func httpDate(_ date: Date) -> String {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "GMT")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return format.string(from: date)
    }

    // MARK: After acting

    func after(_ honest: Answer) async throws -> Response {
        var answer = honest
        for part in fault.parts { change(&answer, part) }
        for part in fault.parts {
            if let response = try await write(answer, part) { return response }
        }
        return answer.response
    }

    /// Other headers or other bytes, well framed.
    private func change(_ answer: inout Answer, _ part: Fault.Part) {
        switch part.kind {
        case .statusAfter: answer = status(part)
        case .htmlAfter: answer = page(part)
        case .empty: answer.body = Data()
        case .noContent: answer = Answer(status: 204, headers: answer.headers, body: Data())
        case .wrongType: answer.type = "text/html"
        case .gzipLie: answer.headers.append(("Content-Encoding", "gzip"))
        case .unknownEncoding: answer.headers.append(("Content-Encoding", "x-lain"))
        case .invalidJSON: answer.body = Data("{\"status\": NaN, }".utf8)
        case .trailing: answer.body.append(Data("}{\"sisa\":1".utf8))
        case .bom: answer.body = Data([0xEF, 0xBB, 0xBF]) + answer.body
        case .utf16: answer.body = Data(answer.body.flatMap { [$0, 0] })
        case .latin1:
            answer.body = Data([UInt8(ascii: "{"), 0x22, 0xE9, 0x22, UInt8(ascii: ":")]) + answer.body + Data([0x7D])
        case .duplicateMember:
            answer.body = Data("{\"status\":\"SELESAI\",".utf8) + answer.body.dropFirst()
        case .set:
            guard var members = Node.read(answer.body)?.object, let name = part.arguments["member"] else { return }
            members[name] =
                part.arguments["number"].flatMap { Int($0) }.map(Node.integer)
                ?? .string(part.arguments["value"] ?? "")
            answer.body = Node.object(members).bytes
        case .drop:
            guard var members = Node.read(answer.body)?.object, let name = part.arguments["member"] else { return }
            members[name] = nil
            answer.body = Node.object(members).bytes
        case .listForm:
            guard let summary = Node.read(answer.body)?["response"], let status = summary["status"] else { return }
            let list: [String: Node] = [
                "responseType": .string("ImportSummaries"), "status": status, "importSummaries": .list([summary]),
            ]
            answer.body = Node.object(list).bytes
        case .huge:
            let size = part.integer("bytes", or: 8 << 20)
            answer.body = Data("{\"isi\":\"".utf8) + Data(repeating: UInt8(ascii: "x"), count: size) + Data("\"}".utf8)
        default: break
        }
    }

    /// No answer, or one that breaks the rules of HTTP; `nil` when the part is none of these.
    private func write(_ answer: Answer, _ part: Fault.Part) async throws -> Response? {
        let body = Array(answer.body)
        let half = body.prefix(body.count / 2)
        switch part.kind {
        case .resetAfter: return await wire.reset()
        case .closeAfter: return await wire.close()
        case .hangAfter: return try await wire.hang()
        case .truncate:
            try await wire.send(Wire.head(answer, ["Content-Length: \(body.count)"]) + half)
            return await wire.close()
        case .longLength:
            try await wire.send(Wire.head(answer, ["Content-Length: \(body.count + 7)"]) + body)
            return await wire.close()
        case .shortLength:
            try await wire.send(Wire.head(answer, ["Content-Length: \(half.count)"]) + body)
            return await wire.close()
        case .cutChunks:
            try await wire.send(chunked(answer, half))
            return await wire.close()
        case .endlessChunks:
            try await wire.send(chunked(answer, body[...]))
            return try await wire.hang()
        case .badChunk:
            try await wire.send(
                Wire.head(answer, ["Transfer-Encoding: chunked"]) + Array("xyz\r\n{}\r\n0\r\n\r\n".utf8)
            )
            return await wire.close()
        case .drip: return try await drip(answer, body, part)
        case .delay:
            try await Task.sleep(for: .milliseconds(part.integer("ms", or: 5)))
            return nil
        case .headerFlood:
            let lines = (0..<2000).map { "X-Banjir-\($0): \(String(repeating: "x", count: 80))" }
            try await wire.send(Wire.head(answer, lines + ["Content-Length: \(body.count)"]) + body)
            return await wire.close()
        case .continueMany:
            for _ in 0..<3 { try await wire.send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) }
            return nil
        case .twoAnswers:
            try await wire.send(Wire.head(answer, ["Content-Length: \(body.count)"]) + body)
            return nil
        default: return nil
        }
    }

    private func chunked(_ answer: Answer, _ bytes: ArraySlice<UInt8>) -> [UInt8] {
        Wire.head(answer, ["Transfer-Encoding: chunked"]) + Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes
            + Array("\r\n".utf8)
    }

    private func drip(_ answer: Answer, _ body: [UInt8], _ part: Fault.Part) async throws -> Response {
        try await wire.send(Wire.head(answer, ["Content-Length: \(body.count)"]))
        let size = max(1, part.integer("bytes", or: 1))
        for start in stride(from: 0, to: body.count, by: size) {
            guard wire.channel.isActive else { break }
            try await wire.send(Array(body[start..<min(start + size, body.count)]))
            try await Task.sleep(for: .milliseconds(part.integer("every-ms", or: 100)))
        }
        return await wire.close()
    }
}
