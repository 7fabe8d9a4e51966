// Typed access to the columns of one row.
// SPDX-License-Identifier: Apache-2.0

package import FoundationEssentials

/// One row. Columns are counted from 0; asking for a type the column does not have, or for a value where there is
/// null, throws `.decoding` with the column's name and type, never with its value.
package struct PostgresRow: Sendable {
    let storage: PostgresRowStorage
    let row: Int

    package func isNull(_ column: Int) throws(PostgresError) -> Bool { try cell(column).count < 0 }

    /// int2, int4, int8, oid, and numeric without a fraction (what `sum(bigint)` gives).
    package func int(_ column: Int) throws(PostgresError) -> Int { try present(optionalInt(column), column) }

    package func optionalInt(_ column: Int) throws(PostgresError) -> Int? {
        try read(column) { (bytes, type) in
            switch (type, bytes.count) {
            case (PostgresType.int4, 4), (PostgresType.untold, 4): Int(BinaryReader.integer(bytes, Int32.self))
            case (PostgresType.int8, 8), (PostgresType.untold, 8): Int(BinaryReader.integer(bytes, Int64.self))
            case (PostgresType.int2, 2), (PostgresType.untold, 2): Int(BinaryReader.integer(bytes, Int16.self))
            case (PostgresType.oid, 4): Int(BinaryReader.integer(bytes, UInt32.self))
            case (PostgresType.numeric, _): BinaryReader.integralNumeric(bytes)
            default: nil
            }
        }
    }

    /// text, varchar, char, name, json, jsonb, and types made by migrations (enums).
    package func string(_ column: Int) throws(PostgresError) -> String { try present(optionalString(column), column) }

    package func optionalString(_ column: Int) throws(PostgresError) -> String? {
        try read(column) { (bytes, type) in
            guard let text = BinaryReader.text(bytes, type) else { return nil }
            return String(decoding: text, as: UTF8.self)
        }
    }

    /// bytea, or the UTF-8 of what `string` reads.
    package func bytes(_ column: Int) throws(PostgresError) -> [UInt8] { try present(optionalBytes(column), column) }

    package func optionalBytes(_ column: Int) throws(PostgresError) -> [UInt8]? {
        try read(column) { (bytes, type) in
            if type == PostgresType.bytea { return Array(bytes) }
            return BinaryReader.text(bytes, type).map { Array($0) }
        }
    }

    /// Calls `body` with the bytes of bytea or text, without a copy; null is an empty buffer.
    package func withBytes<Result>(_ column: Int, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        let cell = try cell(column)
        let type = storage.columns[column].type
        return try storage.arena.withUnsafeBytes { arena in
            if cell.count < 0 { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
            let bytes = UnsafeRawBufferPointer(rebasing: arena[cell.start..<cell.start + cell.count])
            if type == PostgresType.bytea { return try body(bytes) }
            guard let text = BinaryReader.text(bytes, type) else { throw mismatch(column) }
            return try body(text)
        }
    }

    package func uuid(_ column: Int) throws(PostgresError) -> UUID { try present(optionalUUID(column), column) }

    package func optionalUUID(_ column: Int) throws(PostgresError) -> UUID? {
        try read(column) { (bytes, type) in
            guard bytes.count == 16, type == PostgresType.uuid || type == PostgresType.untold else { return nil }
            return BinaryReader.uuid(bytes)
        }
    }

    package func bool(_ column: Int) throws(PostgresError) -> Bool { try present(optionalBool(column), column) }

    package func optionalBool(_ column: Int) throws(PostgresError) -> Bool? {
        try read(column) { (bytes, type) in
            guard bytes.count == 1, type == PostgresType.bool || type == PostgresType.untold else { return nil }
            return bytes[0] != 0
        }
    }

    /// Days since 1970-01-01; `Int32.min`/`.max` for -infinity/infinity.
    package func date(_ column: Int) throws(PostgresError) -> Int32 { try present(optionalDate(column), column) }

    package func optionalDate(_ column: Int) throws(PostgresError) -> Int32? {
        try read(column) { (bytes, type) in
            guard bytes.count == 4, type == PostgresType.date || type == PostgresType.untold else { return nil }
            return BinaryReader.date(bytes)
        }
    }

    /// timestamptz in microseconds since 1970-01-01T00:00:00Z; `Int64.min`/`.max` for -infinity/infinity.
    package func timestamp(_ column: Int) throws(PostgresError) -> Int64 {
        try present(optionalTimestamp(column), column)
    }

    package func optionalTimestamp(_ column: Int) throws(PostgresError) -> Int64? {
        try read(column) { (bytes, type) in
            guard bytes.count == 8, type == PostgresType.timestamptz || type == PostgresType.untold else { return nil }
            return BinaryReader.timestamp(bytes)
        }
    }

    /// float8 or float4.
    package func double(_ column: Int) throws(PostgresError) -> Double { try present(optionalDouble(column), column) }

    package func optionalDouble(_ column: Int) throws(PostgresError) -> Double? {
        try read(column) { (bytes, type) in
            switch (type, bytes.count) {
            case (PostgresType.float8, 8), (PostgresType.untold, 8):
                Double(bitPattern: BinaryReader.integer(bytes, UInt64.self))
            case (PostgresType.float4, 4), (PostgresType.untold, 4):
                Double(Float(bitPattern: BinaryReader.integer(bytes, UInt32.self)))
            default: nil
            }
        }
    }

    /// numeric as `mantissa` × 10^-`scale`; throws for NaN, infinity, and what does not fit 64 bits.
    package func numeric(_ column: Int) throws(PostgresError) -> (mantissa: Int64, scale: Int) {
        try present(optionalNumeric(column), column)
    }

    package func optionalNumeric(_ column: Int) throws(PostgresError) -> (mantissa: Int64, scale: Int)? {
        try read(column) { (bytes, type) in
            type == PostgresType.numeric || type == PostgresType.untold ? BinaryReader.numeric(bytes) : nil
        }
    }

    // MARK: Ground

    func cell(_ column: Int) throws(PostgresError) -> PostgresRowStorage.Cell {
        guard column >= 0, column < storage.columns.count else {
            throw PostgresError(.decoding, "The row has no column \(column); it has \(storage.columns.count).")
        }
        return storage.cells[row * storage.columns.count + column]
    }

    /// Decodes a value; nil for null, an error when `decode` gives nil.
    @inline(__always)
    func read<Value>(
        _ column: Int,
        _ decode: (_ bytes: UnsafeRawBufferPointer, _ type: UInt32) -> Value?
    ) throws(PostgresError) -> Value? {
        let cell = try cell(column)
        if cell.count < 0 { return nil }
        let type = storage.columns[column].type
        let value = storage.arena.withUnsafeBytes { arena in
            decode(UnsafeRawBufferPointer(rebasing: arena[cell.start..<cell.start + cell.count]), type)
        }
        guard let value else { throw mismatch(column) }
        return value
    }

    @inline(__always)
    func present<Value>(_ value: Value?, _ column: Int) throws(PostgresError) -> Value {
        guard let value else {
            throw PostgresError(.decoding, "Column \(storage.columns[column].name) is null.")
        }
        return value
    }

    func mismatch(_ column: Int) -> PostgresError {
        let found = storage.columns[column]
        return PostgresError(
            .decoding,
            "Column \(found.name) (type OID \(found.type)) cannot be read as the type asked for."
        )
    }
}
