// The breaker of a destination: after failures in a row, silence; then one try.
// SPDX-License-Identifier: Apache-2.0

/// Kept as a row, so that a restart does not forget it. Closed, open until an instant, then half open: one request.
package struct Breaker: Sendable, Hashable {
    /// Failures in a row.
    package var failures: Int
    /// Nothing is sent before this instant; `nil` while closed.
    package var openUntil: Int64?

    package init(failures: Int = 0, openUntil: Int64? = nil) {
        self.failures = failures
        self.openUntil = openUntil
    }

    /// How many requests may be under way at `now`, of `concurrency`.
    package func allowance(_ concurrency: Int, now: Int64) -> Int {
        guard let openUntil else { return concurrency }
        return now >= openUntil ? 1 : 0
    }

    /// An answer that shows the peer works, whatever it thinks of the document.
    package mutating func succeeded() { self = Breaker() }

    package mutating func failed(now: Int64, limits: PushLimits, random: Double) {
        failures += 1
        guard failures >= limits.breakerThreshold else { return }
        let wait = BackOff.fullJitter(
            base: limits.backOffBase,
            cap: limits.backOffCap,
            failures: failures - limits.breakerThreshold + 1,
            random: random
        )
        openUntil = now + wait
    }
}

/// The rate of a destination: tokens that refill with time, one a request.
package struct TokenBucket: Sendable, Hashable {
    package var tokens: Double
    /// When `tokens` was true, µs since 1970 UTC.
    package var at: Int64

    package init(tokens: Double, at: Int64) {
        self.tokens = tokens
        self.at = at
    }

    /// Takes up to `wanted` whole tokens at `now`. A clock that went back refills nothing and costs nothing.
    package mutating func take(upTo wanted: Int, now: Int64, limits: PushLimits) -> Int {
        guard let rate = limits.requestsPerSecond, rate > 0 else { return wanted }
        let burst = Double(max(1, limits.burst))
        let elapsed = Double(max(0, now - at)) / 1_000_000
        tokens = min(burst, max(0, tokens) + elapsed * rate)
        at = now
        let taken = max(0, min(wanted, Int(tokens)))
        tokens -= Double(taken)
        return taken
    }
}
