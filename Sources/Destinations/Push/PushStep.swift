// The push as a pure step: a document's row, what happened, the time → its next row and what to do.
// SPDX-License-Identifier: Apache-2.0

/// The part of an outbox row that the step reads and writes.
package struct PushRow: Sendable, Hashable {
    package var state: DocumentState
    /// When it is due, µs since 1970 UTC.
    package var nextAt: Int64
    /// PUTs begun.
    package var attempts = 0
    /// Failures since the last progress; they make the back-off grow.
    package var failures = 0
    /// Polls of the present transaction.
    package var polls = 0
    /// Read-backs that did not yet show what was announced.
    package var verifications = 0
    /// How often it was announced and then not stored.
    package var losses = 0
    /// Whether the last answer refused our identity.
    package var wasUnauthorised = false
    package var transaction: String?
    /// Revision that a read-back showed, when it is higher than ours.
    package var remoteRevision: Int?
    /// When the reporting window closes.
    package var closesAt: Int64?
    /// Whether a newer revision of the key waits.
    package var newerWaits = false
    /// Why it stands where it stands: an outcome's code or a person's words.
    package var reason: String?

    package init(state: DocumentState, nextAt: Int64) {
        self.state = state
        self.nextAt = nextAt
    }
}

/// What happened to a document.
package enum PushEvent: Sendable, Hashable {
    /// It was claimed because it is due.
    case due
    /// An answer to the PUT or the poll that was sent last.
    case answered(Outcome)
    /// What the read-back showed.
    case found(ReadBackFinding)
    /// No request went out: the login gave no token.
    case loginFailed(Outcome)
    /// A newer revision was planned.
    case newerPlanned
    case hold(String), release, retry
    /// A person confirms it, with a letter's number or another proof.
    case acknowledgedByHand(String)
}

/// What the shell does next for a document.
package enum PushAction: Sendable, Hashable {
    case send, poll, readBack, none
}

/// What a document's event means for its destination.
package enum DestinationEffect: Sendable, Hashable {
    /// The peer answered sensibly.
    case succeeded
    /// The peer failed: counts for the breaker.
    case failed
    /// The token is no longer good.
    case dropToken
    /// Nothing more is sent until a person resumes it.
    case pause(String)
    /// Somebody should look; the push goes on.
    case alert(String)
}

/// The result of a step.
package struct PushDecision: Sendable, Hashable {
    package var row: PushRow
    package var action = PushAction.none
    package var effects: [DestinationEffect] = []
}

/// The state machine of a document. No I/O, no clock, no chance of its own: `random` in 0 ..< 1 comes from outside.
///
/// An event that does not fit the state changes nothing. A document becomes acknowledged by a read-back that shows
/// its revision and digest, or by a person; by nothing else.
package struct PushStep: Sendable {
    package let limits: PushLimits

    package init(limits: PushLimits) {
        self.limits = limits
    }

    package func advance(_ row: PushRow, _ event: PushEvent, now: Int64, random: Double) -> PushDecision {
        var step = Step(limits: limits, now: now, random: random, decision: PushDecision(row: row))
        switch event {
        case .due: step.due()
        case .answered(let outcome): step.answered(outcome)
        case .found(let finding): step.found(finding)
        case .loginFailed(let outcome): step.loginFailed(outcome)
        case .newerPlanned: step.newerPlanned()
        case .hold(let reason): step.hold(reason)
        case .release: if row.state == .held { step.plan(at: now, reason: nil) }
        case .retry: step.retry()
        case .acknowledgedByHand(let proof): step.acknowledgeByHand(proof)
        }
        return step.decision
    }
}

/// One step under way.
private struct Step {
    let limits: PushLimits
    let now: Int64
    let random: Double
    var decision: PushDecision

    var row: PushRow {
        get { decision.row }
        set { decision.row = newValue }
    }

    // MARK: Due

    mutating func due() {
        switch row.state {
        case .planned:
            if let closesAt = row.closesAt, closesAt < now {
                stop(.windowClosed, "window-missed")
                effect(.alert("window-missed"))
            } else {
                row.state = .sending
                row.attempts += 1
                decision.action = .send
            }
        case .sending:
            row.state = .uncertain  // its daemon ended in the middle
            row.reason = "interrupted"
            decision.action = .readBack
        case .pending: decision.action = .poll
        case .verifying, .uncertain: decision.action = .readBack
        default: break
        }
    }

    // MARK: Answers

    mutating func answered(_ outcome: Outcome) {
        guard row.state == .sending || row.state == .pending else { return }
        if outcome.kind != .auth { row.wasUnauthorised = false }
        switch outcome.kind {
        case .ackFinal, .duplicateOK: announced(outcome)
        case .ackPending: pend(outcome)
        case .partial: stop(.partial, outcome.code, answeredBy: outcome)
        case .windowClosed:
            stop(.windowClosed, outcome.code, answeredBy: outcome)
            effect(.alert(outcome.code))
        case .rejected, .tooBig:
            stop(.rejected, outcome.code, answeredBy: outcome)
            effect(.alert(outcome.code))
        case .stale:
            // Believed when the read-back shows a higher revision; waits grow if the two contradict each other.
            row.failures += 1
            doubt(at: row.failures == 1 ? now : now + backOff(), outcome.code)
            effect(.succeeded)
        case .retryLater: retryLater(outcome)
        case .auth: unauthorised(outcome)
        case .contractDrift: drifted(outcome)
        }
    }

    private mutating func announced(_ outcome: Outcome) {
        row.transaction = outcome.transaction ?? row.transaction
        row.state = .verifying
        row.verifications = 0
        row.nextAt = now
        row.reason = nil
        effect(.succeeded)
    }

    private mutating func pend(_ outcome: Outcome) {
        effect(.succeeded)
        guard let transaction = outcome.transaction ?? row.transaction else {
            return doubt(at: now, "no-transaction")
        }
        row.polls = row.state == .pending && transaction == row.transaction ? row.polls + 1 : 0
        row.transaction = transaction
        row.state = .pending
        row.reason = nil
        guard row.polls < limits.pollLimit else {
            effect(.alert("poll-without-end"))
            return doubt(at: now, "poll-without-end")
        }
        let wish = BackOff.retryAfter(outcome.retryAfterSeconds, limit: limits.retryAfterLimit)
        if wish.isExcessive { effect(.alert("retry-after")) }
        let own = BackOff.exponential(base: limits.pollBase, cap: limits.pollCap, step: row.polls)
        row.nextAt = now + (wish.wait > 0 ? wish.wait : own)
    }

    private mutating func retryLater(_ outcome: Outcome) {
        row.failures += 1
        effect(.failed)
        let wish = BackOff.retryAfter(outcome.retryAfterSeconds, limit: limits.retryAfterLimit)
        if wish.isExcessive { effect(.alert("retry-after")) }
        let due = now + max(backOff(), wish.wait)
        if outcome.isUnknown {
            doubt(at: due, outcome.code)
        } else if row.state == .sending {
            plan(at: due, reason: outcome.code)
        } else {
            row.nextAt = due
            row.reason = outcome.code
        }
    }

    /// Once with a new token; then the destination stops, because hammering a login locks the account.
    private mutating func unauthorised(_ outcome: Outcome) {
        if row.wasUnauthorised {
            effect(.pause(outcome.code))
        } else {
            effect(.dropToken)
        }
        row.wasUnauthorised.toggle()
        if row.state == .sending {
            plan(at: now, reason: outcome.code)
        } else {
            row.nextAt = now
            row.reason = outcome.code
        }
    }

    private mutating func drifted(_ outcome: Outcome) {
        effect(.pause(outcome.code))
        if outcome.isUnknown {
            doubt(at: now, outcome.code)
        } else if row.state == .sending {
            plan(at: now, reason: outcome.code)
        } else {
            row.nextAt = now
            row.reason = outcome.code
        }
    }

    mutating func loginFailed(_ outcome: Outcome) {
        guard row.state.isInFlight else { return }
        let isSending = row.state == .sending
        switch outcome.kind {
        case .retryLater:
            row.failures += 1
            effect(.failed)
            let wish = BackOff.retryAfter(outcome.retryAfterSeconds, limit: limits.retryAfterLimit)
            row.nextAt = now + max(backOff(), wish.wait)
        default:
            effect(.pause(outcome.code))
            row.nextAt = now
        }
        row.reason = outcome.code
        if isSending {
            row.attempts -= 1  // nothing of the document was sent
            plan(at: row.nextAt, reason: outcome.code)
        }
    }

    // MARK: Read-back

    mutating func found(_ finding: ReadBackFinding) {
        guard row.state == .verifying || row.state == .uncertain else { return }
        if case .unreadable = finding {} else {
            effect(.succeeded)
            row.wasUnauthorised = false
        }
        switch finding {
        case .same:
            row.state = .acknowledged
            row.failures = 0
            row.reason = nil
        case .absent, .behind: notThere()
        case .different:
            stop(.rejected, "masalah/revisi-bentrok")
            effect(.alert("masalah/revisi-bentrok"))
        case .ahead(let revision):
            row.remoteRevision = revision
            stop(.stale, "masalah/revisi-tertinggal")
            effect(.alert("masalah/revisi-tertinggal"))
        case .unreadable(let outcome): unreadable(outcome)
        }
    }

    private mutating func notThere() {
        guard row.state == .verifying else { return plan(at: max(now, waitAfterFailures()), reason: row.reason) }
        row.verifications += 1
        guard row.verifications >= limits.verificationLimit else {
            let wait = BackOff.exponential(base: limits.pollBase, cap: limits.pollCap, step: row.verifications - 1)
            row.nextAt = now + wait
            return
        }
        row.losses += 1
        effect(.alert("announced-not-stored"))
        if row.losses >= limits.lossLimit {
            stop(.held, "announced-not-stored")
        } else {
            plan(at: now, reason: "announced-not-stored")
        }
    }

    /// A first unknown outcome is resent at once; from the third failure on the wait grows here too, for a peer that
    /// swallows each PUT but answers each read-back.
    private func waitAfterFailures() -> Int64 { row.failures < 3 ? now : now + backOff() }

    private mutating func unreadable(_ outcome: Outcome) {
        row.reason = outcome.code
        switch outcome.kind {
        case .retryLater:
            row.failures += 1
            effect(.failed)
            let wish = BackOff.retryAfter(outcome.retryAfterSeconds, limit: limits.retryAfterLimit)
            if wish.isExcessive { effect(.alert("retry-after")) }
            row.nextAt = now + max(backOff(), wish.wait)
        case .auth:
            effect(row.wasUnauthorised ? .pause(outcome.code) : .dropToken)
            row.wasUnauthorised.toggle()
            row.nextAt = now
        default:
            effect(.pause(outcome.code))
            row.nextAt = now
        }
    }

    // MARK: Revisions and people

    mutating func newerPlanned() {
        row.newerWaits = true
        if row.state == .planned || row.state.isStopped { row.state = .superseded }
    }

    mutating func hold(_ reason: String) {
        guard row.state == .planned else { return }
        row.state = .held
        row.reason = reason
    }

    mutating func retry() {
        if row.state.isStopped {
            row.failures = 0
            row.losses = 0
            plan(at: now, reason: nil)
        } else if row.state == .planned || row.state.isInFlight, row.state != .sending {
            row.failures = 0
            row.nextAt = now
        }
    }

    mutating func acknowledgeByHand(_ proof: String) {
        guard row.state == .planned || row.state.isStopped || row.state == .uncertain else { return }
        row.state = .acknowledged
        row.reason = proof
    }

    // MARK: Pieces

    /// Waits to be sent again, or gives way to a newer revision.
    mutating func plan(at instant: Int64, reason: String?) {
        row.state = row.newerWaits ? .superseded : .planned
        row.transaction = nil
        row.polls = 0
        row.verifications = 0
        row.nextAt = instant
        row.reason = reason
    }

    private mutating func doubt(at instant: Int64, _ reason: String) {
        row.state = .uncertain
        row.nextAt = instant
        row.reason = reason
    }

    private mutating func stop(_ state: DocumentState, _ reason: String, answeredBy outcome: Outcome? = nil) {
        row.state = row.newerWaits ? .superseded : state
        row.reason = reason
        if let outcome {
            row.transaction = outcome.transaction ?? row.transaction
            effect(.succeeded)
        }
    }

    private mutating func effect(_ effect: DestinationEffect) { decision.effects.append(effect) }

    private func backOff() -> Int64 {
        BackOff.fullJitter(
            base: limits.backOffBase,
            cap: limits.backOffCap,
            failures: max(1, row.failures),
            random: random
        )
    }
}
