// Writes cases and their steps, and has tasks written.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient
import Registry

enum CaseWriter {
    static func write(
        _ output: BatchOutput,
        _ connection: isolated PostgresConnection,
        sealing: ResidentCipher
    ) throws {
        if !output.cases.isEmpty { try writeCases(output.cases, connection, sealing) }
        try TaskWriter.write(output, connection)
    }

    private static func writeCases(
        _ cases: [CaseState],
        _ connection: isolated PostgresConnection,
        _ sealing: ResidentCipher
    ) throws {
        try connection.execute(
            """
            insert into registry.case as c (id, moved, lineage, posyandu_id, revision, opened, type_id, state, reason,
              priority, office)
            select * from unnest($1::uuid[], $2::timestamptz[], $3::bigint[], $4::int[], $5::int[], $6::date[],
              $7::smallint[], $8::text[], $9::text[], $10::text[], $11::text[])
            on conflict (id) do update set moved = excluded.moved, lineage = excluded.lineage,
              revision = excluded.revision, state = excluded.state, office = excluded.office
            """,
            [
                .uuidArray(cases.map(\.id)), .timestamptzArray(cases.map { $0.moves.last?.at ?? 0 }),
                .int8Array(cases.map(\.lineage)), .int4Array(cases.map(\.posyandu)),
                .int4Array(cases.map(\.revision)), .dateArray(cases.map(\.opened.daysSince1970)),
                .int2Array(cases.map(\.type)), .textArray(cases.map(\.state)), .textArray(cases.map(\.reason)),
                .textArray(cases.map(\.priority)), .textOptionalArray(cases.map(\.office)),
            ]
        )
        var rows = CopyBuffer(columns: 8)
        for open in cases {
            let first = Int(open.revision) - open.moves.count
            for (place, move) in open.moves.enumerated() {
                rows.startRow()
                rows.append(uuid: open.id)
                rows.append(int4: Int32(first + place + 1))
                if let from = move.from { rows.append(text: from) } else { rows.appendNull() }
                rows.append(text: move.to)
                rows.append(text: move.by)
                rows.append(timestamptz: move.at)
                rows.append(int8: move.lineage)
                if let remark = move.remark {
                    rows.append(bytes: try sealing.seal(Array(remark.utf8), .caseRemark, row: open.id))
                } else {
                    rows.appendNull()
                }
            }
        }
        _ = try connection.copyIn(
            """
            copy registry.case_move(case_id, seq, from_state, to_state, by_role, at, lineage, remark_sealed)
            from stdin with (format binary)
            """,
            rows
        )
    }
}
