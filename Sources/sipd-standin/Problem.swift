// Answers of the contract: JSON values and problem documents.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// An answer before it is one of Hummingbird's.
struct Answer: Sendable {
    var status: Int
    var type = "application/json"
    var headers: [(String, String)] = []
    var body: Data

    static func json(_ status: Int, _ value: Node, headers: [(String, String)] = []) -> Answer {
        Answer(status: status, headers: headers, body: value.bytes)
    }

    /// RFC 9457; `type` is the last part of the problem's URL.
    static func problem(
        _ status: Int,
        _ type: String,
        _ title: String,
        kode: String,
        detail: String = "",
        errors: [Finding] = [],
        headers: [(String, String)] = []
    ) -> Answer {
        var members: [String: Node] = [
            "type": .string("https://sipd-standin.invalid/masalah/\(type)"), "title": .string(title),
            "status": .integer(status), "kode": .string(kode),
        ]
        if !detail.isEmpty { members["detail"] = .string(detail) }
        if !errors.isEmpty { members["errors"] = .list(errors.map(\.node)) }
        return Answer(
            status: status,
            type: "application/problem+json",
            headers: headers,
            body: Node.object(members).bytes
        )
    }

    var response: Response {
        var fields = HTTPFields()
        fields[.contentType] = type
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        let status = HTTPResponse.Status(code: status)
        return Response(status: status, headers: fields, body: .init(byteBuffer: ByteBuffer(bytes: body)))
    }
}

extension Finding {
    var node: Node {
        var members: [String: Node] = ["pointer": .string(pointer), "kode": .string(kode), "pesan": .string(pesan)]
        if let indeks { members["indeks"] = .integer(indeks) }
        return .object(members)
    }
}
