// The values a statement takes, each with its PostgreSQL type.
// SPDX-License-Identifier: Apache-2.0

package import FoundationEssentials

/// One parameter of a statement, sent in binary with its type, never as text inside SQL.
///
/// `Int64.min`/`Int64.max` of a timestamp and `Int32.min`/`Int32.max` of a date stand for `-infinity`/`infinity`.
package enum PostgresValue: Sendable {
    case null
    case bool(Bool)
    case int2(Int16)
    case int4(Int32)
    case int8(Int64)
    case float8(Double)
    case text(String)
    case bytea([UInt8])
    case uuid(UUID)
    /// Days since 1970-01-01.
    case date(Int32)
    /// Microseconds since 1970-01-01T00:00:00Z.
    case timestamptz(Int64)
    /// `mantissa` × 10^-`scale`.
    case numeric(mantissa: Int64, scale: Int)
    /// A JSON text.
    case jsonb(String)
    case boolArray([Bool])
    case int2Array([Int16])
    case int4Array([Int32])
    case int4OptionalArray([Int32?])
    case int8Array([Int64])
    case int8OptionalArray([Int64?])
    case textArray([String])
    case textOptionalArray([String?])
    case byteaArray([[UInt8]])
    case byteaOptionalArray([[UInt8]?])
    case uuidArray([UUID])
    case uuidOptionalArray([UUID?])
    case dateArray([Int32])
    case dateOptionalArray([Int32?])
    case timestamptzArray([Int64])
    case timestamptzOptionalArray([Int64?])
    case numericArray([(mantissa: Int64, scale: Int)])

    /// The type's OID, fixed since PostgreSQL 8; 0 (the server infers) for null.
    var typeOID: UInt32 {
        switch self {
        case .null: 0
        case .bool: PostgresType.bool
        case .int2: PostgresType.int2
        case .int4: PostgresType.int4
        case .int8: PostgresType.int8
        case .float8: PostgresType.float8
        case .text: PostgresType.text
        case .bytea: PostgresType.bytea
        case .uuid: PostgresType.uuid
        case .date: PostgresType.date
        case .timestamptz: PostgresType.timestamptz
        case .numeric: PostgresType.numeric
        case .jsonb: PostgresType.jsonb
        case .boolArray: PostgresType.boolArray
        case .int2Array: PostgresType.int2Array
        case .int4Array, .int4OptionalArray: PostgresType.int4Array
        case .int8Array, .int8OptionalArray: PostgresType.int8Array
        case .textArray, .textOptionalArray: PostgresType.textArray
        case .byteaArray, .byteaOptionalArray: PostgresType.byteaArray
        case .uuidArray, .uuidOptionalArray: PostgresType.uuidArray
        case .dateArray, .dateOptionalArray: PostgresType.dateArray
        case .timestamptzArray, .timestamptzOptionalArray: PostgresType.timestamptzArray
        case .numericArray: PostgresType.numericArray
        }
    }
}

/// OIDs of the built-in types this client reads or writes (`pg_type.dat`).
enum PostgresType {
    static let bool: UInt32 = 16
    static let bytea: UInt32 = 17
    static let char: UInt32 = 18
    static let name: UInt32 = 19
    static let int8: UInt32 = 20
    static let int2: UInt32 = 21
    static let int4: UInt32 = 23
    static let text: UInt32 = 25
    static let oid: UInt32 = 26
    static let json: UInt32 = 114
    static let float4: UInt32 = 700
    static let float8: UInt32 = 701
    static let unknown: UInt32 = 705
    static let bpchar: UInt32 = 1042
    static let varchar: UInt32 = 1043
    static let date: UInt32 = 1082
    static let timestamptz: UInt32 = 1184
    static let numeric: UInt32 = 1700
    static let uuid: UInt32 = 2950
    static let jsonb: UInt32 = 3802
    static let boolArray: UInt32 = 1000
    static let byteaArray: UInt32 = 1001
    static let int2Array: UInt32 = 1005
    static let int4Array: UInt32 = 1007
    static let textArray: UInt32 = 1009
    static let varcharArray: UInt32 = 1015
    static let int8Array: UInt32 = 1016
    static let dateArray: UInt32 = 1182
    static let timestamptzArray: UInt32 = 1185
    static let numericArray: UInt32 = 1231
    static let uuidArray: UInt32 = 2951
    /// The first OID that the server gives to types made by migrations (enums and the like).
    static let firstOfUsers: UInt32 = 16384
    /// What the rows of COPY have: it tells no types.
    static let untold: UInt32 = 0
}
