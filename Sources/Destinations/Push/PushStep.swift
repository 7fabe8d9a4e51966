// The push as a pure step: a document's row, what happened, the time → its next row and what to do.
// SPDX-License-Identifier: Apache-2.0

/// The state machine of a document. No I/O, no clock, no chance of its own: `random` in 0 ..< 1 comes from outside.
///
/// An event that does not fit the state changes nothing. A document becomes acknowledged by a read-back that shows
/// its revision and digest, or by a person; by nothing else. Whatever a peer answers again and again, a person is told: the
/// document stops, its destination is paused, or, of a peer that fails, each try at the longest wait is an alert.
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
        case .reconciled(let finding): step.reconciled(finding)
        case .loginFailed(let outcome): step.loginFailed(outcome)
        case .withdrawn: step.withdrawn()
        case .newerPlanned: step.newerPlanned()
        case .hold(let reason): step.hold(reason)
        case .release: if row.state == .held, !row.isByHand { step.plan(at: now, reason: nil) }
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
        case .stale: outdated(outcome)
        case .retryLater: retryLater(outcome)
        case .auth: unauthorised(outcome)
        case .contractDrift: drifted(outcome)
        }
    }

    private mutating func announced(_ outcome: Outcome) {
        row.transaction = outcome.transaction ?? row.transaction
        row.failures = 0
        row.state = .verifying
        row.verifications = 0
        row.nextAt = now
        row.reason = nil
        effect(.succeeded)
    }

    private mutating func pend(_ outcome: Outcome) {
        guard let transaction = outcome.transaction ?? row.transaction else {
            return drifted(Outcome(.contractDrift, code: "no-transaction", isUnknown: true))
        }
        effect(.succeeded)
        row.polls = row.state == .pending ? row.polls + 1 : 0
        row.transaction = transaction
        row.failures = 0
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

    /// Believed when the read-back shows a higher revision. A peer that shows none contradicts itself: that counts as a loss, and
    /// the waits grow.
    private mutating func outdated(_ outcome: Outcome) {
        row.failures += 1
        if row.state == .sending { row.losses += 1 }
        doubt(at: row.failures == 1 ? now : now + backOff(), outcome.code)
        effect(.succeeded)
    }

    private mutating func retryLater(_ outcome: Outcome) {
        let due = failed(outcome)
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
        if outcome.isUnknown {
            doubt(at: now, outcome.code)
        } else if row.state == .sending {
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
        case .retryLater: row.nextAt = failed(outcome)
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

    /// It stays due, and comes back when its destination takes it again.
    mutating func withdrawn() {
        guard row.state == .sending else { return }
        row.attempts -= 1  // nothing of the document was sent
        plan(at: row.nextAt, reason: row.reason)
    }

    // MARK: Read-back

    mutating func found(_ finding: ReadBackFinding) {
        guard row.state == .verifying || row.state == .uncertain else { return }
        if case .unreadable = finding {
        } else {
            effect(.succeeded)
            // A PUT that was refused for our identity is not excused by a read-back that is let through.
            if row.state == .verifying { row.wasUnauthorised = false }
        }
        switch finding {
        case .same:
            row.state = .acknowledged
            row.failures = 0
            row.losses = 0
            row.reason = nil
        case .absent, .behind: notThere()
        case .different:
            stop(.rejected, "masalah/revisi-bentrok")
            effect(.alert("masalah/revisi-bentrok"))
        case .ahead(let revision):
            row.remoteRevision = revision
            stop(.stale, "masalah/revisi-tertinggal")
            effect(.alert("masalah/revisi-tertinggal"))
        case .more: unreadable(Outcome(.contractDrift, code: "read-back-endless"))
        case .notOffered:
            stop(.held, "no-read-back")
            effect(.alert("no-read-back"))
        case .unreadable(let outcome): unreadable(outcome)
        }
    }

    /// An acknowledged document is sent again when the peer has lost it, and stops when the peer holds something else.
    mutating func reconciled(_ finding: ReadBackFinding) {
        guard row.state == .acknowledged else { return }
        switch finding {
        case .same, .more, .notOffered, .unreadable: break
        case .absent, .behind:
            effect(.alert("drift"))
            plan(at: now, reason: "drift")
        case .different:
            effect(.alert("masalah/revisi-bentrok"))
            stop(.rejected, "masalah/revisi-bentrok")
        case .ahead(let revision):
            effect(.alert("masalah/revisi-tertinggal"))
            row.remoteRevision = revision
            stop(.stale, "masalah/revisi-tertinggal")
        }
    }

    private mutating func notThere() {
        guard row.state == .verifying else {
            guard row.losses >= limits.lossLimit else { return plan(at: waitAfterFailures(), reason: row.reason) }
            let reason = row.transaction == nil ? "stale-not-shown" : "announced-not-stored"
            effect(.alert(reason))
            return stop(.held, reason)
        }
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
    private func waitAfterFailures() -> Int64 { row.isFailing ? now + backOff() : now }

    private mutating func unreadable(_ outcome: Outcome) {
        row.reason = outcome.code
        switch outcome.kind {
        case .retryLater: row.nextAt = failed(outcome)
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
        if row.isByHand { return }
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

    /// Read back before anything else. What was accepted and is in doubt all the same counts as a loss.
    private mutating func doubt(at instant: Int64, _ reason: String) {
        if row.state == .pending { row.losses += 1 }
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

    /// The peer failed; returns when it is tried again. Who fails until the waits grow no more has failed for hours: each
    /// further time is an alert.
    private mutating func failed(_ outcome: Outcome) -> Int64 {
        row.failures += 1
        effect(.failed)
        let wish = BackOff.retryAfter(outcome.retryAfterSeconds, limit: limits.retryAfterLimit)
        if wish.isExcessive { effect(.alert("retry-after")) }
        if row.isFailing, longestWait(row.failures) == longestWait(row.failures + 1) { effect(.alert(outcome.code)) }
        return now + max(backOff(), wish.wait)
    }

    private func longestWait(_ failures: Int) -> Int64 {
        BackOff.exponential(base: limits.backOffBase, cap: limits.backOffCap, step: failures - 1)
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
