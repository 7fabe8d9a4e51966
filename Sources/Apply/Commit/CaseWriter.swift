// Writes cases and their steps, and has tasks written.
// SPDX-License-Identifier: Apache-2.0
import Cases
import FoundationEssentials
import PluginKit
import PostgresClient
import Registry

enum CaseWriter {
    static func write(
        _ output: BatchOutput,
        _ connection: isolated PostgresConnection,
        sealing: BodySealing
    ) throws {
        if !output.cases.isEmpty { try writeCases(output.cases, connection, sealing) }
        try TaskWriter.write(output, connection)
    }

    private static func writeCases(
        _ cases: [CaseState],
        _ connection: isolated PostgresConnection,
        _ sealing: BodySealing
    ) throws {
        try connection.execute(
            """
            insert into registry.case as c (id, moved, lineage, posyandu_id, revision, opened, type_id, state, reason,
              priority, office, opened_at, closed_at, episode, paused_at, pause_reason, told, approved_at, rating, receipt,
              documents)
            select id, moved, lineage, posyandu_id, revision, opened, type_id, state, reason, priority, office, opened_at,
              closed_at, episode, paused_at, pause_reason, string_to_array(told, ' '), approved_at, rating, receipt,
              string_to_array(documents, ' ')
            from unnest($1::uuid[], $2::timestamptz[], $3::bigint[], $4::int[], $5::int[], $6::date[],
              $7::smallint[], $8::text[], $9::text[], $10::text[], $11::text[], $12::timestamptz[], $13::timestamptz[],
              $14::int[], $15::timestamptz[], $16::text[], $17::text[], $18::timestamptz[], $19::int[], $20::text[],
              $21::text[]) as n(id, moved, lineage, posyandu_id, revision, opened, type_id, state, reason, priority, office,
              opened_at, closed_at, episode, paused_at, pause_reason, told, approved_at, rating, receipt, documents)
            on conflict (id) do update set moved = excluded.moved, lineage = excluded.lineage,
              revision = excluded.revision, state = excluded.state, office = excluded.office,
              closed_at = excluded.closed_at, episode = excluded.episode, paused_at = excluded.paused_at,
              pause_reason = excluded.pause_reason, told = excluded.told, approved_at = excluded.approved_at,
              rating = excluded.rating, documents = excluded.documents
            """,
            parameters(of: cases)
        )
        var rows = CopyBuffer(columns: 16)
        for open in cases {
            let first = open.situation.revision - open.moves.count
            for (place, move) in open.moves.enumerated() {
                rows.startRow()
                rows.append(uuid: open.id)
                rows.append(int4: Int32(first + place + 1))
                rows.append(move.from.map(PostgresValue.text) ?? .null)
                rows.append(text: move.to)
                rows.append(text: move.by)
                rows.append(timestamptz: move.at)
                rows.append(int8: move.lineage)
                if let remark = move.remark {
                    rows.append(bytes: try sealing.cipher.seal(Array(remark.utf8), .caseRemark, row: open.id))
                } else {
                    rows.appendNull()
                }
                rows.append(text: move.kind)
                rows.append(int4: Int32(move.episode))
                rows.append(move.reason.map(PostgresValue.text) ?? .null)
                rows.append(move.office.map(PostgresValue.text) ?? .null)
                rows.append(move.source.map(PostgresValue.int4) ?? .null)
                if let body = move.body, sealing.isConfidential(open.type) {
                    rows.appendNull()
                    rows.append(bytes: try sealing.cipher.seal(body, .caseBody, row: open.id))
                } else {
                    rows.append(move.body.map { .text(String(decoding: $0, as: UTF8.self)) } ?? .null)
                    rows.appendNull()
                }
                rows.append(move.rating.map(PostgresValue.int2) ?? .null)
            }
        }
        _ = try connection.copyIn(
            """
            copy registry.case_move(case_id, seq, from_state, to_state, by_role, at, lineage, remark_sealed, kind, episode,
              reason, office, source_id, body, body_sealed, rating) from stdin with (format binary)
            """,
            rows
        )
    }

    private static func parameters(of cases: [CaseState]) -> [PostgresValue] {
        let now = cases.map(\.situation)
        return [
            .uuidArray(cases.map(\.id)), .timestamptzArray(cases.map(\.moved)), .int8Array(cases.map(\.lineage)),
            .int4Array(cases.map(\.posyandu)), .int4Array(now.map { Int32($0.revision) }),
            .dateArray(cases.map(\.opened.daysSince1970)), .int2Array(cases.map(\.type)),
            .textArray(now.map(\.state)), .textArray(cases.map(\.reason)), .textArray(cases.map(\.priority)),
            .textOptionalArray(now.map(\.office)), .timestamptzOptionalArray(cases.map(\.openedAt)),
            .timestamptzOptionalArray(cases.map(\.closedAt)), .int4Array(now.map { Int32($0.episode) }),
            .timestamptzOptionalArray(cases.map(\.pausedAt)), .textOptionalArray(now.map(\.pause)),
            .textArray(now.map { $0.told.joined(separator: " ") }),
            .timestamptzOptionalArray(cases.map(\.approvedAt)),
            .int4OptionalArray(now.map { $0.rating.map { Int32($0) } }), .textOptionalArray(cases.map(\.receipt)),
            .textArray(now.map { $0.documents.sorted().joined(separator: " ") }),
        ]
    }
}
