// Takes binary COPY data apart into rows.
// SPDX-License-Identifier: Apache-2.0

/// Reads the binary COPY stream, whatever its chunks, and hands rows on in lots.
struct CopyReader {
    private static let lot = 65_536
    private var pending: [UInt8] = []
    private var hasHeader = false
    private var isAtEnd = false
    private var builder = PostgresRowStorage.Builder()
    private var columns: [PostgresColumn] = []

    /// Adds a chunk; calls `body` for the rows of a full lot.
    mutating func add(_ chunk: UnsafeRawBufferPointer, _ body: (PostgresRow) throws -> Void) throws {
        pending.append(contentsOf: chunk)
        let taken = try pending.withUnsafeBytes { try Self.take($0, &hasHeader, &isAtEnd, &columns, &builder) }
        pending.removeSubrange(..<taken)
        if builder.arena.count >= Self.lot { try flush(body) }
    }

    /// Hands on the rows that wait.
    mutating func flush(_ body: (PostgresRow) throws -> Void) throws {
        guard !builder.cells.isEmpty else { return }
        for row in PostgresRows(builder.take(columns: columns), affected: 0) { try body(row) }
    }

    /// Takes whole rows from the front of `bytes` and gives the number of bytes used.
    private static func take(
        _ bytes: UnsafeRawBufferPointer,
        _ hasHeader: inout Bool,
        _ isAtEnd: inout Bool,
        _ columns: inout [PostgresColumn],
        _ builder: inout PostgresRowStorage.Builder
    ) throws(PostgresError) -> Int {
        var offset = 0
        if !hasHeader {
            guard bytes.count >= 19 else { return 0 }
            let extra = Int(BinaryReader.integer(bytes, Int32.self, at: 15))
            guard bytes.starts(with: Array("PGCOPY\n".utf8)), extra >= 0 else { throw malformed() }
            guard bytes.count >= 19 + extra else { return 0 }
            offset = 19 + extra
            hasHeader = true
        }
        while !isAtEnd, bytes.count - offset >= 2 {
            let count = Int(BinaryReader.integer(bytes, Int16.self, at: offset))
            if count < 0 {
                isAtEnd = true
                return bytes.count
            }
            guard let end = endOfRow(bytes, offset + 2, count) else { return offset }
            if columns.isEmpty {
                columns = (0..<count).map { PostgresColumn(name: "column \($0)", type: PostgresType.untold) }
            }
            guard count == columns.count else { throw malformed() }
            var field = offset + 2
            for _ in 0..<count {
                let length = Int(BinaryReader.integer(bytes, Int32.self, at: field))
                field += 4
                if length < 0 {
                    builder.appendNull()
                } else {
                    builder.append(UnsafeRawBufferPointer(rebasing: bytes[field..<field + length]))
                    field += length
                }
            }
            offset = end
        }
        return offset
    }

    /// Where the row's fields end; nil when they are not all there yet.
    private static func endOfRow(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ count: Int) -> Int? {
        var offset = start
        for _ in 0..<count {
            guard bytes.count - offset >= 4 else { return nil }
            offset += 4 + max(0, Int(BinaryReader.integer(bytes, Int32.self, at: offset)))
            guard offset <= bytes.count else { return nil }
        }
        return offset
    }

    private static func malformed() -> PostgresError {
        PostgresError(
            .decoding,
            "The COPY data of PostgreSQL is not in the binary format.",
            hint: "with (format binary)"
        )
    }
}
