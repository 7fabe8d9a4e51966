// The loop of one destination: claim, log in once for all, push side by side, record, keep the leases alive.
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTransfer
internal import Logging
internal import PostgresClient
internal import ServiceLifecycle

/// Only this loop holds the destination's session: there is never more than one login under way.
///
/// One transaction claims and one records at a time; requests go on meanwhile, with claims that wait for their turn. So a connection
/// does not idle while the outbox is written. The faster a peer answers, the more claims wait and the more documents share a
/// commit; a slow one has none waiting, and its answers are recorded as they come.
struct DestinationLoop: Sendable {
    let settings: DestinationSettings
    let exporter: any Exporter
    let outbox: Outbox
    let transfer: HTTPTransfer
    let owner: String
    let log: Logger
    let idle: Duration
    let clock: Pusher.Clock

    /// What a child task brings back.
    private enum Event: Sendable {
        case tick
        case loggedIn(Result<Session, LoginRefusal>)
        case answered(Given)
        case claimed(Result<[Claim], any Error>, closures: Int)
        case recorded([Recorded], isClosed: Bool)
    }

    /// An answer, and the session that it was given to.
    private struct Given: Sendable {
        var answer: Answer
        var generation: Int
    }

    private struct Recorded: Sendable {
        var given: Given
        var decision: Result<PushDecision?, any Error>
    }

    /// What the loop knows; touched by it alone.
    private struct State {
        var session: Session?
        var generation = 0
        var isLoggingIn = false
        /// Claimed, waiting for a session or a free connection.
        var waiting: [Claim] = []
        /// Under way or next in turn, by attempt.
        var active: [Int64: Claim] = [:]
        /// Answered and not yet being recorded.
        var answers: [Given] = []
        /// Being recorded by the one task that does.
        var recording: [Given] = []
        var isClaiming = false
        /// Something happened since the last claim that may have made a document due or room for it.
        var wantsClaim = true
        /// Answers since the last claim began.
        var answeredSince = 0
        /// How many claims may wait beyond the concurrency.
        var ahead = 0
        /// Paused, or the breaker is not closed, by the last recording.
        var isClosed = false
        /// How often it was found closed: a claim that began before is withdrawn.
        var closures = 0
        var failuresInRow = 0
        var renewed = ContinuousClock.now
        /// The database failed: nothing is claimed before the next tick.
        var isBlind = false

        /// Answers are worth a transaction: there are enough of them, or nothing can be sent without it.
        func isWorthRecording(_ limits: PushLimits) -> Bool {
            answers.count >= ahead / 4 || waiting.isEmpty || active.isEmpty || mustWait(limits)
        }

        var count: Int { waiting.count + active.count + answers.count + recording.count }

        /// Whether what is not recorded yet may close the destination or end the session: then nothing more is sent before it is.
        func mustWait(_ limits: PushLimits) -> Bool {
            guard !answers.isEmpty || !recording.isEmpty else { return false }
            return failuresInRow >= limits.breakerThreshold || answers.contains(where: \.answer.event.isSerious)
                || recording.contains(where: \.answer.event.isSerious)
        }

        mutating func withdraw(_ claims: [Claim]) {
            answers += claims.map { Given(answer: $0.withdrawn, generation: 0) }
        }
    }

    private var push: DocumentPush { DocumentPush(settings: settings, exporter: exporter, transfer: transfer) }

    func run() async {
        await withTaskGroup(of: Event.self) { group in
            var state = State()
            let idle = idle
            let tick: @concurrent @Sendable () async -> Event = {
                try? await Task.sleep(for: idle)
                return .tick
            }
            group.addTask(operation: tick)
            var isTick = false
            while !Task.isCancelled {
                let isStopping = Task.isShuttingDownGracefully
                if isStopping || state.isClosed {
                    state.withdraw(state.waiting)
                    state.waiting.removeAll()
                }
                if isStopping || state.isClosed || state.mustWait(settings.limits) { transfer.recall() }
                if isStopping, state.count == 0, !state.isClaiming { break }
                dispatch(&state, &group)
                record(&state, &group, isTick: isTick || isStopping)
                if !isStopping { claim(&state, &group) }
                guard let event = await group.next() else { break }
                isTick = if case .tick = event { true } else { false }
                if isTick {
                    state.isBlind = false
                    state.wantsClaim = true
                    await renew(&state)
                    group.addTask(operation: tick)
                } else {
                    handle(event, &state, &group)
                }
            }
            group.cancelAll()
        }
    }

    // MARK: The outbox

    private func claim(_ state: inout State, _ group: inout TaskGroup<Event>) {
        let (ahead, closures) = (state.ahead, state.closures)
        let room = settings.limits.concurrency + ahead - state.count
        guard room > 0, state.wantsClaim, !state.isClaiming, !state.isBlind, state.waiting.count <= ahead / 2 else {
            return
        }
        state.isClaiming = true
        state.wantsClaim = false
        state.answeredSince = 0
        let (outbox, settings, owner, clock) = (outbox, settings, owner, clock)
        group.addTask {
            do {
                let claims = try await outbox.claim(settings, owner: owner, room: room, ahead: ahead, now: clock())
                return .claimed(.success(claims), closures: closures)
            } catch {
                return .claimed(.failure(error), closures: closures)
            }
        }
    }

    private func record(_ state: inout State, _ group: inout TaskGroup<Event>, isTick: Bool) {
        guard state.recording.isEmpty, !state.answers.isEmpty, isTick || state.isWorthRecording(settings.limits) else {
            return
        }
        state.recording = state.answers
        state.answers.removeAll()
        let given = state.recording
        group.addTask { await recorded(given) }
    }

    /// Records all at once, and one by one when one of them spoils it for the others.
    private func recorded(_ given: [Given]) async -> Event {
        do {
            let recording = try await outbox.record(
                given.map(\.answer),
                limits: settings.limits,
                now: clock(),
                random: given.map { _ in Double.random(in: 0..<1) }
            )
            let recorded = zip(given, recording.decisions).map { Recorded(given: $0, decision: .success($1)) }
            return .recorded(recorded, isClosed: recording.isClosed)
        } catch let error as PostgresError where given.count > 1 && (error.isData || error.isTransient) {
            var (all, isClosed): ([Recorded], Bool) = ([], false)
            for one in given {
                guard case .recorded(let recorded, let closes) = await self.recorded([one]) else { continue }
                all += recorded
                isClosed = closes
            }
            return .recorded(all, isClosed: isClosed)
        } catch {
            return .recorded(given.map { Recorded(given: $0, decision: .failure(error)) }, isClosed: false)
        }
    }

    private func renew(_ state: inout State) async {
        let lease = settings.limits.lease
        guard state.count > 0, ContinuousClock.now - state.renewed > lease / 4 else { return }
        do {
            // Not those whose rows are just being recorded, and locked.
            let claims =
                state.waiting + state.active.sorted { $0.key < $1.key }.map(\.value) + state.answers.map(\.answer.claim)
            _ = try await outbox.renew(claims, until: clock() + lease.wholeMicroseconds)
            state.renewed = .now
        } catch {
            log.warning("Leases could not be renewed.", metadata: ["error": "\(error)"])
        }
    }

    // MARK: The peer

    /// Starts what can start: once there is a good session, as many as there are connections, else the login. At a fast peer as many
    /// again stand by in the transfer, which begins them as soon as a connection is free.
    private func dispatch(_ state: inout State, _ group: inout TaskGroup<Event>) {
        guard !state.waiting.isEmpty, !state.mustWait(settings.limits) else { return }
        let push = push
        if let session = state.session, session.isGood(.now) {
            let concurrency = settings.limits.concurrency
            let standby = min(concurrency, state.ahead)
            let count = min(concurrency + standby - state.active.count, state.waiting.count)
            for claim in state.waiting.prefix(max(0, count)) {
                state.active[claim.attempt] = claim
                group.addTask {
                    .answered(Given(answer: await push.run(claim, session), generation: session.generation))
                }
            }
            state.waiting.removeFirst(max(0, count))
        } else if !state.isLoggingIn {
            state.isLoggingIn = true
            state.session = nil
            state.generation += 1
            let login = Login(settings: settings, exporter: exporter, push: push)
            let generation = state.generation
            group.addTask { .loggedIn(await login.run(generation: generation)) }
        }
    }

    private func handle(_ event: Event, _ state: inout State, _ group: inout TaskGroup<Event>) {
        switch event {
        case .tick: break
        case .loggedIn(.success(let session)):
            state.isLoggingIn = false
            state.session = session
            log.debug("Logged in.")
        case .loggedIn(.failure(let refusal)):
            state.isLoggingIn = false
            log.warning("The login gave no token.", metadata: ["code": "\(refusal.outcome.code)"])
            let refused = state.waiting.prefix(settings.limits.concurrency)
            state.answers += refused.map { Given(answer: $0.refused(refusal.outcome), generation: 0) }
            state.withdraw(Array(state.waiting.dropFirst(refused.count)))
            state.waiting.removeAll()
        case .answered(let given):
            state.active[given.answer.claim.attempt] = nil
            state.answers.append(given)
            state.answeredSince += 1
            state.failuresInRow = given.answer.event.isFailure ? state.failuresInRow + 1 : 0
        case .claimed(let result, let closures): take(result, closures, &state)
        case .recorded(let recorded, let isClosed):
            state.recording.removeAll()
            state.wantsClaim = true
            if isClosed {
                state.isClosed = true
                state.closures += 1
            }
            for one in recorded { conclude(one, &state) }
        }
    }

    private func take(_ result: Result<[Claim], any Error>, _ closures: Int, _ state: inout State) {
        state.isClaiming = false
        let isFast = state.answeredSince > 0
        switch result {
        case .success(let claims):
            state.ahead = isFast ? mostAhead(of: claims) : state.ahead / 2
            if claims.isEmpty { return }
            if closures == state.closures {
                state.isClosed = false
                state.waiting += claims
            } else {
                state.withdraw(claims)
            }
        case .failure(let error):
            state.isBlind = true
            if !Task.isCancelled { log.warning("No documents could be claimed.", metadata: ["error": "\(error)"]) }
        }
    }

    /// At a peer that answers while the outbox is written, what keeps its connections busy for some such times: half of it may have
    /// gone before the next claim begins, and a quarter is not recorded yet. Large documents are fewer, for the memory they take.
    private func mostAhead(of claims: [Claim]) -> Int {
        let largest = claims.map(\.outbound.bytes.count).max() ?? 0
        return min(16 + 8 * settings.limits.concurrency, Self.bytesAhead / max(1, largest))
    }

    private static let bytesAhead = 8 << 20

    private func conclude(_ recorded: Recorded, _ state: inout State) {
        let claim = recorded.given.answer.claim
        switch recorded.decision {
        case .success(let decision?):
            if recorded.given.answer.event != .withdrawn { note(claim, decision) }
            if decision.effects.contains(.dropToken), state.session?.generation == recorded.given.generation {
                state.session = nil
            }
        case .success(nil):
            log.notice("A claim was taken over.", metadata: ["document": "\(claim.document)"])
        case .failure(let error):
            // The row stays claimed; when its lease ends it is read back.
            state.isBlind = true
            log.warning(
                "An answer could not be recorded.",
                metadata: ["document": "\(claim.document)", "error": "\(error)"]
            )
        }
    }

    /// One line a push; louder when somebody has to act.
    private func note(_ claim: Claim, _ decision: PushDecision) {
        let row = decision.row
        let metadata: Logger.Metadata = [
            "document": "\(claim.document)", "kind": "\(claim.outbound.kind)", "period": "\(claim.outbound.period)",
            "revision": "\(claim.outbound.revision)", "state": "\(row.state.rawValue)", "code": "\(row.reason ?? "-")",
        ]
        log.info("Pushed.", metadata: metadata)
        for effect in decision.effects {
            switch effect {
            case .pause(let code):
                log.error("The destination is paused until a person resumes it.", metadata: ["code": "\(code)"])
            case .alert: log.error("A document needs a person.", metadata: metadata)
            case .succeeded, .failed, .dropToken: break
            }
        }
    }
}

extension PushEvent {
    /// Counts for the breaker.
    fileprivate var isFailure: Bool {
        switch self {
        case .answered(let outcome), .loginFailed(let outcome), .found(.unreadable(let outcome)):
            outcome.kind == .retryLater
        default: false
        }
    }

    /// May pause the destination or end the session.
    fileprivate var isSerious: Bool {
        switch self {
        case .answered(let outcome): outcome.kind == .auth || outcome.kind == .contractDrift
        case .loginFailed(let outcome), .found(.unreadable(let outcome)): outcome.kind != .retryLater
        default: false
        }
    }
}
