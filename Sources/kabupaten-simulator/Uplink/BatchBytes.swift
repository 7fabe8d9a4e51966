// The bytes of a signed batch, written from the protocol's description.
// SPDX-License-Identifier: Apache-2.0
import Crypto
import FoundationEssentials

/// `"POSYBT01" | be32 length | header | count x (be32 length | message) | Ed25519 signature`.
enum BatchBytes {
    static let mostMessages = 500
    static let mostBytes = 1 << 20

    static func make(
        source: UUID,
        epoch: Int,
        first: Int,
        messages: ArraySlice<StreamMessage>,
        key: Curve25519.Signing.PrivateKey
    ) throws -> [UInt8] {
        var section: [UInt8] = []
        section.reserveCapacity(messages.reduce(0) { $0 + $1.bytes.count + 4 })
        for message in messages {
            append(length: message.bytes.count, to: &section)
            section += message.bytes
        }
        var header = JSONText()
        header.open("{")
        header.member("source", source.text)
        header.member("epoch", epoch)
        header.member("first", first)
        header.member("count", messages.count)
        header.member("schema", 1)
        header.member("digest", "sha-256:" + hex(SHA256.hash(data: section)))
        header.close("}")
        var bytes = Array("POSYBT01".utf8)
        append(length: header.bytes.count, to: &bytes)
        bytes += header.bytes
        bytes += section
        bytes += try key.signature(for: bytes)
        return bytes
    }

    private static func append(length: Int, to bytes: inout [UInt8]) {
        for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: length >> shift)) }
    }

    /// Lower-case hexadecimal.
    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }

    /// Bytes of hexadecimal text; nil when it is none.
    static func bytes(hex text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[place...(place + 1)], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        return bytes
    }
}
