// The task table: slow, irregular work such as pushes and exports, one row a key.
// SPDX-License-Identifier: Apache-2.0
package import PostgresClient

/// A claimed task.
package struct ClaimedTask: Sendable {
    package let id: Int64
    package let queue: String
    package let key: String
    /// Grows when the same key is enqueued again: what runs may be outdated when it is done.
    package let version: Int64
    /// How often it was begun, this time included.
    package let attempt: Int
    package let fence: Int64
    /// JSON text.
    package let arguments: String
}

/// State, not events: a key is in the table once, however often it is enqueued, so a week's outage costs one run a key.
package struct TaskQueue: Sendable {
    package let name: String

    package init(_ name: String) { self.name = name }

    /// Asks for a run of `key`, at `runAt` (microseconds; `nil`: now) or earlier if it was already due earlier. A task
    /// that runs now will run again.
    package func enqueue(
        _ c: isolated PostgresConnection,
        key: String,
        runAt: Int64? = nil,
        arguments: String = "{}"
    ) throws {
        try c.execute(
            """
            insert into log.task as t (queue, key, run_at, args) values ($1, $2, coalesce($3::timestamptz, now()), $4)
            on conflict (queue, key) do update set version = t.version + 1, run_at = least(t.run_at, excluded.run_at),
              args = excluded.args
            """,
            [.text(name), .text(key), runAt.map { .timestamptz($0) } ?? .null, .jsonb(arguments)]
        )
    }

    /// Takes up to `limit` due tasks for `leaseSeconds`.
    package func claim(
        _ c: isolated PostgresConnection,
        limit: Int,
        leaseSeconds: Int
    ) throws -> [ClaimedTask] {
        try c.query(
            """
            with c as materialized (
              select id from log.task where queue = $1 and run_at <= now() and lease_until < now()
               order by run_at, id limit $2 for update skip locked)
            update log.task t set lease_until = now() + make_interval(secs => $3), fence = t.fence + 1,
                   attempt = t.attempt + 1
              from c where t.id = c.id
            returning t.id, t.key, t.version, t.attempt, t.fence, t.args::text
            """,
            [.text(name), .int8(Int64(limit)), .float8(Double(leaseSeconds))]
        ).map { row in
            ClaimedTask(
                id: Int64(try row.int(0)),
                queue: name,
                key: try row.string(1),
                version: Int64(try row.int(2)),
                attempt: try row.int(3),
                fence: Int64(try row.int(4)),
                arguments: try row.string(5)
            )
        }.sorted { $0.id < $1.id }
    }

    /// Prolongs the lease while the work runs.
    ///
    /// - Returns: false when another worker has it.
    package func prolong(_ c: isolated PostgresConnection, _ task: ClaimedTask, leaseSeconds: Int) throws -> Bool {
        try c.execute(
            "update log.task set lease_until = now() + make_interval(secs => $3) where id = $1 and fence = $2",
            [.int8(task.id), .int8(task.fence), .float8(Double(leaseSeconds))]
        ) == 1
    }

    /// What ``done(_:_:bucket:)`` found.
    package enum Completion: Sendable {
        case finished
        /// The key was enqueued again meanwhile: it is due once more.
        case again
        /// The lease was lost; another worker has the task.
        case lost
    }

    /// Ends a task. May stand in the caller's transaction.
    ///
    /// - Parameter bucket: today's, for the history.
    package func done(_ c: isolated PostgresConnection, _ task: ClaimedTask, bucket: Int32) throws -> Completion {
        let deleted = try c.execute(
            """
            with d as (delete from log.task where id = $1 and fence = $2 and version = $3
                       returning id, queue, key, attempt, error)
            insert into log.task_history(bucket, id, queue, key, attempt, outcome, error)
            select $4, id, queue, key, attempt, 'done', error from d
            """,
            [.int8(task.id), .int8(task.fence), .int8(task.version), .int4(bucket)]
        )
        if deleted == 1 { return .finished }
        let again = try c.execute(
            "update log.task set lease_until = '-infinity', attempt = 0 where id = $1 and fence = $2",
            [.int8(task.id), .int8(task.fence)]
        )
        return again == 1 ? .again : .lost
    }

    /// Lets a failed task run again after `delaySeconds`; see ``RetryDelay``.
    package func fail(
        _ c: isolated PostgresConnection,
        _ task: ClaimedTask,
        error: String,
        delaySeconds: Double
    ) throws {
        try c.execute(
            """
            update log.task set lease_until = '-infinity', run_at = now() + make_interval(secs => $3), error = $4
             where id = $1 and fence = $2
            """,
            [.int8(task.id), .int8(task.fence), .float8(delaySeconds), .text(error)]
        )
    }

    /// Ends a task that was given up; it stands in the history with its error.
    package func giveUp(
        _ c: isolated PostgresConnection,
        _ task: ClaimedTask,
        error: String,
        bucket: Int32
    ) throws {
        try c.execute(
            """
            with d as (delete from log.task where id = $1 and fence = $2 returning id, queue, key, attempt)
            insert into log.task_history(bucket, id, queue, key, attempt, outcome, error)
            select $3, id, queue, key, attempt, 'given up', $4 from d
            """,
            [.int8(task.id), .int8(task.fence), .int4(bucket), .text(error)]
        )
    }

    /// How many tasks are due, run, and wait for later.
    package func counts(_ c: isolated PostgresConnection) throws -> (due: Int, running: Int, later: Int) {
        let rows = try c.query(
            """
            select count(*) filter (where lease_until < now() and run_at <= now()),
                   count(*) filter (where lease_until >= now()),
                   count(*) filter (where lease_until < now() and run_at > now())
              from log.task where queue = $1
            """,
            [.text(name)]
        )
        guard let row = rows.first else { return (0, 0, 0) }
        return (try row.int(0), try row.int(1), try row.int(2))
    }
}
