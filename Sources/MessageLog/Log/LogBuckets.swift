// Creates the partitions of the log ahead of time: one bucket a day.
// SPDX-License-Identifier: Apache-2.0
package import PostgresClient

/// Buckets are days since 2020-01-01 UTC. A shard never goes back to an older bucket, whatever the clock does.
package enum LogBuckets {
    /// 2020-01-01 in days since 1970-01-01.
    static let firstDay: Int64 = 18_262
    /// How many days ahead of the newest needed bucket partitions exist.
    package static let ahead: Int32 = 2

    /// A partitioned table of the log and the key of its partitions.
    enum Table: String, CaseIterable {
        case entry = "entry"
        case downlink = "downlink"
        case taskHistory = "task_history"

        var key: String {
            switch self {
            case .entry: "bucket, shard, pos"
            case .downlink: "bucket, node_id, epoch, seq"
            case .taskHistory: "bucket, id, finished"
            }
        }
    }

    /// The bucket of an instant in microseconds since 1970 UTC; before 2020 it is 0.
    package static func bucket(of instant: Int64) -> Int32 {
        let day = instant / 86_400_000_000 - firstDay
        return Int32(clamping: max(day, 0))
    }

    /// Makes sure that the buckets `bucket ... bucket + ahead` can be written. Cheap when they exist; two daemons may
    /// ask at once.
    ///
    /// `attach partition` takes a weaker lock than `create table … partition of`, so readers and writers go on.
    package static func ensure(_ c: isolated PostgresConnection, from bucket: Int32) throws {
        let wanted = (bucket...(bucket + ahead)).map { $0 }
        if try missing(c, wanted).isEmpty { return }
        try c.transaction {
            try c.execute("select pg_advisory_xact_lock(hashtext('log.buckets'))")
            for (table, number) in try missing(c, wanted) {
                let name = "\(table.rawValue)_\(number)"
                try c.run(
                    script: """
                        create table log.\(name) (like log.\(table.rawValue) including defaults);
                        alter table log.\(name) add primary key (\(table.key));
                        alter table log.\(table.rawValue) attach partition log.\(name)
                          for values from (\(number)) to (\(number + 1));
                        """
                )
            }
        }
    }

    private static func missing(_ c: isolated PostgresConnection, _ buckets: [Int32]) throws -> [(Table, Int32)] {
        let wanted = Table.allCases.flatMap { table in buckets.map { (table, $0) } }
        let rows = try c.query(
            """
            select n.ord::int from unnest($1::text[]) with ordinality n(name, ord)
             where not exists (select from pg_class t join pg_namespace s on s.oid = t.relnamespace
                                where s.nspname = 'log' and t.relname = n.name and t.relispartition)
             order by n.ord
            """,
            [.textArray(wanted.map { "\($0.0.rawValue)_\($0.1)" })]
        )
        return try rows.map { wanted[try $0.int(0) - 1] }
    }
}
