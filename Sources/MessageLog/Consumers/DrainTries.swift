// How often a drain took something in hand and its process ended: what brings the daemon down is found out.
// SPDX-License-Identifier: Apache-2.0
package import PostgresClient

/// `log.drain_try`: for what does not come from the cursor what the tries of `log.cursor` are for batches of the log. Items
/// have names of the consumer's choice.
package enum DrainTries {
    /// Tries by item. Read before anything is taken in hand: these are of processes that ended.
    package static func read(_ c: isolated PostgresConnection, consumer: String) throws -> [String: Int] {
        let rows = try c.query("select item, tries from log.drain_try where consumer = $1", [.text(consumer)])
        var tries: [String: Int] = [:]
        for row in rows { tries[try row.string(0)] = try row.int(1) }
        return tries
    }

    /// Counts a try of each item before a handler sees it. Its commit is not flushed: only the crash of the whole computer
    /// could lose it.
    ///
    /// - Parameter outlived: items whose last try failed while this process lived; it is taken back.
    package static func count(
        _ c: isolated PostgresConnection,
        consumer: String,
        _ items: [String],
        outlived: [String]
    ) throws {
        try c.transaction(.init(synchronousCommitOff: true)) {
            try takeBack(c, consumer: consumer, outlived)
            try c.execute(
                """
                insert into log.drain_try as t (consumer, item) select $1, v.item from unnest($2::text[]) v(item)
                on conflict (consumer, item) do update set tries = least(t.tries + 1, 32000)
                """,
                [.text(consumer), .textArray(items)]
            )
        }
    }

    /// Takes one try of each item back: its process lived on, and the item waits as before.
    package static func takeBack(_ c: isolated PostgresConnection, consumer: String, _ items: [String]) throws {
        guard !items.isEmpty else { return }
        let parameters: [PostgresValue] = [.text(consumer), .textArray(items)]
        _ = try c.pipeline([
            ("update log.drain_try set tries = tries - 1 where consumer = $1 and item = any($2)", parameters),
            ("delete from log.drain_try where consumer = $1 and item = any($2) and tries <= 0", parameters),
        ])
    }

    /// Forgets items in the transaction that deals with them.
    package static func forget(_ c: isolated PostgresConnection, consumer: String, _ items: [String]) throws {
        guard !items.isEmpty else { return }
        try c.execute(
            "delete from log.drain_try where consumer = $1 and item = any($2)",
            [.text(consumer), .textArray(items)]
        )
    }
}
