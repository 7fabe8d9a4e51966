// Binary COPY in and out, and streaming of query rows.
// SPDX-License-Identifier: Apache-2.0

import PostgresClient
import PostgresTesting
import Testing

@Suite struct CopyTests {
    static let table = """
        create table public.c(a smallint, b int, c bigint, d boolean, e text, f bytea, g uuid, h date, i timestamptz,
          j numeric, k jsonb, l double precision, m int[], n numeric[], o uuid[], p text[], q bigint[])
        """
    static let copyIn = "copy public.c from stdin with (format binary)"

    @Test func `every type survives copy in and copy out`() async throws {
        try await withDatabase { database in
            try await database.pool.run(Self.table)
            try await database.pool.withConnection { connection in
                var buffer = CopyBuffer(columns: 17)
                buffer.startRow()
                buffer.append(int2: -1)
                buffer.append(int4: 2)
                buffer.append(int8: .max)
                buffer.append(bool: true)
                buffer.append(text: ValueTests.text)
                buffer.append(bytes: [UInt8(0), 255])
                buffer.append(uuid: ValueTests.uuid)
                buffer.append(date: 20_000)
                buffer.append(timestamptz: 1_700_000_000_000_001)
                buffer.append(numeric: -1205, scale: 2)
                buffer.append(jsonb: "{\"a\": [1]}")
                buffer.append(float8: 0.5)
                buffer.append(int4Array: [1, 2, 3])
                buffer.append(numericArray: [(5, 1)])
                buffer.append(uuidArray: [ValueTests.uuid])
                buffer.append(textArray: ["satu", "dua"])
                buffer.append(int8Array: [])
                buffer.startRow()
                for _ in 0..<17 { buffer.appendNull() }
                let value3 = try connection.copyIn(Self.copyIn, buffer)
                #expect(value3 == 2)

                var rows: [PostgresRow] = []
                try connection.copyOut("copy public.c to stdout with (format binary)") { rows.append($0) }
                #expect(rows.count == 2)
                let row = try #require(rows.first)
                #expect(try row.int(0) == -1 && row.int(1) == 2 && row.int(2) == .max && row.bool(3))
                #expect(
                    try row.string(4) == ValueTests.text && row.bytes(5) == [0, 255] && row.uuid(6) == ValueTests.uuid
                )
                #expect(try row.date(7) == 20_000 && row.timestamp(8) == 1_700_000_000_000_001)
                #expect(try row.numeric(9) == (-1205, 2))
                #expect(
                    try row.double(11) == 0.5 && row.intArray(12) == [1, 2, 3]
                        && row.stringArray(15) == ["satu", "dua"]
                )
                #expect(try (0..<17).allSatisfy { try rows[1].isNull($0) })

                let found4 = try connection.query("select * from public.c").first
                let typed = try #require(found4)
                #expect(try typed.string(10) == "{\"a\": [1]}" && typed.uuidArray(14) == [ValueTests.uuid])
                #expect(try typed.numericArray(13).map(\.scale) == [1])
            }
        }
    }

    @Test func `a buffer of many chunks arrives whole`() async throws {
        try await withDatabase { database in
            try await database.pool.run("create table public.big(id int, body bytea)")
            let sum = try await database.pool.withConnection { connection in
                var buffer = CopyBuffer(columns: 2)
                let body = [UInt8](repeating: 7, count: 997)
                for id in 0..<5000 {
                    buffer.startRow()
                    buffer.append(int4: Int32(id))
                    buffer.append(bytes: body[0..<(id % 997)])
                }
                #expect(buffer.byteCount > 2_000_000)
                let value5 = try connection.copyIn("copy public.big from stdin with (format binary)", buffer)
                #expect(value5 == 5000)
                let value6 = try connection.query("select sum(length(body)) from public.big").first?.int(0)
                #expect(value6 == (0..<5000).reduce(0) { $0 + $1 % 997 })
                var sum = 0
                try connection.copyOut("copy public.big to stdout with (format binary)") { sum += try $0.int(0) }
                return sum
            }
            #expect(sum == 5000 * 4999 / 2)
        }
    }

    @Test func `an empty buffer sends nothing and a refused row stores nothing`() async throws {
        try await withDatabase { database in
            try await database.pool.run("create table public.k(id int primary key)")
            try await database.pool.withConnection { connection in
                let sql = "copy public.k from stdin with (format binary)"
                let value7 = try connection.copyIn(sql, CopyBuffer(columns: 1))
                #expect(value7 == 0)
                var buffer = CopyBuffer(columns: 1)
                for id: Int32 in [1, 2, 1] {
                    buffer.startRow()
                    buffer.append(int4: id)
                }
                let error = #expect(throws: PostgresError.self) { try connection.copyIn(sql, buffer) }
                #expect(error?.sqlState == "23505" && error?.constraint == "k_pkey" && error?.isData == true)
                #expect(error?.description.contains("=(1)") == false)
                buffer.removeAll()
                buffer.startRow()
                buffer.append(int8: 1)
                #expect(throws: PostgresError.self) { try connection.copyIn(sql, buffer) }
                let value8 = try connection.query("select count(*) from public.k").first?.int(0)
                #expect(value8 == 0)
                #expect(throws: PostgresError.self) {
                    try connection.copyIn("copy public.missing from stdin (format binary)", buffer)
                }
                #expect(throws: PostgresError.self) { try connection.copyIn("select 1", buffer) }
                let value9 = try connection.query("select 1").first?.int(0)
                #expect(value9 == 1)
            }
        }
    }

    @Test func `query rows are streamed with their types`() async throws {
        try await withDatabase { database in
            let (count, sum) = try await database.pool.withConnection { connection in
                var (count, sum) = (0, 0)
                try connection.copyOut("select x::bigint, x::text from generate_series(1, $1) x", [.int4(10_000)]) {
                    row in
                    count += 1
                    sum += try row.int(0)
                    if try row.string(1) != String(row.int(0)) { sum = .min }
                }
                return (count, sum)
            }
            #expect(count == 10_000 && sum == 50_005_000)
        }
    }

    @Test(arguments: [
        "copy (select x from generate_series(1, 10000000) x) to stdout with (format binary)",
        "select generate_series(1, 10000000)",
    ])
    func `a stream that is given up leaves the connection usable`(sql: String) async throws {
        struct Enough: Error {}
        try await withDatabase { database in
            try await database.pool.withConnection { connection in
                #expect(throws: Enough.self) {
                    try connection.copyOut(sql) { if try $0.int(0) == 10 { throw Enough() } }
                }
                let value10 = try connection.query("select 1").first?.int(0)
                #expect(value10 == 1)
            }
        }
    }

    @Test func `a row with a missing column traps before it is sent`() async {
        await #expect(processExitsWith: .failure) {
            var buffer = CopyBuffer(columns: 2)
            buffer.startRow()
            buffer.append(int4: 1)
            buffer.startRow()
        }
    }
}
