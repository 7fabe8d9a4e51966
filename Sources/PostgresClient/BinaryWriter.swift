// Writes values in PostgreSQL's binary formats into one growing buffer.
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// A buffer of values in PostgreSQL's binary formats, each preceded by its be32 length: the shape that array elements
/// and COPY fields share.
struct BinaryWriter: Sendable {
    /// Days from 1970-01-01 to PostgreSQL's epoch, 2000-01-01.
    static let epochDays: Int32 = 10_957
    /// The same in microseconds.
    static let epochMicroseconds: Int64 = 946_684_800_000_000

    var bytes: [UInt8] = []

    @inline(__always)
    mutating func raw<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    @inline(__always)
    mutating func field<Value: FixedWidthInteger>(_ value: Value) {
        raw(Int32(MemoryLayout<Value>.size))
        raw(value)
    }

    mutating func null() { raw(Int32(-1)) }

    mutating func bool(_ value: Bool) { field(value ? UInt8(1) : 0) }

    mutating func text(_ value: String) {
        var value = value
        value.withUTF8 { bytes(UnsafeRawBufferPointer($0)) }
    }

    mutating func bytes(_ value: UnsafeRawBufferPointer) {
        raw(Int32(truncatingIfNeeded: value.count))
        bytes.append(contentsOf: value)
    }

    mutating func uuid(_ value: UUID) {
        raw(Int32(16))
        withUnsafeBytes(of: value.uuid) { bytes.append(contentsOf: $0) }
    }

    mutating func date(_ days: Int32) { field(Self.serverDate(days)) }

    mutating func timestamp(_ microseconds: Int64) { field(Self.serverTimestamp(microseconds)) }

    /// jsonb is its text behind a version byte.
    mutating func jsonb(_ value: String) {
        var value = value
        value.withUTF8 { text in
            raw(Int32(truncatingIfNeeded: text.count + 1))
            bytes.append(1)
            bytes.append(contentsOf: text)
        }
    }

    /// numeric: be16 count of base-10000 digits, weight of the first, sign, display scale, then the digits.
    mutating func numeric(_ mantissa: Int64, _ scale: Int) {
        let padding = ((-scale % 4) + 4) % 4
        var rest = UInt128(mantissa.magnitude)
        for _ in 0..<padding { rest *= 10 }
        var digits: (Int64, Int64, Int64) = (0, 0, 0)  // room for twelve be16 digits; 2^63 × 1000 needs six
        var count = 0
        var lowest = -(scale + padding) / 4
        withUnsafeMutableBytes(of: &digits) { room in
            while rest > 0 {
                let digit = UInt16(rest % 10_000)
                rest /= 10_000
                if count == 0, digit == 0 {
                    lowest += 1
                    continue
                }
                room.storeBytes(of: digit, toByteOffset: count * 2, as: UInt16.self)
                count += 1
            }
        }
        raw(Int32(8 + 2 * count))
        raw(Int16(count))
        raw(Int16(truncatingIfNeeded: count == 0 ? 0 : lowest + count - 1))
        raw(mantissa < 0 ? UInt16(0x4000) : 0)
        raw(Int16(truncatingIfNeeded: max(0, scale)))
        withUnsafeBytes(of: &digits) { room in
            for index in stride(from: count - 1, through: 0, by: -1) {
                raw(room.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
            }
        }
    }

    /// A one-dimensional array field: be32 length, dimensions, null flag, element type, count, lower bound, elements.
    @inline(__always)
    mutating func array<Element>(
        _ elements: [Element],
        _ elementType: UInt32,
        hasNull: Bool = false,
        _ write: (inout BinaryWriter, Element) -> Void
    ) {
        let start = bytes.count
        raw(Int32(0))
        raw(Int32(elements.isEmpty ? 0 : 1))
        raw(Int32(hasNull ? 1 : 0))
        raw(elementType)
        if !elements.isEmpty {
            raw(Int32(truncatingIfNeeded: elements.count))
            raw(Int32(1))
            for element in elements { write(&self, element) }
        }
        let length = Int32(truncatingIfNeeded: bytes.count - start - 4).bigEndian
        bytes.withUnsafeMutableBytes { $0.storeBytes(of: length, toByteOffset: start, as: Int32.self) }
    }

    /// An array with nulls.
    @inline(__always)
    mutating func optionalArray<Element>(
        _ elements: [Element?],
        _ elementType: UInt32,
        _ write: (inout BinaryWriter, Element) -> Void
    ) {
        array(elements, elementType, hasNull: elements.contains { if case nil = $0 { true } else { false } }) {
            writer,
            element in
            if let element { write(&writer, element) } else { writer.null() }
        }
    }

    static func serverDate(_ days: Int32) -> Int32 {
        if days == .max { return .max }
        return days < .min + epochDays ? .min : days - epochDays
    }

    static func serverTimestamp(_ microseconds: Int64) -> Int64 {
        if microseconds == .max { return .max }
        return microseconds < .min + epochMicroseconds ? .min : microseconds - epochMicroseconds
    }
}
