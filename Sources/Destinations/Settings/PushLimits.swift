// How hard a destination may be pushed, and how long is waited for what.
// SPDX-License-Identifier: Apache-2.0

/// Limits of one destination. All durations are wall-clock waits between attempts, kept as instants in the database.
package struct PushLimits: Sendable, Hashable {
    /// Requests under way at once, over all daemons of the database.
    package var concurrency: Int
    /// Requests a second, averaged; `nil` sets no rate.
    package var requestsPerSecond: Double?
    /// Requests that may go out at once after a pause, when there is a rate.
    package var burst: Int
    /// Back-off after a failure is random between 0 and `base · 2ⁿ`, at most `cap`.
    package var backOffBase: Duration
    package var backOffCap: Duration
    /// First wait before asking after a pending transaction, when the peer names none; doubles up to `pollCap`.
    package var pollBase: Duration
    package var pollCap: Duration
    /// Polls of one transaction before it counts as lost and is looked up by read-back.
    package var pollLimit: Int
    /// Read-backs that may not yet show an announced acceptance before the document is sent again.
    package var verificationLimit: Int
    /// What the peer says of a document and what it shows contradicted each other this many times (``PushRow/losses``): the
    /// document is held for a person.
    package var lossLimit: Int
    /// A longer `Retry-After` is cut to this and raises an alert.
    package var retryAfterLimit: Duration
    /// Failures in a row that open the breaker.
    package var breakerThreshold: Int
    /// A claim not renewed for this long is free again.
    package var lease: Duration

    package init(
        concurrency: Int = 2,
        requestsPerSecond: Double? = nil,
        burst: Int = 1,
        backOffBase: Duration = .seconds(30),
        backOffCap: Duration = .seconds(6 * 3600),
        pollBase: Duration = .seconds(2),
        pollCap: Duration = .seconds(900),
        pollLimit: Int = 200,
        verificationLimit: Int = 5,
        lossLimit: Int = 3,
        retryAfterLimit: Duration = .seconds(24 * 3600),
        breakerThreshold: Int = 5,
        lease: Duration = .seconds(20)
    ) {
        self.concurrency = concurrency
        self.requestsPerSecond = requestsPerSecond
        self.burst = burst
        self.backOffBase = backOffBase
        self.backOffCap = backOffCap
        self.pollBase = pollBase
        self.pollCap = pollCap
        self.pollLimit = pollLimit
        self.verificationLimit = verificationLimit
        self.lossLimit = lossLimit
        self.retryAfterLimit = retryAfterLimit
        self.breakerThreshold = breakerThreshold
        self.lease = lease
    }
}

extension Duration {
    /// Whole microseconds, saturating.
    var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        let whole = seconds.multipliedReportingOverflow(by: 1_000_000)
        if whole.overflow { return seconds < 0 ? .min : .max }
        return whole.partialValue.addingReportingOverflow(attoseconds / 1_000_000_000_000).partialValue
    }
}
