// Every type there and back: as parameter and column, and through COPY in and out.
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import PostgresClient
import PostgresTesting
import Testing

@Suite struct ValueTests {
    static let uuid = UUID(uuid: (1, 35, 69, 103, 137, 171, 205, 239, 254, 220, 186, 152, 118, 84, 50, 16))
    static let text = "Posyandu Melati 🌼 \u{0301}, \"petik\" \\ \n"

    /// Parameter, the text the server makes of it.
    static let cases: [(PostgresValue, String)] = [
        (.bool(true), "true"), (.bool(false), "false"),
        (.int2(.min), "-32768"), (.int2(.max), "32767"),
        (.int4(.min), "-2147483648"), (.int4(.max), "2147483647"),
        (.int8(.min), "-9223372036854775808"), (.int8(.max), "9223372036854775807"),
        (.float8(-0.1), "-0.1"), (.float8(.infinity), "Infinity"),
        (.text(text), text), (.text(""), ""),
        (.bytea([0, 255, 16]), "\\x00ff10"), (.bytea([]), "\\x"),
        (.uuid(uuid), "01234567-89ab-cdef-fedc-ba9876543210"),
        (.date(0), "1970-01-01"), (.date(20_779), "2026-11-22"), (.date(.max), "infinity"), (.date(.min), "-infinity"),
        (.date(-719_162), "0001-01-01"),
        (.timestamptz(0), "1970-01-01 00:00:00+00"),
        (.timestamptz(1_763_762_400_123_456), "2025-11-21 22:00:00.123456+00"),
        (.timestamptz(.max), "infinity"), (.timestamptz(.min), "-infinity"),
        (.numeric(mantissa: 0, scale: 0), "0"), (.numeric(mantissa: 0, scale: 2), "0.00"),
        (.numeric(mantissa: 12_345, scale: 2), "123.45"), (.numeric(mantissa: -5, scale: 4), "-0.0005"),
        (.numeric(mantissa: -5, scale: 5), "-0.00005"), (.numeric(mantissa: 10_000, scale: 0), "10000"),
        (.numeric(mantissa: 100_000_001, scale: 4), "10000.0001"), (.numeric(mantissa: 7, scale: -3), "7000"),
        (.numeric(mantissa: .max, scale: 0), "9223372036854775807"),
        (.numeric(mantissa: .min, scale: 18), "-9.223372036854775808"),
        (.numeric(mantissa: .max, scale: 1), "922337203685477580.7"),
        (.jsonb("{\"b\": 4.20}"), "{\"b\": 4.20}"),
        (.boolArray([true, false]), "{t,f}"), (.int2Array([1, -2]), "{1,-2}"), (.int4Array([]), "{}"),
        (.int4Array([1, -2]), "{1,-2}"), (.int4OptionalArray([1, nil]), "{1,NULL}"),
        (.int8Array([.max]), "{9223372036854775807}"),
        (.int8OptionalArray([nil, 5]), "{NULL,5}"), (.textArray(["a", "b c"]), "{a,\"b c\"}"),
        (.textOptionalArray(["", nil]), "{\"\",NULL}"), (.byteaArray([[1], []]), "{\"\\\\x01\",\"\\\\x\"}"),
        (.byteaOptionalArray([nil, [255]]), "{NULL,\"\\\\xff\"}"),
        (.uuidArray([uuid]), "{01234567-89ab-cdef-fedc-ba9876543210}"),
        (.uuidOptionalArray([nil, uuid]), "{NULL,01234567-89ab-cdef-fedc-ba9876543210}"),
        (.dateArray([0, 1]), "{1970-01-01,1970-01-02}"), (.dateOptionalArray([nil, 0]), "{NULL,1970-01-01}"),
        (.timestamptzArray([0]), "{\"1970-01-01 00:00:00+00\"}"),
        (.timestamptzOptionalArray([nil, .max]), "{NULL,infinity}"),
        (.numericArray([(15, 1), (-2, 0)]), "{1.5,-2}"),
    ]

    @Test func `the server reads every parameter as meant`() async throws {
        try await withDatabase { database in
            for (value, text) in Self.cases {
                let read = try await database.pool.withConnection { connection in
                    try connection.query("select $1::text", [value]).first?.optionalString(0)
                }
                #expect(read == text)
            }
        }
    }

    private static func row(
        _ connection: isolated PostgresConnection,
        _ values: PostgresValue...
    ) throws -> PostgresRow {
        let list = (1...values.count).map { "$\($0)" }.joined(separator: ", ")
        let row = try connection.query("select \(list)", values).first
        return try #require(row)
    }

    @Test func `every column type is read back as it was written`() async throws {
        try await withDatabase { database in
            try await database.pool.withConnection { connection in
                let scalars = try Self.row(
                    connection,
                    .int2(-7),
                    .int4(8),
                    .int8(.min),
                    .float8(2.5),
                    .bool(true),
                    .text(Self.text),
                    .bytea([0, 1]),
                    .uuid(Self.uuid),
                    .date(-1),
                    .timestamptz(-1),
                    .numeric(mantissa: -1050, scale: 3),
                    .jsonb("[1, 2]")
                )
                #expect(try scalars.int(0) == -7 && scalars.int(1) == 8 && scalars.int(2) == .min)
                #expect(try scalars.double(3) == 2.5 && scalars.bool(4))
                #expect(
                    try scalars.string(5) == Self.text && scalars.bytes(6) == [0, 1] && scalars.uuid(7) == Self.uuid
                )
                #expect(try scalars.date(8) == -1 && scalars.timestamp(9) == -1)
                #expect(try scalars.numeric(10) == (-1050, 3))
                #expect(try scalars.string(11) == "[1, 2]")
                #expect(try scalars.bytes(11) == Array("[1, 2]".utf8))
                #expect(try scalars.withBytes(6) { $0.count } == 2)

                let arrays = try Self.row(
                    connection,
                    .int4Array([1, 2]),
                    .int8OptionalArray([nil, 3]),
                    .boolArray([true]),
                    .textArray(["x", ""]),
                    .textOptionalArray([nil]),
                    .byteaArray([[9]]),
                    .byteaOptionalArray([nil, []]),
                    .uuidArray([Self.uuid]),
                    .uuidOptionalArray([nil]),
                    .dateArray([3]),
                    .dateOptionalArray([nil, 4]),
                    .timestamptzArray([5]),
                    .numericArray([(25, 1)]),
                    .int2Array([]),
                    .int4OptionalArray([6, nil])
                )
                #expect(try arrays.intArray(0) == [1, 2] && arrays.optionalIntArray(1) == [nil, 3])
                #expect(try arrays.boolArray(2) == [true] && arrays.stringArray(3) == ["x", ""])
                #expect(try arrays.optionalStringArray(4) == [nil] && arrays.bytesArray(5) == [[9]])
                #expect(try arrays.optionalBytesArray(6) == [nil, []] && arrays.uuidArray(7) == [Self.uuid])
                #expect(try arrays.optionalUUIDArray(8) == [nil] && arrays.dateArray(9) == [3])
                #expect(try arrays.optionalDateArray(10) == [nil, 4] && arrays.timestampArray(11) == [5])
                #expect(try arrays.numericArray(12).map(\.mantissa) == [25] && arrays.intArray(13) == [])
                #expect(try arrays.optionalIntArray(14) == [6, nil])
            }
        }
    }

    @Test(arguments: [
        ("12.50::numeric", 1250, 2), ("0.00::numeric", 0, 2), ("1e18::numeric", 1_000_000_000_000_000_000, 0),
        ("-0.000001::numeric", -1, 6), ("(10::numeric / 4)", 25_000_000_000_000_000, 16),
        ("9223372036854775807.00::numeric", .max, 0),
        ("99990000.0001::numeric", 999_900_000_001, 4), ("-9223372036854775808::numeric", Int64.min, 0),
    ])
    func `numeric keeps its scale where it fits`(sql: String, mantissa: Int64, scale: Int) async throws {
        let pool = try await TestCluster.shared().makeDatabase(poolSize: 1).pool
        let value = try await pool.withConnection { try $0.query("select \(sql)").first?.numeric(0) }
        #expect(value?.mantissa == mantissa && value?.scale == scale)
        await pool.close()
    }

    @Test(arguments: ["'NaN'::numeric", "'Infinity'::numeric", "1e40::numeric", "0.12345678901234567891::numeric"])
    func `numeric that does not fit is an error`(sql: String) async throws {
        let pool = try await TestCluster.shared().makeDatabase(poolSize: 1).pool
        let error = try await postgresError {
            _ = try await pool.withConnection { try $0.query("select \(sql)").first?.numeric(0) }
        }
        #expect(error?.code == .decoding)
        await pool.close()
    }

    @Test func `a sum of bigint is read as an integer`() async throws {
        try await withDatabase { database in
            #expect(
                try await database.pool.int("select sum(x) from generate_series(1::bigint, 100000) x") == 5_000_050_000
            )
            let refused1 = try await postgresError { _ = try await database.pool.int("select 1.5") }
            #expect(refused1?.code == .decoding)
        }
    }

    @Test func `a wrong type, a null and a missing column are told without the value`() async throws {
        try await withDatabase { database in
            try await database.pool.withConnection { connection in
                let found1 = try connection.query("select 'RAHASIA'::text as nama, null::int as usia").first
                let row = try #require(found1)
                let wrong = #expect(throws: PostgresError.self) { try row.int(0) }
                #expect(wrong?.code == .decoding && wrong?.description.contains("RAHASIA") == false)
                #expect(wrong?.description.contains("nama") == true)
                #expect(throws: PostgresError.self) { try row.int(1) }
                #expect(throws: PostgresError.self) { try row.int(2) }
                #expect(throws: PostgresError.self) { try row.int(named: "berat") }
                #expect(
                    try row.optionalInt(1) == nil && row.isNull(named: "usia") && row.string(named: "nama") == "RAHASIA"
                )
            }
        }
    }

    @Test func `an enum is read as its label`() async throws {
        try await withDatabase { database in
            try await database.pool.run("create type public.warna as enum ('hijau', 'merah')")
            let label = try await database.pool.withConnection { connection in
                try connection.query("select $1::text::public.warna", [.text("merah")]).first?.string(0)
            }
            #expect(label == "merah")
        }
    }

    @Test func `a statement whose null becomes a value keeps one text and both meanings`() async throws {
        try await withDatabase { database in
            try await database.pool.withConnection { connection in
                try connection.run(script: "create table public.t(a int, b text, c numeric)")
                let sql = "insert into public.t values ($1, $2, $3)"
                try connection.execute(sql, [.null, .text("x"), .null])
                try connection.execute(sql, [.int4(1), .null, .null])
                try connection.execute(sql, [.int4(2), .text("y"), .numeric(mantissa: 15, scale: 1)])
                try connection.execute(sql, [.null, .null, .null])
                let row = try connection.query(
                    "select count(*), count(a), count(b), sum(c) from public.t where b is distinct from $1",
                    [.null]
                )
                #expect(try row.first?.int(0) == 2)
                let value2 = try connection.query("select count(*), count(a), count(b) from public.t").first?.int(1)
                #expect(value2 == 2)
            }
        }
    }
}
