// Waits between attempts: full jitter, capped, and a peer's Retry-After within reason.
// SPDX-License-Identifier: Apache-2.0

/// Pure arithmetic of waiting. Instants and waits are microseconds.
package enum BackOff {
    /// A wait between 0 and `base · 2ⁿ`, at most `cap`. `random` is in 0 ..< 1; `failures` counts from 1.
    package static func fullJitter(base: Duration, cap: Duration, failures: Int, random: Double) -> Int64 {
        let ceiling = exponential(base: base, cap: cap, step: failures - 1)
        return Int64(Double(ceiling) * min(max(random, 0), 0.999_999))
    }

    /// `base · 2ⁿ`, at most `cap`, for polling: it grows, it is not random.
    package static func exponential(base: Duration, cap: Duration, step: Int) -> Int64 {
        let (base, cap) = (base.wholeMicroseconds, cap.wholeMicroseconds)
        guard base > 0 else { return 0 }
        let exponent = min(max(step, 0), 40)
        let grown = base.multipliedReportingOverflow(by: 1 << Int64(exponent))
        return grown.overflow ? cap : min(cap, grown.partialValue)
    }

    /// The peer's wish in microseconds, from 1 s to `limit`, and whether it asked for more than that.
    package static func retryAfter(_ seconds: Int?, limit: Duration) -> (wait: Int64, isExcessive: Bool) {
        guard let seconds, seconds > 0 else { return (0, false) }
        let limit = limit.wholeMicroseconds
        let wish = Int64(seconds).multipliedReportingOverflow(by: 1_000_000)
        if wish.overflow || wish.partialValue > limit { return (limit, true) }
        return (wish.partialValue, false)
    }
}
