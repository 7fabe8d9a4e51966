// Counts what the registry holds, by kecamatan.
// SPDX-License-Identifier: Apache-2.0
import PluginKit
import PostgresClient
import Summaries

enum RegistryCounts {
    static func read(_ pool: PostgresPool) async throws -> JSONValue {
        try await pool.transaction(.init(readOnly: true)) { connection in
            try LongReading.allow(connection)
            let records = try connection.query(
                """
                select left(p.village_code, 8), t.name, count(*) from registry.record r
                join registry.posyandu p on p.id = r.posyandu_id join registry.record_type t on t.id = r.type_id
                where r.state = 0 group by 1, 2 order by 1, 2
                """
            ).map { row -> JSONValue in
                [
                    "area": .string(try row.string(0)), "type": .string(try row.string(1)),
                    "records": .int(try row.int(2)),
                ]
            }
            let residents = try connection.query(
                """
                select left(p.village_code, 8), count(*) from registry.resident r
                join registry.posyandu p on p.id = r.posyandu_id group by 1 order by 1
                """
            ).map { row -> JSONValue in ["area": .string(try row.string(0)), "residents": .int(try row.int(1))] }
            let cases = try connection.query(
                """
                select left(p.village_code, 8), s.code, c.state, count(*) from registry.case c
                join registry.posyandu p on p.id = c.posyandu_id
                join registry.record_type t on t.id = c.type_id join registry.sector s on s.id = t.sector_id
                group by 1, 2, 3 order by 1, 2, 3
                """
            ).map { row -> JSONValue in
                [
                    "area": .string(try row.string(0)), "sector": .string(try row.string(1)),
                    "state": .string(try row.string(2)), "cases": .int(try row.int(3)),
                ]
            }
            let posyandu = try connection.query("select count(*) from registry.posyandu").first?.int(0) ?? 0
            return [
                "records": .array(records), "residents": .array(residents), "cases": .array(cases),
                "posyandu": .int(posyandu),
            ]
        }
    }
}
