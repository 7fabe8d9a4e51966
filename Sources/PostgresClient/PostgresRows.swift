// The rows of a result as Swift values: one arena of bytes, and where each value starts.
// SPDX-License-Identifier: Apache-2.0

/// Name and type OID of a result column.
struct PostgresColumn: Sendable {
    var name: String
    var type: UInt32
}

/// The bytes of several rows, shared by the rows that look into them.
final class PostgresRowStorage: Sendable {
    struct Cell: Sendable {
        var start: Int
        /// -1: null.
        var count: Int
    }

    let columns: [PostgresColumn]
    let cells: [Cell]
    let arena: [UInt8]

    init(columns: [PostgresColumn], cells: [Cell], arena: [UInt8]) {
        self.columns = columns
        self.cells = cells
        self.arena = arena
    }

    static let empty = PostgresRowStorage(columns: [], cells: [], arena: [])

    /// Collects values row by row.
    struct Builder {
        private(set) var cells: [Cell] = []
        private(set) var arena: [UInt8] = []

        mutating func reserve(_ size: (cells: Int, bytes: Int)) {
            cells.reserveCapacity(size.cells)
            arena.reserveCapacity(size.bytes)
        }

        mutating func appendNull() { cells.append(Cell(start: arena.count, count: -1)) }

        mutating func append(_ value: UnsafeRawBufferPointer) {
            cells.append(Cell(start: arena.count, count: value.count))
            arena.append(contentsOf: value)
        }

        /// Hands over what was collected and starts anew.
        mutating func take(columns: [PostgresColumn]) -> PostgresRowStorage {
            defer { self = Builder() }
            return PostgresRowStorage(columns: columns, cells: cells, arena: arena)
        }
    }
}

/// All rows of a statement, and how many rows it affected.
package struct PostgresRows: Sendable, RandomAccessCollection {
    private let storage: PostgresRowStorage
    package let startIndex = 0
    package let endIndex: Int
    /// Rows selected, inserted, changed or deleted.
    package var affected: Int

    init(_ storage: PostgresRowStorage, affected: Int) {
        self.storage = storage
        self.affected = affected
        endIndex = storage.columns.isEmpty ? 0 : storage.cells.count / storage.columns.count
    }

    static let none = PostgresRows(.empty, affected: 0)

    /// Names of the columns, in order.
    package var columnNames: [String] { storage.columns.map(\.name) }

    package subscript(position: Int) -> PostgresRow {
        precondition(position >= 0 && position < endIndex, "row index out of range")
        return PostgresRow(storage: storage, row: position)
    }
}
