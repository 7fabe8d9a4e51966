// Writes records, their predecessors and their contributions.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient
import Registry

enum RecordWriter {
    private static let columns =
        "id, subject, lineage, posyandu_id, date, type_id, revision, state, version, body, person_sealed, body_sealed"

    static func write(
        _ output: BatchOutput,
        _ connection: isolated PostgresConnection,
        bodies sealing: BodySealing
    ) throws {
        if !output.created.isEmpty {
            var rows = CopyBuffer(columns: 12)
            for record in output.created { try append(record.current, to: &rows, sealing) }
            _ = try connection.copyIn("copy registry.record(\(columns)) from stdin with (format binary)", rows)
        }
        if !output.changed.isEmpty { try update(output.changed, connection, sealing) }
        try writeReplaced(output.created + output.changed, connection, sealing)
        try writeContributions(output, connection)
        if !output.recordKeys.isEmpty {
            try connection.execute(
                """
                insert into registry.record_key(key, record_id, lineage) select * from unnest($1::uuid[], $2::uuid[], $3::bigint[])
                on conflict (key) do update set record_id = excluded.record_id, lineage = excluded.lineage
                """,
                [
                    .uuidArray(output.recordKeys.map(\.key)), .uuidArray(output.recordKeys.map(\.record)),
                    .int8OptionalArray(output.recordKeys.map(\.lineage)),
                ]
            )
        }
        if !output.visits.isEmpty {
            try connection.execute(
                """
                insert into registry.record_visit(record_id, visit) select * from unnest($1::uuid[], $2::uuid[])
                on conflict do nothing
                """,
                [.uuidArray(output.visits.map(\.record)), .uuidArray(output.visits.map(\.visit))]
            )
        }
        if !output.askedAgain.isEmpty {
            try connection.execute(
                "delete from registry.ask_again where record_id = any($1::uuid[])",
                [.uuidArray(output.askedAgain)]
            )
        }
        if !output.askLater.isEmpty {
            try connection.execute(
                """
                insert into registry.ask_again(record_id, sector_id, reason)
                select * from unnest($1::uuid[], $2::smallint[], $3::text[])
                on conflict (record_id) do update set reason = excluded.reason, at = now()
                """,
                [
                    .uuidArray(output.askLater.map(\.record)), .int2Array(output.askLater.map(\.later.sector)),
                    .textArray(output.askLater.map(\.later.reason)),
                ]
            )
        }
    }

    private static func append(
        _ state: RecordState,
        to rows: inout CopyBuffer,
        _ sealing: BodySealing
    ) throws {
        rows.startRow()
        rows.append(uuid: state.id)
        if let subject = state.subject { rows.append(uuid: subject) } else { rows.appendNull() }
        rows.append(int8: state.lineage)
        rows.append(int4: state.posyandu)
        rows.append(date: state.date.daysSince1970)
        rows.append(int2: state.type)
        rows.append(int2: state.revision)
        rows.append(int2: state.state)
        rows.append(int2: state.version)
        sealing.clear(state).withUnsafeBytes { rows.append(utf8: $0) }
        if let person = state.person {
            rows.append(bytes: try sealing.cipher.seal(person, .recordPerson, row: state.id))
        } else {
            rows.appendNull()
        }
        if let sealed = try sealing.sealed(state) { rows.append(bytes: sealed) } else { rows.appendNull() }
    }

    /// The rows that stood become history, then the rows are changed in place. A person's sealed data stay when the new
    /// revision brings none.
    private static func update(
        _ changed: [WorkingRecord],
        _ connection: isolated PostgresConnection,
        _ sealing: BodySealing
    ) throws {
        let replaced = changed.filter { $0.base?.revision != $0.current.revision }
        if !replaced.isEmpty {
            try connection.execute(
                """
                insert into registry.record_revision(\(columns), replaced_by)
                select r.id, r.subject, r.lineage, r.posyandu_id, r.date, r.type_id, r.revision, r.state, r.version, r.body,
                  r.person_sealed, r.body_sealed, n.lineage
                from unnest($1::uuid[], $2::bigint[]) as n(id, lineage) join registry.record r on r.id = n.id
                """,
                [.uuidArray(replaced.map(\.current.id)), .int8Array(replaced.map { $0.successor(of: 0) })]
            )
        }
        let states = changed.map(\.current)
        try connection.execute(
            """
            update registry.record r set subject = n.subject, lineage = n.lineage, posyandu_id = n.posyandu_id,
              date = n.date, revision = n.revision, state = n.state, version = n.version, body = n.body,
              person_sealed = coalesce(n.person, r.person_sealed), body_sealed = n.sealed
            from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::int[], $5::date[], $6::smallint[], $7::smallint[],
              $8::smallint[], $9::text[], $10::bytea[], $11::bytea[])
              as n(id, subject, lineage, posyandu_id, date, revision, state, version, body, person, sealed)
            where r.id = n.id
            """,
            [
                .uuidArray(states.map(\.id)), .uuidOptionalArray(states.map(\.subject)),
                .int8Array(states.map(\.lineage)), .int4Array(states.map(\.posyandu)),
                .dateArray(states.map(\.date.daysSince1970)), .int2Array(states.map(\.revision)),
                .int2Array(states.map(\.state)), .int2Array(states.map(\.version)),
                .textArray(states.map { String(decoding: sealing.clear($0), as: UTF8.self) }),
                .byteaOptionalArray(
                    try states.map { state in
                        try state.person.map { try sealing.cipher.seal($0, .recordPerson, row: state.id) }
                    }
                ),
                .byteaOptionalArray(try states.map { try sealing.sealed($0) }),
            ]
        )
    }

    /// Revisions that the batch made and replaced again.
    private static func writeReplaced(
        _ records: [WorkingRecord],
        _ connection: isolated PostgresConnection,
        _ sealing: BodySealing
    ) throws {
        var rows = CopyBuffer(columns: 13)
        for record in records {
            for (place, state) in record.replaced.enumerated() {
                try append(state, to: &rows, sealing)
                rows.append(int8: record.successor(of: place + (record.base == nil ? 0 : 1)))
            }
        }
        guard rows.rows > 0 else { return }
        _ = try connection.copyIn(
            "copy registry.record_revision(\(columns), replaced_by) from stdin with (format binary)",
            rows
        )
    }

    private static func writeContributions(
        _ output: BatchOutput,
        _ connection: isolated PostgresConnection
    ) throws {
        let renewed = output.changed.filter { $0.contributions != nil }
        if !renewed.isEmpty {
            var ids: [UUID] = []
            var cells: [Cell] = []
            for record in renewed {
                guard let base = record.base else { continue }
                for cell in BatchOutput.cells(of: base) {
                    ids.append(base.id)
                    cells.append(cell)
                }
            }
            try connection.execute(
                """
                delete from registry.contribution k
                using unnest($1::uuid[], $2::int[], $3::smallint[], $4::text[]) as o(record_id, posyandu_id, sector_id, period)
                where k.posyandu_id = o.posyandu_id and k.sector_id = o.sector_id and k.period = o.period
                  and k.record_id = o.record_id
                """,
                [
                    .uuidArray(ids), .int4Array(cells.map(\.posyandu)), .int2Array(cells.map(\.sector)),
                    .textArray(cells.map(\.period)),
                ]
            )
        }
        var rows = CopyBuffer(columns: 9)
        for record in output.created + renewed {
            let state = record.current
            for row in record.contributions ?? [] {
                rows.startRow()
                rows.append(uuid: state.id)
                if let subject = row.subject { rows.append(uuid: subject) } else { rows.appendNull() }
                rows.append(int8: state.lineage)
                rows.append(int4: state.posyandu)
                rows.append(date: state.date.daysSince1970)
                rows.append(int2: state.sector)
                rows.append(text: row.period)
                rows.append(int4Array: row.indicators)
                rows.append(numericArray: row.values)
            }
        }
        if rows.rows > 0 {
            _ = try connection.copyIn(
                """
                copy registry.contribution(record_id, subject, lineage, posyandu_id, date, sector_id, period, indicators,
                  "values") from stdin with (format binary)
                """,
                rows
            )
        }
        if !output.dirty.isEmpty {
            try connection.execute(
                """
                insert into summary.dirty(posyandu_id, sector_id, period)
                select * from unnest($1::int[], $2::smallint[], $3::text[])
                """,
                [
                    .int4Array(output.dirty.map(\.posyandu)), .int2Array(output.dirty.map(\.sector)),
                    .textArray(output.dirty.map(\.period)),
                ]
            )
        }
    }
}

extension WorkingRecord {
    /// Lineage of the revision that followed the `place`th of those the batch replaced (the one in the database first).
    func successor(of place: Int) -> Int64 {
        let chain = replaced.map(\.lineage) + [current.lineage]
        let skipped = base == nil ? 1 : 0
        return chain[min(place + skipped, chain.count - 1)]
    }
}
