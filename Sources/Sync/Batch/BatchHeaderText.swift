// The header of a batch as JSON: six members, in one order, nothing else.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import MessageLog
import PluginKit

/// `{"source":"…","epoch":7,"first":1201,"count":50,"schema":1,"digest":"sha-256:<hex>"}`.
enum BatchHeaderText {
    private static let digestPrefix = "sha-256:"
    private static let schema = 1

    /// - Parameter offset: where the header begins, for the error.
    static func parse(
        _ bytes: ArraySlice<UInt8>,
        at offset: Int
    ) throws(BatchProblem) -> (header: BatchHeader, digest: [UInt8]) {
        let parsed: (BatchHeader, [UInt8])? = bytes.withUnsafeBytes { buffer in
            guard let members = try? JSONScanner.members(of: buffer, maximumDepth: 1), members.members.count == 6,
                members.matches(members.members[0].name, "source"),
                members.matches(members.members[1].name, "epoch"),
                members.matches(members.members[2].name, "first"),
                members.matches(members.members[3].name, "count"),
                members.matches(members.members[4].name, "schema"),
                members.matches(members.members[5].name, "digest"),
                let source = members["source"].flatMap(unquoted).flatMap({ UUID(hex: $0) }),
                let epoch = members.integer("epoch"), epoch >= 1, epoch <= Int(Int32.max),
                let first = members.integer("first"), first >= 1, first <= Int.max >> 8,
                let count = members.integer("count"), (1...BatchCodec.maximumMessages).contains(count),
                members.integer("schema") == schema,
                let digest = members["digest"].flatMap(unquoted).flatMap(digest)
            else { return nil }
            return (BatchHeader(source: source, epoch: Int32(epoch), first: Int64(first), count: count), digest)
        }
        guard let parsed else { throw BatchProblem(.malformed, offset: offset) }
        return parsed
    }

    static func make(_ header: BatchHeader, digest: [UInt8]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("source")
        writer.string(header.source.uuidString.lowercased())
        writer.name("epoch")
        writer.integer(Int(header.epoch))
        writer.name("first")
        writer.integer(Int(header.first))
        writer.name("count")
        writer.integer(header.count)
        writer.name("schema")
        writer.integer(schema)
        writer.name("digest")
        writer.string(digestPrefix + hex(digest))
        writer.endObject()
        return writer.bytes
    }

    /// The bytes between the quotes; neither member of a right header has escapes.
    private static func unquoted(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard value.count >= 2, value.first == UInt8(ascii: "\"") else { return nil }
        return UnsafeRawBufferPointer(rebasing: value[1..<(value.count - 1)])
    }

    private static func digest(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        let start = digestPrefix.utf8.count
        guard text.count == start + 64, text[..<start].elementsEqual(digestPrefix.utf8) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        for index in stride(from: start, to: text.count, by: 2) {
            guard let high = value(text[index]), let low = value(text[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}

/// Lower-case hexadecimal.
package func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}
