// The state machine of a document: each transition, then random walks that look for what must never be.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Destinations

struct StepCase: Sendable, CustomTestStringConvertible {
    var name: String
    var from: DocumentState
    var event: PushEvent
    var to: DocumentState
    var action = PushAction.none
    var effects: [DestinationEffect] = []
    var change: @Sendable (inout PushRow) -> Void = { _ in }

    var testDescription: String { name }
}

@Suite struct PushStepTests {
    static let now: Int64 = 1_000_000_000_000
    static let limits = PushLimits(pollLimit: 3, verificationLimit: 2, lossLimit: 2)

    private static func outcome(_ kind: OutcomeClass, unknown: Bool = false) -> PushEvent {
        .answered(Outcome(kind, code: "c", isUnknown: unknown, transaction: kind == .ackPending ? "t" : nil))
    }

    static let cases: [StepCase] = [
        .init(name: "a planned document is sent", from: .planned, event: .due, to: .sending, action: .send),
        .init(
            name: "its window has closed",
            from: .planned,
            event: .due,
            to: .windowClosed,
            effects: [.alert("window-missed")],
            change: { $0.closesAt = now - 1 }
        ),
        .init(name: "an interrupted PUT is read back", from: .sending, event: .due, to: .uncertain, action: .readBack),
        .init(name: "a pending one is polled", from: .pending, event: .due, to: .pending, action: .poll),
        .init(name: "an announced one is read back", from: .verifying, event: .due, to: .verifying, action: .readBack),
        .init(name: "an uncertain one is read back", from: .uncertain, event: .due, to: .uncertain, action: .readBack),
        .init(name: "a held one is left", from: .held, event: .due, to: .held),
        .init(name: "202", from: .sending, event: outcome(.ackPending), to: .pending, effects: [.succeeded]),
        .init(
            name: "202 without anything to poll",
            from: .sending,
            event: .answered(Outcome(.ackPending, code: "c")),
            to: .uncertain,
            effects: [.pause("no-transaction")]
        ),
        .init(name: "done", from: .sending, event: outcome(.ackFinal), to: .verifying, effects: [.succeeded]),
        .init(name: "was there", from: .sending, event: outcome(.duplicateOK), to: .verifying, effects: [.succeeded]),
        .init(name: "503", from: .sending, event: outcome(.retryLater), to: .planned, effects: [.failed]),
        .init(
            name: "reset after sending",
            from: .sending,
            event: outcome(.retryLater, unknown: true),
            to: .uncertain,
            effects: [.failed]
        ),
        .init(
            name: "503 while a newer one waits",
            from: .sending,
            event: outcome(.retryLater),
            to: .superseded,
            effects: [.failed],
            change: { $0.newerWaits = true }
        ),
        .init(name: "partial", from: .sending, event: outcome(.partial), to: .partial, effects: [.succeeded]),
        .init(
            name: "422",
            from: .sending,
            event: outcome(.rejected),
            to: .rejected,
            effects: [.succeeded, .alert("c")]
        ),
        .init(name: "413", from: .sending, event: outcome(.tooBig), to: .rejected, effects: [.succeeded, .alert("c")]),
        .init(
            name: "closed",
            from: .sending,
            event: outcome(.windowClosed),
            to: .windowClosed,
            effects: [.succeeded, .alert("c")]
        ),
        .init(
            name: "stale is looked up",
            from: .sending,
            event: outcome(.stale),
            to: .uncertain,
            effects: [.succeeded]
        ),
        .init(name: "401 once", from: .sending, event: outcome(.auth), to: .planned, effects: [.dropToken]),
        .init(
            name: "401 twice",
            from: .sending,
            event: outcome(.auth),
            to: .planned,
            effects: [.pause("c")],
            change: { $0.wasUnauthorised = true }
        ),
        .init(
            name: "drift, nothing sent",
            from: .sending,
            event: outcome(.contractDrift),
            to: .planned,
            effects: [.pause("c")]
        ),
        .init(
            name: "drift after sending",
            from: .sending,
            event: outcome(.contractDrift, unknown: true),
            to: .uncertain,
            effects: [.pause("c")]
        ),
        .init(name: "still pending", from: .pending, event: outcome(.ackPending), to: .pending, effects: [.succeeded]),
        .init(
            name: "pending without end",
            from: .pending,
            event: outcome(.ackPending),
            to: .uncertain,
            effects: [.succeeded, .alert("poll-without-end")],
            change: {
                $0.transaction = "t"
                $0.polls = 2
            }
        ),
        .init(name: "poll done", from: .pending, event: outcome(.ackFinal), to: .verifying, effects: [.succeeded]),
        .init(name: "poll fails", from: .pending, event: outcome(.retryLater), to: .pending, effects: [.failed]),
        .init(
            name: "the peer lost the transaction",
            from: .pending,
            event: outcome(.retryLater, unknown: true),
            to: .uncertain,
            effects: [.failed]
        ),
        .init(
            name: "poll refused",
            from: .pending,
            event: outcome(.rejected),
            to: .rejected,
            effects: [.succeeded, .alert("c")]
        ),
        .init(name: "seen", from: .verifying, event: .found(.same), to: .acknowledged, effects: [.succeeded]),
        .init(
            name: "seen although unknown",
            from: .uncertain,
            event: .found(.same),
            to: .acknowledged,
            effects: [.succeeded]
        ),
        .init(name: "not there, resend", from: .uncertain, event: .found(.absent), to: .planned, effects: [.succeeded]),
        .init(
            name: "older there, resend",
            from: .uncertain,
            event: .found(.behind(revision: 1)),
            to: .planned,
            effects: [.succeeded]
        ),
        .init(
            name: "refused as outdated again, and nothing newer shown",
            from: .uncertain,
            event: .found(.behind(revision: 1)),
            to: .held,
            effects: [.succeeded, .alert("stale-not-shown")],
            change: { $0.losses = 2 }
        ),
        .init(
            name: "accepted, lost again, and not there",
            from: .uncertain,
            event: .found(.absent),
            to: .held,
            effects: [.succeeded, .alert("announced-not-stored")],
            change: {
                $0.losses = 2
                $0.transaction = "t"
            }
        ),
        .init(
            name: "a list without end",
            from: .uncertain,
            event: .found(.more),
            to: .uncertain,
            effects: [.succeeded, .pause("read-back-endless")]
        ),
        .init(
            name: "not there while a newer one waits",
            from: .uncertain,
            event: .found(.absent),
            to: .superseded,
            effects: [.succeeded],
            change: { $0.newerWaits = true }
        ),
        .init(
            name: "announced, not yet there",
            from: .verifying,
            event: .found(.absent),
            to: .verifying,
            effects: [.succeeded]
        ),
        .init(
            name: "announced, never there",
            from: .verifying,
            event: .found(.absent),
            to: .planned,
            effects: [.succeeded, .alert("announced-not-stored")],
            change: { $0.verifications = 1 }
        ),
        .init(
            name: "announced and lost again",
            from: .verifying,
            event: .found(.absent),
            to: .held,
            effects: [.succeeded, .alert("announced-not-stored")],
            change: {
                $0.verifications = 1
                $0.losses = 1
            }
        ),
        .init(
            name: "other bytes there",
            from: .uncertain,
            event: .found(.different(digest: "x")),
            to: .rejected,
            effects: [.succeeded, .alert("masalah/revisi-bentrok")]
        ),
        .init(
            name: "a higher revision there",
            from: .uncertain,
            event: .found(.ahead(revision: 9)),
            to: .stale,
            effects: [.succeeded, .alert("masalah/revisi-tertinggal")]
        ),
        .init(
            name: "unreadable",
            from: .uncertain,
            event: .found(.unreadable(Outcome(.retryLater, code: "c"))),
            to: .uncertain,
            effects: [.failed]
        ),
        .init(
            name: "unreadable for ever",
            from: .verifying,
            event: .found(.unreadable(Outcome(.contractDrift, code: "c"))),
            to: .verifying,
            effects: [.pause("c")]
        ),
        .init(
            name: "login later",
            from: .sending,
            event: .loginFailed(Outcome(.retryLater, code: "c")),
            to: .planned,
            effects: [.failed]
        ),
        .init(
            name: "login refused",
            from: .sending,
            event: .loginFailed(Outcome(.auth, code: "c")),
            to: .planned,
            effects: [.pause("c")]
        ),
        .init(name: "newer", from: .planned, event: .newerPlanned, to: .superseded),
        .init(name: "newer after a refusal", from: .rejected, event: .newerPlanned, to: .superseded),
        .init(name: "newer in flight", from: .pending, event: .newerPlanned, to: .pending),
        .init(name: "hold", from: .planned, event: .hold("x"), to: .held),
        .init(name: "no hold in flight", from: .sending, event: .hold("x"), to: .sending),
        .init(name: "release", from: .held, event: .release, to: .planned),
        .init(name: "release of what is not held", from: .rejected, event: .release, to: .rejected),
        .init(name: "retry", from: .rejected, event: .retry, to: .planned),
        .init(name: "no retry of what is done", from: .acknowledged, event: .retry, to: .acknowledged),
        .init(name: "by hand", from: .windowClosed, event: .acknowledgedByHand("No 1"), to: .acknowledged),
        .init(name: "not by hand while sending", from: .sending, event: .acknowledgedByHand("No 1"), to: .sending),
        .init(name: "an answer too late", from: .acknowledged, event: outcome(.rejected), to: .acknowledged),
        .init(name: "an answer to nothing", from: .planned, event: outcome(.ackFinal), to: .planned),
        .init(name: "a finding for nothing", from: .planned, event: .found(.same), to: .planned),
    ]

    @Test(arguments: cases)
    func `an event leads from state to state`(_ row: StepCase) {
        var start = PushRow(state: row.from, nextAt: Self.now)
        row.change(&start)
        let decision = PushStep(limits: Self.limits).advance(start, row.event, now: Self.now, random: 0.5)
        #expect(decision.row.state == row.to)
        #expect(decision.action == row.action)
        #expect(decision.effects == row.effects)
    }

    @Test func `a wish of the peer is honoured within a day, and more than that is an alert`() {
        let row = PushRow(state: .sending, nextAt: Self.now)
        func decide(_ seconds: Int) -> PushDecision {
            let outcome = Outcome(.retryLater, code: "c", retryAfterSeconds: seconds)
            return PushStep(limits: PushLimits()).advance(row, .answered(outcome), now: Self.now, random: 0)
        }
        #expect(decide(120).row.nextAt == Self.now + 120_000_000)
        #expect(decide(10 * 365 * 86_400).row.nextAt == Self.now + 86_400_000_000)
        #expect(decide(.max).effects.contains(.alert("retry-after")))
    }

    @Test func `back-off is jittered, grows and is capped`() {
        let (base, cap) = (Duration.seconds(30), Duration.seconds(21_600))
        let ceilings = (1...20).map { BackOff.fullJitter(base: base, cap: cap, failures: $0, random: 0.999_999) }
        #expect(ceilings.first == 29_999_970)
        #expect(zip(ceilings, ceilings.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(ceilings.last.map { $0 <= 21_600_000_000 } == true)
        #expect(BackOff.fullJitter(base: base, cap: cap, failures: 9, random: 0) == 0)
        #expect(BackOff.fullJitter(base: base, cap: cap, failures: .max, random: 0.5) == 10_800_000_000)
    }

    @Test func `the breaker opens after failures in a row, lets one through, and closes`() {
        var breaker = Breaker()
        let limits = PushLimits(breakerThreshold: 3)
        for _ in 0..<2 { breaker.failed(now: 0, limits: limits, random: 0.5) }
        #expect(breaker.allowance(4, now: 0) == 4)
        breaker.failed(now: 0, limits: limits, random: 0.5)
        #expect(breaker.allowance(4, now: 0) == 0)
        #expect(breaker.allowance(4, now: 15_000_000) == 1)
        breaker.succeeded()
        #expect(breaker.allowance(4, now: 0) == 4)
    }

    @Test func `the bucket gives its rate, and a clock that goes back costs nothing`() {
        let limits = PushLimits(requestsPerSecond: 2, burst: 3)
        var bucket = TokenBucket(tokens: 0, at: 0)
        #expect(bucket.take(upTo: 9, now: 10_000_000, limits: limits) == 3)
        #expect(bucket.take(upTo: 9, now: 10_000_000, limits: limits) == 0)
        #expect(bucket.take(upTo: 9, now: 11_000_000, limits: limits) == 2)
        #expect(bucket.take(upTo: 9, now: 1_000_000, limits: limits) == 0)
        #expect(bucket.take(upTo: 9, now: 2_000_000, limits: limits) == 2)
        #expect(TokenBucket(tokens: 0, at: 0).tokens == 0)
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `a random walk never acknowledges what was not seen, and never loses a document`(_ seed: UInt64) {
        var generator = SplitMix(seed)
        let step = PushStep(limits: Self.limits)
        for _ in 0..<5_000 {
            var row = PushRow(state: .planned, nextAt: 0)
            var now: Int64 = 0
            for _ in 0..<40 {
                let event = Self.event(&generator)
                let before = row
                let decision = step.advance(row, event, now: now, random: generator.unit())
                row = decision.row
                if row.state == .acknowledged, before.state != .acknowledged {
                    let isProved = event == .found(.same) || event == .acknowledgedByHand("p")
                    #expect(isProved)
                }
                if before.state.isFinal { #expect(row.state == before.state) }
                if decision.action == .send { #expect(before.state == .planned && row.state == .sending) }
                if row.state == .planned, before.state == .sending || before.state == .uncertain {
                    // Back to waiting only when the outcome is known: nothing went out, or it was read back.
                    if case .answered(let outcome) = event { #expect(!outcome.isUnknown) }
                }
                if before.state == .uncertain, row.state == .planned {
                    #expect(event == .found(.absent) || event == .found(.behind(revision: 1)))
                }
                if row.state.isStopped { #expect(row.reason != nil) }
                if row.state == .planned || row.state.isInFlight { #expect(row.nextAt >= 0) }
                #expect(row.attempts >= 0)
                now += Int64(generator.below(10_000_000))
            }
        }
    }

    static func event(_ generator: inout SplitMix) -> PushEvent {
        let kinds = OutcomeClass.allCases
        switch generator.below(10) {
        case 0...2: return .due
        case 3...5:
            let kind = kinds[generator.below(kinds.count)]
            return .answered(
                Outcome(
                    kind,
                    code: "c",
                    isUnknown: generator.below(2) == 0,
                    retryAfterSeconds: generator.below(3) == 0 ? generator.below(100_000) : nil,
                    transaction: generator.below(2) == 0 ? "t" : nil
                )
            )
        case 6, 7:
            let findings: [ReadBackFinding] = [
                .same, .absent, .behind(revision: 1), .different(digest: "d"), .ahead(revision: 9),
                .unreadable(Outcome(kinds[generator.below(kinds.count)], code: "c")),
            ]
            return .found(findings[generator.below(findings.count)])
        case 8: return .loginFailed(Outcome(generator.below(2) == 0 ? .auth : .retryLater, code: "c"))
        default:
            let others: [PushEvent] = [
                .newerPlanned, .hold("h"), .release, .retry, .acknowledgedByHand("p"), .withdrawn,
            ]
            return others[generator.below(others.count)]
        }
    }
}

/// A seeded generator, so that a failing walk is a walk for ever.
struct SplitMix {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }

    mutating func unit() -> Double { Double(next() >> 11) / Double(1 << 53) }
}
