// The bytes of a column as the server sent them, for copies that do not look at values.
// SPDX-License-Identifier: Apache-2.0

extension PostgresRow {
    package var columnCount: Int { storage.columns.count }

    /// Appends every column of the row, as it is, to a buffer of the same columns.
    package func copy(to buffer: inout CopyBuffer) throws(PostgresError) {
        buffer.startRow()
        for column in 0..<columnCount {
            let cell = try cell(column)
            if cell.count < 0 {
                buffer.appendNull()
            } else {
                storage.arena.withUnsafeBytes { arena in
                    buffer.append(bytes: UnsafeRawBufferPointer(rebasing: arena[cell.start..<cell.start + cell.count]))
                }
            }
        }
    }
}
