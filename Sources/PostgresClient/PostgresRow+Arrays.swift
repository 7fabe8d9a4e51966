// Typed access to array columns of one row.
// SPDX-License-Identifier: Apache-2.0

package import FoundationEssentials

extension PostgresRow {
    /// int2[], int4[] or int8[] without nulls.
    package func intArray(_ column: Int) throws(PostgresError) -> [Int] {
        try elements(column) { bytes, type in
            switch (type, bytes.count) {
            case (PostgresType.int4, 4): Int(BinaryReader.integer(bytes, Int32.self))
            case (PostgresType.int8, 8): Int(BinaryReader.integer(bytes, Int64.self))
            case (PostgresType.int2, 2): Int(BinaryReader.integer(bytes, Int16.self))
            default: nil
            }
        }
    }

    /// int2[], int4[] or int8[] with nulls.
    package func optionalIntArray(_ column: Int) throws(PostgresError) -> [Int?] {
        try optionalElements(column) { bytes, type in
            switch (type, bytes.count) {
            case (PostgresType.int4, 4): Int(BinaryReader.integer(bytes, Int32.self))
            case (PostgresType.int8, 8): Int(BinaryReader.integer(bytes, Int64.self))
            case (PostgresType.int2, 2): Int(BinaryReader.integer(bytes, Int16.self))
            default: nil
            }
        }
    }

    package func boolArray(_ column: Int) throws(PostgresError) -> [Bool] {
        try elements(column) { bytes, type in type == PostgresType.bool && bytes.count == 1 ? bytes[0] != 0 : nil }
    }

    package func stringArray(_ column: Int) throws(PostgresError) -> [String] {
        try elements(column) { bytes, type in BinaryReader.text(bytes, type).map { String(decoding: $0, as: UTF8.self) }
        }
    }

    package func optionalStringArray(_ column: Int) throws(PostgresError) -> [String?] {
        try optionalElements(column) { bytes, type in
            BinaryReader.text(bytes, type).map { String(decoding: $0, as: UTF8.self) }
        }
    }

    package func bytesArray(_ column: Int) throws(PostgresError) -> [[UInt8]] {
        try elements(column) { bytes, type in type == PostgresType.bytea ? Array(bytes) : nil }
    }

    package func optionalBytesArray(_ column: Int) throws(PostgresError) -> [[UInt8]?] {
        try optionalElements(column) { bytes, type in type == PostgresType.bytea ? Array(bytes) : nil }
    }

    package func uuidArray(_ column: Int) throws(PostgresError) -> [UUID] {
        try elements(column) { bytes, type in
            type == PostgresType.uuid && bytes.count == 16 ? BinaryReader.uuid(bytes) : nil
        }
    }

    package func optionalUUIDArray(_ column: Int) throws(PostgresError) -> [UUID?] {
        try optionalElements(column) { bytes, type in
            type == PostgresType.uuid && bytes.count == 16 ? BinaryReader.uuid(bytes) : nil
        }
    }

    /// Days since 1970-01-01.
    package func dateArray(_ column: Int) throws(PostgresError) -> [Int32] {
        try elements(column) { bytes, type in
            type == PostgresType.date && bytes.count == 4 ? BinaryReader.date(bytes) : nil
        }
    }

    package func optionalDateArray(_ column: Int) throws(PostgresError) -> [Int32?] {
        try optionalElements(column) { bytes, type in
            type == PostgresType.date && bytes.count == 4 ? BinaryReader.date(bytes) : nil
        }
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    package func timestampArray(_ column: Int) throws(PostgresError) -> [Int64] {
        try elements(column) { bytes, type in
            type == PostgresType.timestamptz && bytes.count == 8 ? BinaryReader.timestamp(bytes) : nil
        }
    }

    package func numericArray(_ column: Int) throws(PostgresError) -> [(mantissa: Int64, scale: Int)] {
        try elements(column) { bytes, type in type == PostgresType.numeric ? BinaryReader.numeric(bytes) : nil }
    }

    private func elements<Element>(
        _ column: Int,
        _ decode: (_ bytes: UnsafeRawBufferPointer, _ type: UInt32) -> Element?
    ) throws(PostgresError) -> [Element] {
        let values = try read(column) { bytes, _ -> [Element]? in
            var values: [Element] = []
            let isWhole = BinaryReader.array(bytes) { count in
                values.reserveCapacity(count)
            } element: { element, type in
                guard let element, let value = decode(element, type) else { return false }
                values.append(value)
                return true
            }
            return isWhole ? values : nil
        }
        return try present(values, column)
    }

    private func optionalElements<Element>(
        _ column: Int,
        _ decode: (_ bytes: UnsafeRawBufferPointer, _ type: UInt32) -> Element?
    ) throws(PostgresError) -> [Element?] {
        let values = try read(column) { bytes, _ -> [Element?]? in
            var values: [Element?] = []
            let isWhole = BinaryReader.array(bytes) { count in
                values.reserveCapacity(count)
            } element: { element, type in
                guard let element else {
                    values.append(nil)
                    return true
                }
                guard let value = decode(element, type) else { return false }
                values.append(value)
                return true
            }
            return isWhole ? values : nil
        }
        return try present(values, column)
    }
}
