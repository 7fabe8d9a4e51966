// Rows that pace work across restarts: token buckets, schedules, and the delay before a retry.
// SPDX-License-Identifier: Apache-2.0
package import PostgresClient

/// A token bucket in `log.rate`, shared by all workers and kept over restarts.
package enum RateBucket {
    /// Makes or changes a bucket: `rate` tokens a second, at most `burst` saved up.
    package static func define(
        _ c: isolated PostgresConnection,
        name: String,
        rate: Double,
        burst: Double
    ) throws {
        try c.execute(
            """
            insert into log.rate(name, rate, burst, tokens) values ($1, $2, $3, $3)
            on conflict (name) do update set rate = excluded.rate, burst = excluded.burst
            """,
            [.text(name), .float8(rate), .float8(burst)]
        )
    }

    /// Takes one token.
    ///
    /// - Returns: false when there is none now.
    package static func take(_ c: isolated PostgresConnection, name: String) throws -> Bool {
        try c.execute(
            """
            update log.rate
               set tokens = least(burst, tokens + rate * extract(epoch from clock_timestamp() - at)) - 1,
                   at = clock_timestamp()
             where name = $1 and least(burst, tokens + rate * extract(epoch from clock_timestamp() - at)) >= 1
            """,
            [.text(name)]
        ) == 1
    }
}

/// A schedule in `log.schedule`: whoever moves the row first runs the job.
package enum Schedule {
    /// Makes a schedule whose first run is at `first` (microseconds), unless it exists.
    package static func define(_ c: isolated PostgresConnection, name: String, first: Int64) throws {
        try c.execute(
            "insert into log.schedule(name, next_run) values ($1, $2) on conflict do nothing",
            [.text(name), .timestamptz(first)]
        )
    }

    /// Tries to win the run that is due.
    ///
    /// - Parameter next: when the following run is due, microseconds.
    /// - Returns: true for the one caller that runs the job.
    package static func win(_ c: isolated PostgresConnection, name: String, next: Int64) throws -> Bool {
        try c.execute(
            "update log.schedule set next_run = $2 where name = $1 and next_run <= now()",
            [.text(name), .timestamptz(next)]
        ) == 1
    }
}

/// The delay before a retry: random between 0 and 5 s · 2ⁿ, at most an hour, at least what the other side asked for.
package enum RetryDelay {
    /// - Parameters:
    ///   - attempt: how often the task was begun, from 1.
    ///   - retryAfter: seconds of a `Retry-After`, or 0.
    /// - Returns: seconds.
    package static func seconds(
        attempt: Int,
        retryAfter: Double = 0,
        using random: inout some RandomNumberGenerator
    ) -> Double {
        let longest = min(3_600, 5 * Double(1 << min(max(attempt, 0), 20)))
        return max(retryAfter, Double.random(in: 0...longest, using: &random))
    }

    /// A task is given up after 12 tries or 72 hours.
    package static func isOver(attempt: Int, ageSeconds: Double) -> Bool {
        attempt >= 12 || ageSeconds >= 72 * 3_600
    }
}
