// Reads values in PostgreSQL's binary formats; nil for what does not fit.
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

enum BinaryReader {
    /// The caller has checked that the buffer has the size of `Value`.
    @inline(__always)
    static func integer<Value: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: UnsafeRawBufferPointer,
        _ type: Value.Type,
        at offset: Int = 0
    ) -> Value {
        Value(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    /// The UTF-8 of a text-like type; nil for other types.
    static func text(_ bytes: UnsafeRawBufferPointer, _ type: UInt32) -> UnsafeRawBufferPointer? {
        switch type {
        case PostgresType.text, PostgresType.varchar, PostgresType.bpchar, PostgresType.name, PostgresType.char,
            PostgresType.unknown, PostgresType.json, PostgresType.untold:
            bytes
        case PostgresType.jsonb:
            bytes.first == 1 ? UnsafeRawBufferPointer(rebasing: bytes.dropFirst()) : nil
        case PostgresType.firstOfUsers...: bytes
        default: nil
        }
    }

    static func uuid(_ bytes: UnsafeRawBufferPointer) -> UUID {
        UUID(uuid: bytes.loadUnaligned(as: uuid_t.self))
    }

    static func date(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        let days = integer(bytes, Int32.self)
        if days == .min || days == .max { return days }
        let (value, overflow) = days.addingReportingOverflow(BinaryWriter.epochDays)
        return overflow ? .max : value
    }

    static func timestamp(_ bytes: UnsafeRawBufferPointer) -> Int64 {
        let microseconds = integer(bytes, Int64.self)
        if microseconds == .min || microseconds == .max { return microseconds }
        let (value, overflow) = microseconds.addingReportingOverflow(BinaryWriter.epochMicroseconds)
        return overflow ? .max : value
    }

    /// A numeric at its display scale, or with fewer trailing zeros where it would not fit 64 bits; nil for NaN,
    /// infinity and what does not fit at all.
    static func numeric(_ bytes: UnsafeRawBufferPointer) -> (mantissa: Int64, scale: Int)? {
        guard bytes.count >= 8 else { return nil }
        let count = Int(integer(bytes, Int16.self))
        let weight = Int(integer(bytes, Int16.self, at: 2))
        let sign = integer(bytes, UInt16.self, at: 4)
        let displayScale = Int(integer(bytes, Int16.self, at: 6))
        guard count >= 0, bytes.count == 8 + 2 * count, sign == 0 || sign == 0x4000 else { return nil }
        var value: Int128 = 0
        for index in 0..<count {
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10_000)
            if overflow { return nil }
            value = scaled + Int128(integer(bytes, UInt16.self, at: 8 + 2 * index))
        }
        let limit = Int128(Int64.max) + (sign == 0 ? 0 : 1)
        var scale = value == 0 ? displayScale : 4 * (count - weight - 1)
        while scale < displayScale {
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            if overflow || scaled > limit { break }
            value = scaled
            scale += 1
        }
        while scale > displayScale || (value > limit && scale > 0) {
            guard value % 10 == 0 else { return nil }
            value /= 10
            scale -= 1
        }
        while scale < 0 {
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            value = scaled
            scale += 1
        }
        guard let mantissa = Int64(exactly: sign == 0 ? value : -value) else { return nil }
        return (mantissa, scale)
    }

    /// A numeric that is a whole number.
    static func integralNumeric(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard var (mantissa, scale) = numeric(bytes) else { return nil }
        while scale > 0 {
            guard mantissa % 10 == 0 else { return nil }
            mantissa /= 10
            scale -= 1
        }
        return Int(mantissa)
    }

    /// Walks a one-dimensional array; false when it is malformed, has more dimensions, or `element` gave up.
    static func array(
        _ bytes: UnsafeRawBufferPointer,
        count announce: (Int) -> Void,
        element: (_ bytes: UnsafeRawBufferPointer?, _ type: UInt32) -> Bool
    ) -> Bool {
        guard bytes.count >= 12 else { return false }
        let dimensions = integer(bytes, Int32.self)
        let type = integer(bytes, UInt32.self, at: 8)
        if dimensions == 0 { return true }
        guard dimensions == 1, bytes.count >= 20 else { return false }
        let count = Int(integer(bytes, Int32.self, at: 12))
        guard count >= 0, count <= (bytes.count - 20) / 4 else { return false }
        announce(count)
        var offset = 20
        for _ in 0..<count {
            guard bytes.count - offset >= 4 else { return false }
            let length = Int(integer(bytes, Int32.self, at: offset))
            offset += 4
            if length < 0 {
                guard element(nil, type) else { return false }
            } else {
                guard bytes.count - offset >= length else { return false }
                guard element(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length]), type) else {
                    return false
                }
                offset += length
            }
        }
        return true
    }
}
