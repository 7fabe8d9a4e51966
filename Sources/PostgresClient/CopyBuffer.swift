// Rows for a binary COPY, encoded as they are appended.
// SPDX-License-Identifier: Apache-2.0

package import FoundationEssentials

/// Rows in PostgreSQL's binary COPY format, ready to be sent: `startRow`, then one append for each column, in order.
///
/// The types must be exactly those of the columns: COPY converts nothing. Appending fewer or more columns than
/// declared is a programming error and traps at the next row.
package struct CopyBuffer: Sendable {
    private static let header: [UInt8] = Array("PGCOPY\n".utf8) + [0xff, 0x0d, 0x0a, 0] + [0, 0, 0, 0, 0, 0, 0, 0]

    private var writer = BinaryWriter()
    private let columns: Int
    private var missing = 0
    /// Rows started.
    package private(set) var rows = 0

    /// A buffer for rows of so many columns.
    package init(columns: Int) {
        precondition((1...1600).contains(columns), "a table has 1 to 1,600 columns")
        self.columns = columns
        writer.bytes = Self.header
    }

    /// Bytes that would be sent now.
    package var byteCount: Int { writer.bytes.count }

    package mutating func reserveCapacity(bytes: Int) { writer.bytes.reserveCapacity(bytes) }

    /// Empties the buffer and keeps its memory.
    package mutating func removeAll() {
        writer.bytes.removeSubrange(Self.header.count...)
        (rows, missing) = (0, 0)
    }

    package mutating func startRow() {
        precondition(missing == 0, "the row before has another number of columns than declared")
        writer.raw(Int16(columns))
        missing = columns
        rows += 1
    }

    /// Appends a whole row: `fixed` encodes all columns but the last, which is bytea. For rows of a known shape, which cost
    /// two appends then instead of one or two a column.
    package mutating func appendRow(last: UnsafeRawBufferPointer, _ fixed: (inout FixedColumns) -> Void) {
        precondition(missing == 0, "the row before has another number of columns than declared")
        withUnsafeTemporaryAllocation(byteCount: 2 + 12 * columns, alignment: 8) { room in
            var row = FixedColumns(room, columns: columns - 1)
            row.raw(Int16(columns))
            fixed(&row)
            precondition(row.missing == 0, "the row has another number of columns than declared")
            row.raw(Int32(truncatingIfNeeded: last.count))
            writer.bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: room[..<row.count]))
        }
        writer.bytes.append(contentsOf: last)
        rows += 1
    }

    package mutating func appendNull() {
        missing -= 1
        writer.null()
    }

    package mutating func append(int2 value: Int16) {
        missing -= 1
        writer.field(value)
    }

    package mutating func append(int4 value: Int32) {
        missing -= 1
        writer.field(value)
    }

    package mutating func append(int8 value: Int64) {
        missing -= 1
        writer.field(value)
    }

    package mutating func append(float8 value: Double) {
        missing -= 1
        writer.field(value.bitPattern)
    }

    package mutating func append(bool value: Bool) {
        missing -= 1
        writer.bool(value)
    }

    /// text, varchar, char(n).
    package mutating func append(text value: String) {
        missing -= 1
        writer.text(value)
    }

    /// text, from UTF-8 that the caller has checked.
    package mutating func append(utf8 value: UnsafeRawBufferPointer) {
        missing -= 1
        writer.bytes(value)
    }

    /// bytea.
    package mutating func append(bytes value: UnsafeRawBufferPointer) {
        missing -= 1
        writer.bytes(value)
    }

    /// bytea.
    package mutating func append(bytes value: some Collection<UInt8>) {
        missing -= 1
        let isContiguous: Void? = value.withContiguousStorageIfAvailable { writer.bytes(UnsafeRawBufferPointer($0)) }
        if isContiguous == nil { Array(value).withUnsafeBytes { writer.bytes($0) } }
    }

    package mutating func append(uuid value: UUID) {
        missing -= 1
        writer.uuid(value)
    }

    /// Days since 1970-01-01.
    package mutating func append(date days: Int32) {
        missing -= 1
        writer.date(days)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    package mutating func append(timestamptz microseconds: Int64) {
        missing -= 1
        writer.timestamp(microseconds)
    }

    /// `mantissa` × 10^-`scale`.
    package mutating func append(numeric mantissa: Int64, scale: Int) {
        missing -= 1
        writer.numeric(mantissa, scale)
    }

    /// A JSON text.
    package mutating func append(jsonb value: String) {
        missing -= 1
        writer.jsonb(value)
    }

    package mutating func append(int4Array values: [Int32]) { append(.int4Array(values)) }

    package mutating func append(int8Array values: [Int64]) { append(.int8Array(values)) }

    package mutating func append(numericArray values: [(mantissa: Int64, scale: Int)]) { append(.numericArray(values)) }

    package mutating func append(uuidArray values: [UUID]) { append(.uuidArray(values)) }

    package mutating func append(textArray values: [String]) { append(.textArray(values)) }

    /// Any value a statement takes; the typed appends are faster.
    package mutating func append(_ value: PostgresValue) {
        missing -= 1
        writer.value(value)
    }

    /// Hands the buffer out in chunks of at most 64 KiB, and the end mark last.
    func forEachChunk(_ body: (UnsafeRawBufferPointer) throws(PostgresError) -> Void) throws(PostgresError) {
        precondition(missing == 0, "the last row has another number of columns than declared")
        var start = 0
        while start < writer.bytes.count {
            let end = min(start + 65_536, writer.bytes.count)
            try Self.send(writer.bytes, start..<end, body)
            start = end
        }
        try Self.send([0xff, 0xff], 0..<2, body)
    }

    /// Passes the error on with its type, which `withUnsafeBytes` does not.
    private static func send(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        _ body: (UnsafeRawBufferPointer) throws(PostgresError) -> Void
    ) throws(PostgresError) {
        let failure = bytes.withUnsafeBytes { bytes -> PostgresError? in
            do throws(PostgresError) {
                try body(UnsafeRawBufferPointer(rebasing: bytes[range]))
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }
}

/// Columns of at most eight bytes, encoded one after the other into a room that was made large enough for all of them.
package struct FixedColumns {
    private let room: UnsafeMutableRawBufferPointer
    fileprivate private(set) var count = 0
    fileprivate private(set) var missing: Int

    fileprivate init(_ room: UnsafeMutableRawBufferPointer, columns: Int) {
        self.room = room
        missing = columns
    }

    @inline(__always)
    fileprivate mutating func raw<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        room.storeBytes(of: value.bigEndian, toByteOffset: count, as: Value.self)
        count += MemoryLayout<Value>.size
    }

    @inline(__always)
    private mutating func field<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        precondition(missing > 0, "the row has more columns than declared")
        raw(Int32(MemoryLayout<Value>.size))
        raw(value)
        missing -= 1
    }

    package mutating func append(int2 value: Int16) { field(value) }

    package mutating func append(int4 value: Int32) { field(value) }

    package mutating func append(int8 value: Int64) { field(value) }

    /// Microseconds since 1970-01-01T00:00:00Z.
    package mutating func append(timestamptz microseconds: Int64) {
        field(BinaryWriter.serverTimestamp(microseconds))
    }
}
