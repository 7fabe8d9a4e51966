// Peers that answer the same for ever: a push under each of them ends, or a person is told again and again at long waits.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Destinations

@Suite struct EndlessTests {
    private static let limits = PushLimits(
        backOffBase: .seconds(1),
        backOffCap: .seconds(8),
        pollBase: .seconds(1),
        pollCap: .seconds(8),
        pollLimit: 3,
        verificationLimit: 2,
        lossLimit: 2
    )

    /// What a peer answers: to each kind of question in turn, then from the first again.
    private struct Peer: CustomStringConvertible {
        var puts: [Outcome]
        var polls: [Outcome] = [Outcome(.ackFinal, code: "done")]
        var findings: [ReadBackFinding]
        /// Instead of the n-th question of any kind, when the login gives nothing.
        var logins: [Outcome?] = [nil]

        var description: String {
            func told(_ outcomes: [Outcome]) -> [String] {
                outcomes.map { "\($0.kind)\($0.isUnknown ? "?" : "")\($0.transaction ?? "")" }
            }
            return "\(told(puts)) \(told(polls)) \(findings)"
        }
    }

    private enum End: Hashable {
        /// Of the document, with its reason and a remedy.
        case stopped, done, paused
        /// The peer fails, and each try is an alert.
        case told
        /// What must not be.
        case silent(String)
    }

    private static func outcomes(_ kinds: [OutcomeClass]) -> [Outcome] {
        kinds.flatMap { kind -> [Outcome] in
            switch kind {
            case .ackPending:
                [
                    Outcome(kind, code: "c", transaction: "t"), Outcome(kind, code: "c"),
                    Outcome(kind, code: "c", transaction: "u"),
                ]
            case .retryLater, .auth, .contractDrift:
                [Outcome(kind, code: "c"), Outcome(kind, code: "c", isUnknown: true)]
            default: [Outcome(kind, code: "c")]
            }
        }
    }

    /// One of each way in which the step treats them.
    private static let representatives = outcomes([
        .ackFinal, .ackPending, .partial, .rejected, .stale, .retryLater, .auth, .contractDrift,
    ])
    private static let findings: [ReadBackFinding] = [
        .same, .absent, .behind(revision: 0), .different(digest: "d"), .ahead(revision: 9), .more, .notOffered,
        .unreadable(Outcome(.retryLater, code: "c")), .unreadable(Outcome(.auth, code: "c")),
        .unreadable(Outcome(.contractDrift, code: "c")),
    ]

    /// All of one, and all of two.
    private static func patterns<Value>(_ values: [Value]) -> [[Value]] {
        values.map { [$0] }
            + values.indices.flatMap { one in
                values.indices.filter { $0 != one }.map { [values[one], values[$0]] }
            }
    }

    // MARK: A run

    /// Drives a document at a peer, always at the moment when it is due and with the longest wait that chance gives.
    private static func end(_ start: PushRow, _ peer: Peer) -> End {
        let step = PushStep(limits: limits)
        var row = start
        var now: Int64 = 0
        var asked = (all: 0, puts: 0, polls: 0, reads: 0)
        // Alerts and when they came, of the last rounds.
        var alerts: [Int64] = []
        func take<Value>(_ values: [Value], _ count: inout Int) -> Value {
            defer { count += 1 }
            return values[count % values.count]
        }
        for _ in 0..<mostRounds {
            now = max(now, row.nextAt)
            let due = step.advance(row, .due, now: now, random: 0.999)
            row = due.row
            let event: PushEvent
            if due.action != .none, let refusal = take(peer.logins, &asked.all) {
                event = .loginFailed(refusal)
            } else {
                switch due.action {
                case .send: event = .answered(take(peer.puts, &asked.puts))
                case .poll: event = .answered(take(peer.polls, &asked.polls))
                case .readBack: event = .found(take(peer.findings, &asked.reads))
                case .none: return .silent("nothing to do in \(row.state)")
                }
            }
            let decision = step.advance(row, event, now: now, random: 0.999)
            row = decision.row
            for effect in decision.effects {
                if case .pause(let code) = effect {
                    return code.isEmpty ? .silent("paused without a reason") : .paused
                }
                if case .alert = effect { alerts.append(now) }
            }
            if row.state.isFinal { return .done }
            if row.state.isStopped {
                let isExplained = row.reason?.isEmpty == false && Remedy.words(document: 1, row: row) != nil
                return isExplained ? .stopped : .silent("stopped without a reason or remedy")
            }
            // Four alerts in a row whose waits are the longest, of a peer that fails.
            let last = alerts.suffix(4)
            if last.count == 4, let first = last.first, now - first >= 3 * 7_000_000,
                Remedy.words(document: 1, row: row) != nil
            {
                return .told
            }
        }
        return .silent("after \(mostRounds) rounds it is \(row.state), \(alerts.count) alerts, \(now) µs later")
    }

    /// Far more than any of the limits multiplied.
    private static let mostRounds = 160

    private static func ends(_ peers: [Peer], from start: PushRow = PushRow(state: .planned, nextAt: 0)) -> Set<End> {
        var ends: Set<End> = []
        for peer in peers {
            let end = end(start, peer)
            if case .silent(let why) = end { Issue.record("\(why): \(start.state), \(peer)") }
            ends.insert(end)
        }
        return ends
    }

    // MARK: Peers

    @Test func `every class of answer to every question, each for ever`() {
        let all = Self.outcomes(OutcomeClass.allCases)
        let peers = all.flatMap { put in
            all.flatMap { poll in
                Self.findings.map { Peer(puts: [put], polls: [poll], findings: [$0]) }
            }
        }
        #expect(Self.ends(peers) == [.stopped, .done, .paused, .told])
    }

    @Test func `two answers in turn to a push and two to a read-back`() {
        let peers = Self.patterns(Self.representatives).flatMap { puts in
            Self.patterns(Self.findings).map { Peer(puts: puts, findings: $0) }
        }
        #expect(Self.ends(peers) == [.stopped, .done, .paused, .told])
    }

    @Test func `two answers in turn to a poll and two to a read-back`() {
        let pending = [Outcome(.ackPending, code: "c", transaction: "t")]
        let peers = Self.patterns(Self.representatives).flatMap { polls in
            Self.patterns(Self.findings).map { Peer(puts: pending, polls: polls, findings: $0) }
        }
        #expect(Self.ends(peers) == [.stopped, .done, .paused, .told])
    }

    @Test func `a login that fails for ever, or each other time`() {
        let refusals = Self.outcomes([.retryLater, .auth, .contractDrift, .rejected])
        let peers = refusals.flatMap { refusal in
            [[refusal], [nil, refusal]].flatMap { logins in
                Self.representatives.flatMap { put in
                    Self.findings.map { Peer(puts: [put], findings: [$0], logins: logins) }
                }
            }
        }
        #expect(Self.ends(peers) == [.stopped, .done, .paused, .told])
    }

    @Test func `from any state with any counters`() {
        var generator = SplitMix(5)
        let open: [DocumentState] = [.planned, .sending, .pending, .verifying, .uncertain]
        let pushes = Self.patterns(Self.representatives)
        let findings = Self.patterns(Self.findings)
        var ends: Set<End> = []
        for _ in 0..<20_000 {
            var row = PushRow(state: open[generator.below(open.count)], nextAt: 0)
            row.failures = generator.below(5)
            row.polls = generator.below(4)
            row.verifications = generator.below(3)
            row.losses = generator.below(4)
            row.wasUnauthorised = generator.below(2) == 0
            if row.state == .pending || generator.below(2) == 0 { row.transaction = "t" }
            if generator.below(2) == 0 { row.reason = "before" }
            let peer = Peer(
                puts: pushes[generator.below(pushes.count)],
                polls: pushes[generator.below(pushes.count)],
                findings: findings[generator.below(findings.count)]
            )
            ends.formUnion(Self.ends([peer], from: row))
        }
        #expect(ends == [.stopped, .done, .paused, .told])
    }

    @Test(arguments: [
        // Always outdated, and nothing there: three pushes, then a person.
        ([Outcome(.stale, code: "http-412")], [ReadBackFinding.absent], "stale-not-shown", 3),
        ([Outcome(.stale, code: "http-409")], [.behind(revision: 1)], "stale-not-shown", 3),
        // A read-back that fails in between makes no difference.
        (
            [Outcome(.stale, code: "http-412")], [.absent, .unreadable(Outcome(.retryLater, code: "http-503"))],
            "stale-not-shown", 3
        ),
        ([Outcome(.ackFinal, code: "ok"), Outcome(.stale, code: "http-412")], [.absent], "announced-not-stored", 3),
    ])
    func `a peer that contradicts itself is sent the same as often as the limit says`(
        _ puts: [Outcome],
        _ findings: [ReadBackFinding],
        _ reason: String,
        _ attempts: Int
    ) {
        let limits = PushLimits()
        let step = PushStep(limits: limits)
        var row = PushRow(state: .planned, nextAt: 0)
        var reads = 0
        while !row.state.isStopped, row.attempts < 100 {
            let due = step.advance(row, .due, now: row.nextAt, random: 0.5)
            var event = PushEvent.found(findings[reads % findings.count])
            if due.action == .send {
                event = .answered(puts[(due.row.attempts - 1) % puts.count])
            } else {
                reads += 1
            }
            row = step.advance(due.row, event, now: due.row.nextAt, random: 0.5).row
        }
        #expect(row.state == .held && row.reason == reason && row.attempts == attempts)
        // A person may let it be tried anew.
        row = step.advance(row, .retry, now: 0, random: 0).row
        #expect(row.state == .planned && row.losses == 0)
    }

    @Test func `once it is seen at the peer, what went wrong before is forgotten`() {
        let step = PushStep(limits: PushLimits())
        var row = PushRow(state: .uncertain, nextAt: 0)
        (row.losses, row.failures) = (2, 4)
        row = step.advance(row, .found(.same), now: 0, random: 0).row
        #expect(row.losses == 0 && row.failures == 0)
    }
}
