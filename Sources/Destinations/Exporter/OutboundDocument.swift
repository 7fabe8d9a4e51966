// A document for a destination: its natural key, its revision, its frozen bytes.
// SPDX-License-Identifier: Apache-2.0

internal import Crypto
internal import FoundationEssentials

/// What kind of document it is (`jenis`). Part of the natural key.
package struct DocumentKind: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    /// The posyandu of each area, and those of them that are registered.
    package static let registry = DocumentKind(rawValue: "registri-posyandu")
    /// The indicators of the six sectors.
    package static let indicators = DocumentKind(rawValue: "spm-posyandu")
    /// Cases by sector and state.
    package static let cases = DocumentKind(rawValue: "keluhan-spm")
    /// Cadres by sector.
    package static let cadres = DocumentKind(rawValue: "kader")

    /// In the order in which they are planned.
    package static let all = [registry, indicators, cases, cadres]

    package var description: String { rawValue }
}

/// What a destination keeps one current document of.
package struct NaturalKey: Hashable, Sendable {
    /// Four digits, no dot.
    package var kodepemda: String
    /// `2026-11`, `2026-Q4`, `2026`.
    package var period: String
    package var kind: DocumentKind

    package init(kodepemda: String, period: String, kind: DocumentKind) {
        self.kodepemda = kodepemda
        self.period = period
        self.kind = kind
    }
}

/// A document as it goes out. The bytes of a revision never change: a resend sends these.
package struct OutboundDocument: Sendable, Hashable {
    package var key: NaturalKey
    package var revision: Int
    package var bytes: [UInt8]
    /// SHA-256 of the bytes.
    package var digest: [UInt8]

    package var kind: DocumentKind { key.kind }
    package var period: String { key.period }

    /// Freezes the bytes and takes their digest.
    package init(key: NaturalKey, revision: Int, bytes: [UInt8]) {
        self.init(key: key, revision: revision, bytes: bytes, digest: Array(SHA256.hash(data: bytes)))
    }

    /// A document read back from the outbox with the digest it was frozen with.
    init(key: NaturalKey, revision: Int, bytes: [UInt8], digest: [UInt8]) {
        self.key = key
        self.revision = revision
        self.bytes = bytes
        self.digest = digest
    }

    /// The value of `Idempotency-Key`: a UUID made from key, revision and digest, so that every resend has the same.
    package var idempotencyKey: String {
        var hash = SHA256()
        hash.update(data: Array("posyandud/1 \(key.kodepemda)/\(key.period)/\(key.kind)/\(revision) ".utf8))
        hash.update(data: digest)
        var b = Array(hash.finalize().prefix(16))
        b[6] = b[6] & 0x0F | 0x80  // version 8: made by us
        b[8] = b[8] & 0x3F | 0x80
        let identifier = UUID(
            uuid: (
                b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7],
                b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]
            )
        )
        return identifier.uuidString.lowercased()
    }

    /// The value of `Content-Digest` (RFC 9530).
    package var contentDigest: String { "sha-256=:\(Data(digest).base64EncodedString()):" }
}

/// Why a snapshot cannot become documents. Nothing of it was sent or stored.
package struct PlanError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The mapping says `fail` and has no rule for an indicator.
        case unmappedIndicator
        /// Two rows of a document have the same code and area.
        case duplicateRow
        /// A number, code or date that the contract has no place for.
        case unusable
        /// A small count would be shown, or could be worked out.
        case disclosure
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
