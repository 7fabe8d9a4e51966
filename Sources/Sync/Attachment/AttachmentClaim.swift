// What a source signs when it sends a photo or letter, and the answers it may get.
// SPDX-License-Identifier: Apache-2.0
internal import Crypto
package import FoundationEssentials
package import MessageLog

/// The claim of a source that these bytes belong to a record. Signed over exactly 84 bytes:
/// `"POSYAT01" | source (16) | be32 epoch | record (16) | SHA-256 of the bytes (32) | be64 number of bytes`.
package struct AttachmentClaim: Hashable, Sendable {
    package var source: UUID
    package var epoch: Int32
    /// The record, or the record that opened the case.
    package var record: UUID
    package var sha256: [UInt8]
    package var size: Int

    package init(source: UUID, epoch: Int32, record: UUID, sha256: [UInt8], size: Int) {
        self.source = source
        self.epoch = epoch
        self.record = record
        self.sha256 = sha256
        self.size = size
    }

    /// As the headers say it; nil when one is missing or is no such thing.
    /// - Parameters:
    ///   - digest: the last part of the path, 64 small hexadecimal digits.
    ///   - length: `Content-Length`; a body of unknown length is not taken.
    package init?(source: String?, epoch: String?, record: String?, digest: String, length: String?) {
        guard let source = source.flatMap({ UUID(uuidString: $0) }), let epoch = epoch.flatMap({ Int32($0) }),
            epoch >= 1,
            let record = record.flatMap({ UUID(uuidString: $0) }), let sha256 = Hexadecimal.bytes(digest, count: 32),
            let size = length.flatMap({ Int($0) }), size >= 1
        else { return nil }
        self.init(source: source, epoch: epoch, record: record, sha256: sha256, size: size)
    }

    /// The bytes that are signed.
    package var signed: [UInt8] {
        var bytes = Array("POSYAT01".utf8)
        withUnsafeBytes(of: source.uuid) { bytes += $0 }
        withUnsafeBytes(of: epoch.bigEndian) { bytes += $0 }
        withUnsafeBytes(of: record.uuid) { bytes += $0 }
        bytes += sha256
        withUnsafeBytes(of: Int64(size).bigEndian) { bytes += $0 }
        return bytes
    }

    /// Whether the signature was made with the key of (source, epoch).
    /// - Parameters:
    ///   - signature: 128 hexadecimal digits.
    ///   - key: Ed25519 public key, 32 bytes.
    package func isSigned(_ signature: String, by key: [UInt8]) -> Bool {
        guard let bytes = Hexadecimal.bytes(signature, count: 64),
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: key)
        else { return false }
        return key.isValidSignature(bytes, for: signed)
    }
}

/// Why a source may not send anything now, before its claim is looked at.
package enum AttachmentBar: Sendable {
    case unknownSource, unknownEpoch, blocked, revoked, signature

    package var status: Int {
        switch self {
        case .unknownSource: 404
        case .unknownEpoch: 409
        case .blocked: 423
        case .revoked: 403
        case .signature: 401
        }
    }

    package var code: String {
        switch self {
        case .unknownSource: "unknown-source"
        case .unknownEpoch: "unknown-epoch"
        case .blocked: "blocked"
        case .revoked: "revoked"
        case .signature: "signature"
        }
    }
}

extension AttachmentClaim {
    /// Whether the source may send this: it is known and open, and signed the claim. nil when it may.
    package func bar(signature: String, _ directory: SourceDirectory) async throws -> AttachmentBar? {
        guard let status = try await directory.status(of: source) else { return .unknownSource }
        switch status.state {
        case .open: break
        case .blocked: return .blocked
        case .revoked: return .revoked
        }
        switch try await directory.signKey(source: source, epoch: epoch) {
        case .key(let key): return isSigned(signature, by: key) ? nil : .signature
        case .unknownSource: return .unknownSource
        case .unknownEpoch: return .unknownEpoch
        }
    }
}

/// Small hexadecimal digits.
package enum Hexadecimal {
    /// nil for other digits or another number of bytes.
    package static func bytes(_ text: String, count: Int) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count == 2 * count else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let high = nibble(digits[place]), let low = nibble(digits[place + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
