// Writes cases, their steps, and tasks.
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
        let tasks = output.tasks
        if !output.tasksRenewed.isEmpty {
            try connection.execute(
                """
                update registry.task t set state = 'dropped' where t.record_id = any($1::uuid[]) and t.state = 'open'
                  and not exists (select from unnest($2::uuid[], $3::text[], $4::text[]) as n(record_id, kind, reason)
                    where n.record_id = t.record_id and n.kind = t.kind and n.reason = t.reason)
                """,
                [
                    .uuidArray(output.tasksRenewed), .uuidArray(tasks.map(\.record)), .textArray(tasks.map(\.kind)),
                    .textArray(tasks.map(\.reason)),
                ]
            )
        }
        let created = Set(output.created.map(\.current.id))
        try insert(tasks.filter { created.contains($0.record) }, mayExist: false, connection)
        try insert(tasks.filter { !created.contains($0.record) }, mayExist: true, connection)
    }

    /// - Parameter mayExist: the record stood before, so its tasks may stand as well; a record that this batch creates has
    ///   none. The scalar subquery is answered by the index for each row, however large the table has grown.
    private static func insert(
        _ tasks: [TaskRow],
        mayExist: Bool,
        _ connection: isolated PostgresConnection
    ) throws {
        guard !tasks.isEmpty else { return }
        let unlessThere = """
            where (select count(*) from registry.task t where t.record_id = n.record_id and t.kind = n.kind
              and t.reason = n.reason and t.state <> 'dropped') = 0
            """
        try connection.execute(
            """
            insert into registry.task(record_id, lineage, posyandu_id, due, kind, reason, role)
            select * from unnest($1::uuid[], $2::bigint[], $3::int[], $4::date[], $5::text[], $6::text[], $7::text[])
              as n(record_id, lineage, posyandu_id, due, kind, reason, role)
            \(mayExist ? unlessThere : "")
            """,
            [
                .uuidArray(tasks.map(\.record)), .int8Array(tasks.map(\.lineage)), .int4Array(tasks.map(\.posyandu)),
                .dateOptionalArray(tasks.map { $0.due?.daysSince1970 }), .textArray(tasks.map(\.kind)),
                .textArray(tasks.map(\.reason)), .textOptionalArray(tasks.map(\.role)),
            ]
        )
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
