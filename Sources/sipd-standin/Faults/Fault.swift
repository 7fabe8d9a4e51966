// What can go wrong with one request: before it is acted on, in what is done with it, or in how it is answered.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// How a request is acted on.
enum Deed: String, Sendable {
    case normal
    /// Acknowledged as ever, and nothing is kept.
    case lose
    /// Kept, but not as it was sent: somebody else changes it after the acknowledgement.
    case tamper
    /// Refused, because the reporting window is closed.
    case closed
    /// Accepted, and its transaction or task never ends.
    case stall
    /// Acted on twice.
    case twice
    /// Accepted with 202 and a place to ask, where the dialect has that.
    case accepted
    /// Answered with 303 and the place of the result, where the dialect has that.
    case seeOther = "see-other"
}

/// A fault of a script, as `status(code=503,retry-after=2)` or `lose+no-content`: parts that happen together.
struct Fault: Sendable, Hashable {
    enum Kind: String, Sendable, CaseIterable {
        // Instead of acting. The body is read, but for `reset` and `close`.
        case status, html, hang, reset, close, garbage, redirect
        case errorLines = "error-lines"
        case continueThenHang = "continue-then-hang"
        // In what is done.
        case lose, tamper, closed, stall, twice, accepted
        case seeOther = "see-other"
        // After acting: no answer, or another one.
        case resetAfter = "reset-after-commit"
        case closeAfter = "close-after-commit"
        case hangAfter = "timeout-after-commit"
        case statusAfter = "status-after-commit"
        case htmlAfter = "html-after-commit"
        case resetAfterRead = "reset-after-read"
        // After acting: the answer with other headers or bytes.
        case empty, set, drop, trailing, bom, utf16, latin1, huge
        case noContent = "no-content"
        case wrongType = "wrong-type"
        case gzipLie = "gzip-lie"
        case unknownEncoding = "unknown-encoding"
        case invalidJSON = "invalid-json"
        case duplicateMember = "duplicate-member"
        case listForm = "list-form"
        // After acting: the answer as no server should write it.
        case truncate, drip, delay
        case cutChunks = "cut-chunks"
        case endlessChunks = "endless-chunks"
        case badChunk = "bad-chunk"
        case longLength = "long-length"
        case shortLength = "short-length"
        case headerFlood = "header-flood"
        case continueMany = "continue-many"
        case twoAnswers = "two-answers"
    }

    struct Part: Sendable, Hashable {
        var kind: Kind
        var arguments: [String: String] = [:]

        func integer(_ name: String, or standard: Int) -> Int { arguments[name].flatMap { Int($0) } ?? standard }
    }

    var parts: [Part]

    var name: String { parts.map(\.kind.rawValue).joined(separator: "+") }

    func part(_ kind: Kind) -> Part? { parts.first { $0.kind == kind } }

    var deed: Deed { parts.lazy.compactMap { Deed(rawValue: $0.kind.rawValue) }.first ?? .normal }

    /// A bare number from 400 to 599 stands for `status(code=…)`.
    init(_ text: String) throws {
        parts = try text.split(separator: "+", omittingEmptySubsequences: false).map { try Self.part(String($0)) }
    }

    private static func part(_ text: String) throws -> Part {
        if let code = Int(text), (400...599).contains(code) { return Part(kind: .status, arguments: ["code": text]) }
        let pieces = text.split(separator: "(", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let kind = Kind(rawValue: pieces[0]) else { throw ValidationError("there is no fault \(pieces[0])") }
        guard pieces.count == 2 else { return Part(kind: kind) }
        guard pieces[1].hasSuffix(")") else { throw ValidationError("\(text) lacks its )") }
        var arguments: [String: String] = [:]
        for pair in pieces[1].dropLast().split(separator: ",") {
            let sides = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard sides.count == 2, known(kind).contains(sides[0]) else {
                throw ValidationError("\(kind.rawValue) has no argument \(pair)")
            }
            arguments[sides[0]] = sides[1]
        }
        return Part(kind: kind, arguments: arguments)
    }

    private static func known(_ kind: Kind) -> Set<String> {
        switch kind {
        case .status, .statusAfter: ["code", "retry-after", "retry-date", "body"]
        case .html, .htmlAfter: ["code"]
        case .redirect: ["code", "to"]
        case .set: ["member", "value", "number"]
        case .drop: ["member"]
        case .huge: ["bytes"]
        case .drip: ["bytes", "every-ms"]
        case .delay: ["ms"]
        default: []
        }
    }
}
