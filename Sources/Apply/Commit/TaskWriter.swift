// Writes tasks, and which records answer the tasks of earlier ones.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient

/// Keeps `registry.task` and `registry.task_answer` what the newest answers of the records say. Which task is open is not
/// written anywhere: the view `registry.task_state` derives it, so that nothing depends on who came first.
enum TaskWriter {
    static func write(_ output: BatchOutput, _ connection: isolated PostgresConnection) throws {
        if !output.tasksRenewed.isEmpty { try renew(output, connection) }
        let created = Set(output.created.map(\.current.id))
        try insert(output.tasks.filter { created.contains($0.record) }, mayExist: false, connection)
        try insert(output.tasks.filter { !created.contains($0.record) }, mayExist: true, connection)
        try insert(output.escalations, mayExist: true, connection)
        try close(output.closedTasks, connection)
        guard !output.taskAnswers.isEmpty else { return }
        try connection.execute(
            """
            insert into registry.task_answer(record_id, kind, topic)
            select * from unnest($1::uuid[], $2::text[], $3::text[])
            """,
            [
                .uuidArray(output.taskAnswers.map(\.record)), .textArray(output.taskAnswers.map(\.answer.kind)),
                .textOptionalArray(output.taskAnswers.map(\.answer.topic)),
            ]
        )
    }

    /// The earliest word counts: a second one changes nothing.
    private static func close(_ tasks: [ClosedTask], _ connection: isolated PostgresConnection) throws {
        guard !tasks.isEmpty else { return }
        try connection.execute(
            """
            insert into registry.task_closed as c (record_id, kind, topic, date, lineage)
            select distinct on (record_id, kind, topic) *
            from unnest($1::uuid[], $2::text[], $3::text[], $4::date[], $5::bigint[])
              as n(record_id, kind, topic, date, lineage) order by record_id, kind, topic, date, lineage
            on conflict (record_id, kind, topic) do update set date = excluded.date, lineage = excluded.lineage
            where (excluded.date, excluded.lineage) < (c.date, c.lineage)
            """,
            [
                .uuidArray(tasks.map(\.record)), .textArray(tasks.map(\.kind)),
                .textOptionalArray(tasks.map(\.topic)), .dateArray(tasks.map(\.date.daysSince1970)),
                .int8Array(tasks.map(\.lineage)),
            ]
        )
    }

    /// Takes back what earlier answers of changed records said and the new ones do not; what both say keeps its number.
    private static func renew(_ output: BatchOutput, _ connection: isolated PostgresConnection) throws {
        let renewed = Set(output.tasksRenewed)
        let tasks = output.tasks.filter { renewed.contains($0.record) }
        try connection.execute(
            "delete from registry.task_answer where record_id = any($1::uuid[])",
            [.uuidArray(output.tasksRenewed)]
        )
        try connection.execute(
            """
            delete from registry.task t
            where t.record_id = any($1::uuid[]) and t.kind <> '\(BatchDecider.escalationTask)' and not exists (
              select from unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) as n(record_id, kind, reason, topic)
              where n.record_id = t.record_id and n.kind = t.kind and n.reason = t.reason
                and n.topic is not distinct from t.topic)
            """,
            [
                .uuidArray(output.tasksRenewed), .uuidArray(tasks.map(\.record)), .textArray(tasks.map(\.kind)),
                .textArray(tasks.map(\.reason)), .textOptionalArray(tasks.map(\.topic)),
            ]
        )
        guard !tasks.isEmpty else { return }
        try connection.execute(
            """
            update registry.task t set lineage = n.lineage, posyandu_id = n.posyandu_id, due = n.due, role = n.role
            from unnest(\(placeholders)) as n(\(columns))
            where t.record_id = n.record_id and t.kind = n.kind and t.reason = n.reason
              and t.topic is not distinct from n.topic
            """,
            values(tasks)
        )
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
              and t.reason = n.reason and t.topic is not distinct from n.topic) = 0
            """
        try connection.execute(
            """
            insert into registry.task(\(columns)) select * from unnest(\(placeholders)) as n(\(columns))
            \(mayExist ? unlessThere : "")
            """,
            values(tasks)
        )
    }

    private static let columns = "record_id, lineage, posyandu_id, due, kind, reason, role, topic"
    private static let placeholders =
        "$1::uuid[], $2::bigint[], $3::int[], $4::date[], $5::text[], $6::text[], $7::text[], $8::text[]"

    private static func values(_ tasks: [TaskRow]) -> [PostgresValue] {
        [
            .uuidArray(tasks.map(\.record)), .int8Array(tasks.map(\.lineage)), .int4Array(tasks.map(\.posyandu)),
            .dateOptionalArray(tasks.map { $0.due?.daysSince1970 }), .textArray(tasks.map(\.kind)),
            .textArray(tasks.map(\.reason)), .textOptionalArray(tasks.map(\.role)),
            .textOptionalArray(tasks.map(\.topic)),
        ]
    }
}
