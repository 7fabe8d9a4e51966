// The loop of one destination: claim, log in once for all, push side by side, keep the leases alive.
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTransfer
internal import Logging
internal import PostgresClient
internal import ServiceLifecycle

/// Only this loop holds the destination's session: there is never more than one login under way.
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
        case pushed(Claim, generation: Int, PushDecision?)
        case failed(Claim, String)
    }

    /// What the loop knows; touched by it alone.
    private struct State {
        var session: Session?
        var generation = 0
        var isLoggingIn = false
        /// Claimed, waiting for a session.
        var waiting: [Claim] = []
        /// Under way, by attempt.
        var active: [Int64: Claim] = [:]
        var renewed = ContinuousClock.now
        /// The database failed: nothing is claimed before the next tick.
        var isBlind = false

        var count: Int { waiting.count + active.count }
    }

    private var push: DocumentPush {
        DocumentPush(settings: settings, exporter: exporter, outbox: outbox, transfer: transfer, clock: clock)
    }

    func run() async {
        await withTaskGroup(of: Event.self) { group in
            var state = State()
            let idle = idle
            let tick: @concurrent @Sendable () async -> Event = {
                try? await Task.sleep(for: idle)
                return .tick
            }
            group.addTask(operation: tick)
            while !Task.isCancelled {
                let isStopping = Task.isShuttingDownGracefully
                if isStopping, state.count == 0 { break }
                if !isStopping, !state.isBlind { await claim(&state) }
                dispatch(&state, &group)
                guard let event = await group.next() else { break }
                if case .tick = event {
                    state.isBlind = false
                    await renew(&state)
                    group.addTask(operation: tick)
                } else {
                    handle(event, &state, &group)
                }
            }
            group.cancelAll()
        }
    }

    private func claim(_ state: inout State) async {
        do {
            let room = settings.limits.concurrency - state.count
            state.waiting += try await outbox.claim(settings, owner: owner, room: room, now: clock())
        } catch {
            state.isBlind = true
            if !Task.isCancelled { log.warning("No documents could be claimed.", metadata: ["error": "\(error)"]) }
        }
    }

    /// Starts what can start: everything that waits once there is a good session, else the login.
    private func dispatch(_ state: inout State, _ group: inout TaskGroup<Event>) {
        guard !state.waiting.isEmpty else { return }
        let push = push
        if let session = state.session, session.isGood(.now) {
            for claim in state.waiting {
                state.active[claim.attempt] = claim
                group.addTask {
                    do {
                        return .pushed(claim, generation: session.generation, try await push.run(claim, session))
                    } catch {
                        return .failed(claim, "\(error)")
                    }
                }
            }
            state.waiting.removeAll()
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
            let push = push
            for claim in state.waiting {
                state.active[claim.attempt] = claim
                group.addTask {
                    do {
                        return .pushed(claim, generation: 0, try await push.refuse(claim, refusal.outcome))
                    } catch {
                        return .failed(claim, "\(error)")
                    }
                }
            }
            state.waiting.removeAll()
        case .pushed(let claim, let generation, let decision):
            state.active[claim.attempt] = nil
            guard let decision else {
                log.notice("A claim was taken over.", metadata: ["document": "\(claim.document)"])
                return
            }
            note(claim, decision)
            if decision.effects.contains(.dropToken), state.session?.generation == generation { state.session = nil }
        case .failed(let claim, let error):
            // The row stays claimed; when its lease ends it is read back.
            state.active[claim.attempt] = nil
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

    private func renew(_ state: inout State) async {
        let lease = settings.limits.lease
        guard state.count > 0, ContinuousClock.now - state.renewed > lease / 4 else { return }
        do {
            let claims = state.waiting + state.active.sorted { $0.key < $1.key }.map(\.value)
            _ = try await outbox.renew(claims, until: clock() + lease.wholeMicroseconds)
            state.renewed = .now
        } catch {
            log.warning("Leases could not be renewed.", metadata: ["error": "\(error)"])
        }
    }
}
