// One PGresult, freed when it goes out of scope, and what is read from it.
// SPDX-License-Identifier: Apache-2.0

import CLibPQ

/// A result while it is being turned into Swift values; never kept after the call that got it.
struct LibPQResult: ~Copyable {
    private let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit { PQclear(pointer) }

    var status: ExecStatusType { PQresultStatus(pointer) }

    /// Command tag, as `COMMIT` or `INSERT 0 5`.
    var command: String { String(cString: PQcmdStatus(pointer)) }

    /// Rows selected, inserted, changed, deleted or copied; 0 for other commands.
    var affected: Int {
        guard var digit = PQcmdTuples(pointer) else { return 0 }
        var count = 0
        while digit.pointee >= 48, digit.pointee <= 57 {
            count = count &* 10 &+ Int(digit.pointee - 48)
            digit += 1
        }
        return count
    }

    /// A field of an error or notice (`PG_DIAG_…`).
    func diagnostic(_ field: Unicode.Scalar) -> String? {
        PQresultErrorField(pointer, Int32(field.value)).map { String(cString: $0) }
    }

    var columns: [PostgresColumn] {
        (0..<PQnfields(pointer)).map { index in
            PostgresColumn(name: String(cString: PQfname(pointer, index)), type: PQftype(pointer, index))
        }
    }

    var columnCount: Int { Int(PQnfields(pointer)) }

    /// Copies all values into `rows`.
    func copyRows(into rows: inout PostgresRowStorage.Builder) {
        let columns = PQnfields(pointer)
        for row in 0..<PQntuples(pointer) {
            for column in 0..<columns {
                if PQgetisnull(pointer, row, column) != 0 {
                    rows.appendNull()
                } else {
                    let count = Int(PQgetlength(pointer, row, column))
                    rows.append(UnsafeRawBufferPointer(start: PQgetvalue(pointer, row, column), count: count))
                }
            }
        }
    }

    /// Room that `copyRows` needs.
    var size: (cells: Int, bytes: Int) {
        let (rows, columns) = (PQntuples(pointer), PQnfields(pointer))
        var bytes = 0
        for row in 0..<rows {
            for column in 0..<columns { bytes += Int(PQgetlength(pointer, row, column)) }
        }
        return (Int(rows) * Int(columns), bytes)
    }
}
