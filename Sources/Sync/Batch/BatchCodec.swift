// The bytes of a batch: magic, header, messages, signature.
// SPDX-License-Identifier: Apache-2.0
package import Crypto
package import FoundationEssentials
package import MessageLog

/// `"POSYBT01" | be32 length | header | count × (be32 length | message) | Ed25519 signature (64 B) over all bytes
/// before it`.
package enum BatchCodec {
    package static let magic = Array("POSYBT01".utf8)
    package static let maximumMessages = 500
    package static let maximumBytes = 1 << 20
    package static let signatureBytes = 64
    static let maximumHeaderBytes = 512

    /// A batch whose framing, limits and digest were checked, but not its signature nor its messages.
    package struct Decoded: Sendable {
        package let header: BatchHeader
        package let bytes: [UInt8]
        package let headerRange: Range<Int>
        /// The bytes of every message.
        package let messages: [Range<Int>]
        package let signature: [UInt8]

        /// What the signature signs.
        package var signed: ArraySlice<UInt8> { bytes[..<(bytes.count - BatchCodec.signatureBytes)] }
    }

    /// Reads exactly one batch. Checks in the order of the protocol: length, then digest.
    ///
    /// - Throws: ``BatchProblem`` `.size`, `.malformed`, `.digest`.
    package static func decode(_ bytes: [UInt8]) throws(BatchProblem) -> Decoded {
        let (batch, end) = try decodeFirst(bytes, at: 0)
        guard end == bytes.count else {
            throw BatchProblem(bytes.count > maximumBytes ? .size : .malformed, offset: end)
        }
        return batch
    }

    /// Reads the batch that begins at `start`; ``BatchFile`` walks a concatenation with it.
    static func decodeFirst(_ bytes: [UInt8], at start: Int) throws(BatchProblem) -> (batch: Decoded, end: Int) {
        var reader = ByteReader(bytes, at: start, limit: maximumBytes)
        guard bytes[try reader.take(magic.count)].elementsEqual(magic) else {
            throw BatchProblem(.malformed, offset: start)
        }
        let headerBytes = try reader.taking(lengthUpTo: maximumHeaderBytes)
        let (header, digest) = try BatchHeaderText.parse(bytes[headerBytes], at: headerBytes.lowerBound - start)
        let section = reader.position
        var messages: [Range<Int>] = []
        messages.reserveCapacity(header.count)
        for _ in 0..<header.count {
            messages.append(try reader.taking(lengthUpTo: maximumBytes))
        }
        let sectionEnd = reader.position
        let signature = Array(bytes[try reader.take(signatureBytes)])
        guard sha256(bytes[section..<sectionEnd]) == digest else { throw BatchProblem(.digest) }
        let whole = start == 0 && reader.position == bytes.count
        let batch = Decoded(
            header: header,
            bytes: whole ? bytes : Array(bytes[start..<reader.position]),
            headerRange: headerBytes.shifted(by: -start),
            messages: start == 0 ? messages : messages.map { $0.shifted(by: -start) },
            signature: signature
        )
        return (batch, reader.position)
    }

    /// Makes a signed batch.
    ///
    /// - Throws: ``BatchProblem`` `.size` when a limit is passed; the error of the key otherwise.
    package static func encode(
        source: UUID,
        epoch: Int32,
        first: Int64,
        messages: [[UInt8]],
        key: Curve25519.Signing.PrivateKey
    ) throws -> [UInt8] {
        guard (1...maximumMessages).contains(messages.count), first >= 1, epoch >= 1,
            messages.allSatisfy({ !$0.isEmpty && $0.count <= MessageEnvelope.maximumBytes })
        else { throw BatchProblem(.size) }
        var section: [UInt8] = []
        section.reserveCapacity(messages.reduce(0) { $0 + $1.count + 4 })
        for message in messages {
            section.append(be32: message.count)
            section.append(contentsOf: message)
        }
        let header = BatchHeaderText.make(
            BatchHeader(source: source, epoch: epoch, first: first, count: messages.count),
            digest: sha256(section)
        )
        var bytes = magic
        bytes.reserveCapacity(magic.count + 4 + header.count + section.count + signatureBytes)
        bytes.append(be32: header.count)
        bytes.append(contentsOf: header)
        bytes.append(contentsOf: section)
        guard bytes.count + signatureBytes <= maximumBytes else { throw BatchProblem(.size) }
        bytes.append(contentsOf: try key.signature(for: bytes))
        return bytes
    }
}

/// Bounds-checked reading; everything that ends too early is malformed, everything beyond the limit too large.
private struct ByteReader {
    private let bytes: [UInt8]
    private let start: Int
    private let limit: Int
    private(set) var position: Int

    init(_ bytes: [UInt8], at start: Int, limit: Int) {
        self.bytes = bytes
        self.start = start
        self.limit = limit
        position = start
    }

    mutating func take(_ count: Int) throws(BatchProblem) -> Range<Int> {
        guard position - start + count <= limit else { throw BatchProblem(.size, offset: position - start) }
        guard bytes.count - position >= count else { throw BatchProblem(.malformed, offset: position - start) }
        defer { position += count }
        return position..<(position + count)
    }

    mutating func taking(lengthUpTo maximum: Int) throws(BatchProblem) -> Range<Int> {
        let place = try take(4)
        let length = bytes.withUnsafeBytes {
            Int(UInt32(bigEndian: $0.loadUnaligned(fromByteOffset: place.lowerBound, as: UInt32.self)))
        }
        guard length <= maximum else { throw BatchProblem(.size, offset: position - start) }
        return try take(length)
    }
}

extension Range<Int> {
    fileprivate func shifted(by offset: Int) -> Range<Int> { (lowerBound + offset)..<(upperBound + offset) }
}

extension [UInt8] {
    fileprivate mutating func append(be32 value: Int) {
        Swift.withUnsafeBytes(of: UInt32(value).bigEndian) { append(contentsOf: $0) }
    }
}
