// Access to columns by name, for paths that are not hot.
// SPDX-License-Identifier: Apache-2.0

package import FoundationEssentials

extension PostgresRow {
    /// Index of the first column of that name.
    package func column(named name: String) throws(PostgresError) -> Int {
        guard let index = storage.columns.firstIndex(where: { $0.name == name }) else {
            throw PostgresError(.decoding, "The row has no column \(name).")
        }
        return index
    }

    package func isNull(named name: String) throws(PostgresError) -> Bool { try isNull(column(named: name)) }

    package func int(named name: String) throws(PostgresError) -> Int { try int(column(named: name)) }

    package func optionalInt(named name: String) throws(PostgresError) -> Int? { try optionalInt(column(named: name)) }

    package func string(named name: String) throws(PostgresError) -> String { try string(column(named: name)) }

    package func optionalString(named name: String) throws(PostgresError) -> String? {
        try optionalString(column(named: name))
    }

    package func bytes(named name: String) throws(PostgresError) -> [UInt8] { try bytes(column(named: name)) }

    package func optionalBytes(named name: String) throws(PostgresError) -> [UInt8]? {
        try optionalBytes(column(named: name))
    }

    package func uuid(named name: String) throws(PostgresError) -> UUID { try uuid(column(named: name)) }

    package func optionalUUID(named name: String) throws(PostgresError) -> UUID? {
        try optionalUUID(column(named: name))
    }

    package func bool(named name: String) throws(PostgresError) -> Bool { try bool(column(named: name)) }

    package func optionalBool(named name: String) throws(PostgresError) -> Bool? {
        try optionalBool(column(named: name))
    }

    package func date(named name: String) throws(PostgresError) -> Int32 { try date(column(named: name)) }

    package func optionalDate(named name: String) throws(PostgresError) -> Int32? {
        try optionalDate(column(named: name))
    }

    package func timestamp(named name: String) throws(PostgresError) -> Int64 { try timestamp(column(named: name)) }

    package func optionalTimestamp(named name: String) throws(PostgresError) -> Int64? {
        try optionalTimestamp(column(named: name))
    }

    package func double(named name: String) throws(PostgresError) -> Double { try double(column(named: name)) }

    package func optionalDouble(named name: String) throws(PostgresError) -> Double? {
        try optionalDouble(column(named: name))
    }

    package func numeric(named name: String) throws(PostgresError) -> (mantissa: Int64, scale: Int) {
        try numeric(column(named: name))
    }

    package func optionalNumeric(named name: String) throws(PostgresError) -> (mantissa: Int64, scale: Int)? {
        try optionalNumeric(column(named: name))
    }
}
