// One sector's worker: starts it, asks it, restarts it, stops it, on a thread of its own.
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Logging
import PluginKit
import Synchronization

/// Supervises the worker process of one sector. Other threads put batches into its queue; one is in flight at a time.
final class SectorWorker: Sendable {
    /// Everything that does not change while it lives.
    struct Settings: Sendable {
        var sector: String
        /// Name of the thread and in the log; `kesehatan` or `kesehatan form`.
        var label: String
        var plan: LaunchPlan
        /// The `initialize` line.
        var initialize: [UInt8]
        var types: [String]
        var rules: AnswerRules
        /// Whether its stderr may not be quoted once it has seen a record.
        var isConfidential: Bool
        var startLimit: Duration
        var batchLimit: Duration
        var recordLimit: Duration
        /// Between the end of its input and SIGTERM, and from there to SIGKILL.
        var stopGrace: Duration
        var backOff: BackOff.Limits
        /// Start the process only when it is asked, and stop it after this long without a question.
        var onDemandFor: Duration?
    }

    struct Job: Sendable {
        var records: [WorkerRecord]
        var ask: Wire.Questions
        var answer: CheckedContinuation<BatchOutcome, Never>
    }

    struct Shared {
        var state: SectorState = .discovered
        var reason: String?
        var jobs: [Job] = []
        var isStopping = false
        var hasStopped = false
        var stopWaiters: [CheckedContinuation<Void, Never>] = []
        var process: pid_t?
        /// Records of the batch that the worker has now.
        var recordsInHand = 0
        var counters = WorkerCounters()
    }

    let settings: Settings
    let log: Logger
    let shared = Mutex(Shared())
    private let wakePipe: WakePipe

    init(_ settings: Settings, log: Logger) throws(PluginHostError) {
        self.settings = settings
        self.log = log
        wakePipe = try WakePipe()
    }

    /// Starts the thread. Call once.
    func start() throws(PluginHostError) {
        shared.withLock { $0.state = .starting }
        try WorkerThread.start(named: "s:\(settings.label)") { self.run() }
    }

    /// Asks about records; waits behind batches that came earlier. Unavailable at once while it cannot run.
    func ask(_ records: [WorkerRecord], _ questions: Wire.Questions) async -> BatchOutcome {
        guard !records.isEmpty else { return .answers([]) }
        return await withCheckedContinuation { continuation in
            let refusal: String? = shared.withLock { shared in
                if let reason = Self.unavailability(shared) { return reason }
                shared.jobs.append(Job(records: records, ask: questions, answer: continuation))
                return nil
            }
            if let refusal {
                continuation.resume(returning: .unavailable(reason: refusal))
            } else {
                wakePipe.wake()
            }
        }
    }

    /// Finishes the batch in hand, ends the process and returns when it is gone.
    func stop() async {
        await withCheckedContinuation { continuation in
            let isGone = shared.withLock { shared in
                if shared.hasStopped || shared.state == .discovered { return true }
                shared.isStopping = true
                shared.stopWaiters.append(continuation)
                return false
            }
            if isGone { continuation.resume() } else { wakePipe.wake() }
        }
    }

    /// Why it cannot be asked now; nil when it can, or will be in a moment.
    private static func unavailability(_ shared: Shared) -> String? {
        if shared.isStopping { return "stopping" }
        switch shared.state {
        case .ready, .starting: return nil
        case .discovered, .refused, .backingOff, .disabled: return shared.reason ?? shared.state.rawValue
        }
    }

    // MARK: The thread

    /// How one run of the process ended.
    private enum RunEnd {
        case stopped
        case idleTooLong
        case refused(PluginHostError)
        case startFailed(String)
        case batchFailed
        case lostWhileIdle(BatchFailure)
    }

    private func run() {
        var backOff = BackOff(settings.backOff)
        while !isStopping {
            if settings.onDemandFor != nil, !waitForWork(until: nil) { break }
            switch runProcess(&backOff) {
            case .stopped:
                break
            case .idleTooLong:
                continue
            case .refused(let error):
                log.error("sector refused", metadata: ["sector": "\(settings.sector)", "reason": "\(error)"])
                become(.refused, error.description)
                while !isStopping { sleep(until: nil) }
            case .startFailed(let reason):
                backOff.startFailed()
                wait(backOff, reason)
            case .lostWhileIdle(let failure):
                backOff.startFailed()
                wait(backOff, failure.description)
            case .batchFailed:
                backOff.batchFailed()
                wait(backOff, "batches keep failing")
            }
        }
        finish()
    }

    /// One process from its start to its end.
    private func runProcess(_ backOff: inout BackOff) -> RunEnd {
        let process: WorkerProcess
        do {
            process = try WorkerProcess(settings.plan, log: log)
        } catch {
            return .startFailed(error.description)
        }
        shared.withLock { shared in
            shared.process = process.process
            shared.counters.starts += 1
        }
        let conversation = WorkerConversation(process, rules: settings.rules)
        do {
            try conversation.initialize(
                settings.initialize,
                types: settings.types,
                limit: settings.startLimit,
                wake: wakePipe,
                isCancelled: { isStopping }
            )
        } catch {
            return startFailed(process, error)
        }
        process.standardError.withholdsText = settings.isConfidential
        become(.ready, nil)
        return serve(conversation, &backOff)
    }

    private func startFailed(_ process: WorkerProcess, _ failure: WorkerConversation.StartFailure) -> RunEnd {
        let exit = end(process)
        switch failure {
        case .refused(let error):
            return .refused(error)
        case .failed(let reason):
            let said = process.standardError.lastError
            // sector-run speaks before the worker exists: these will not go away by themselves.
            if said.hasPrefix("sector-run: ") {
                if exit.status == 77 { return .refused(PluginHostError(.confinement, said)) }
                if exit.status == 64 || exit.status == 126 { return .refused(PluginHostError(.launch, said)) }
            }
            return .startFailed("\(reason) (\(exit))\(said.isEmpty ? "" : ": \(said)")")
        }
    }

    private func serve(_ conversation: WorkerConversation, _ backOff: inout BackOff) -> RunEnd {
        var nextMeasurement = MonotonicTime.now
        while true {
            if MonotonicTime.now >= nextMeasurement {
                nextMeasurement = MonotonicTime.now + .seconds(1)
                conversation.process.measure()
                shared.withLock { $0.counters.peakKiB = max($0.counters.peakKiB, conversation.process.peakKiB) }
            }
            if isStopping {
                _ = conversation.drain(grace: settings.stopGrace)
                forget(conversation.process)
                return .stopped
            }
            if let job = nextJob() {
                guard answer(job, conversation, &backOff) else { return .batchFailed }
                continue
            }
            let deadline = settings.onDemandFor.map { MonotonicTime.now + $0 }
            switch conversation.idle(wake: wakePipe.readEnd, until: deadline) {
            case .woken:
                wakePipe.drain()
            case .timedOut:
                _ = conversation.drain(grace: settings.stopGrace)
                forget(conversation.process)
                return .idleTooLong
            case .lost(let failure):
                let failure = Self.complete(failure, with: end(conversation.process))
                log.warning(
                    "worker lost while idle",
                    metadata: ["sector": "\(settings.sector)", "reason": "\(failure)"]
                )
                return .lostWhileIdle(failure)
            }
        }
    }

    /// Takes one batch through the worker; false when the worker is gone afterwards.
    private func answer(_ job: Job, _ conversation: WorkerConversation, _ backOff: inout BackOff) -> Bool {
        let start = MonotonicTime.now
        shared.withLock { $0.recordsInHand = job.records.count }
        let limit = settings.batchLimit + settings.recordLimit * job.records.count
        let outcome: BatchOutcome
        do {
            let answers = try conversation.exchange(job.records[...], ask: job.ask, limit: limit)
            backOff.batchCompleted()
            outcome = .answers(answers)
        } catch {
            let failure = Self.complete(error, with: end(conversation.process))
            log.warning(
                "batch failed",
                metadata: [
                    "sector": "\(settings.sector)", "records": "\(job.records.count)", "reason": "\(failure)",
                ]
            )
            outcome = .failed(failure)
            become(.starting, nil)
        }
        let elapsed = (MonotonicTime.now.nanoseconds - start.nanoseconds) / 1_000
        let isComplete = if case .answers = outcome { true } else { false }
        shared.withLock { shared in
            shared.recordsInHand = 0
            shared.counters.batches += 1
            shared.counters.records += isComplete ? job.records.count : 0
            shared.counters.failedBatches += isComplete ? 0 : 1
            shared.counters.busyMicroseconds += Int(elapsed)
        }
        job.answer.resume(returning: outcome)
        return isComplete
    }

    /// Puts the real exit into a failure that was seen as the end of the worker's output.
    private static func complete(_ failure: BatchFailure, with exit: WorkerExit) -> BatchFailure {
        if case .died = failure { return .died(exit) }
        return failure
    }

    private func end(_ process: WorkerProcess) -> WorkerExit {
        let exit = process.finish()
        forget(process)
        return exit
    }

    private func forget(_ process: WorkerProcess) {
        shared.withLock { shared in
            shared.process = nil
            shared.counters.peakKiB = max(shared.counters.peakKiB, process.peakKiB)
        }
    }

    // MARK: Waiting

    private var isStopping: Bool { shared.withLock { $0.isStopping } }

    private func nextJob() -> Job? {
        shared.withLock { $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }
    }

    /// Sleeps until work or stop; false when it is to stop.
    private func waitForWork(until deadline: MonotonicTime?) -> Bool {
        while true {
            let (hasWork, stops) = shared.withLock { (!$0.jobs.isEmpty, $0.isStopping) }
            if stops { return false }
            if hasWork { return true }
            sleep(until: deadline)
        }
    }

    private func sleep(until deadline: MonotonicTime?) {
        var descriptor = pollfd(fd: wakePipe.readEnd, events: Int16(POLLIN), revents: 0)
        if poll(&descriptor, 1, deadline?.pollMilliseconds ?? -1) > 0 { wakePipe.drain() }
    }

    /// Waits as long as the back-off says; what was queued is answered with *unavailable* meanwhile.
    private func wait(_ backOff: BackOff, _ reason: String) {
        if isStopping { return }
        let delay = backOff.delay(jitter: Double.random(in: 0..<1))
        guard delay > .zero else {
            become(.starting, nil)
            return
        }
        let deadline = MonotonicTime.now + delay
        log.warning(
            "worker is backing off",
            metadata: ["sector": "\(settings.sector)", "seconds": "\(delay.components.seconds)", "reason": "\(reason)"]
        )
        become(.backingOff, reason)
        while !isStopping, MonotonicTime.now < deadline { sleep(until: deadline) }
        if !isStopping { become(.starting, nil) }
    }

    /// Changes the state; jobs that cannot be served in the new one are answered.
    private func become(_ state: SectorState, _ reason: String?) {
        let turnedAway: [Job] = shared.withLock { shared in
            if shared.state != state {
                log.notice(
                    "worker is \(state.rawValue)",
                    metadata: reason.map { ["sector": "\(settings.sector)", "reason": "\($0)"] }
                        ?? ["sector": "\(settings.sector)"]
                )
            }
            shared.state = state
            shared.reason = reason
            guard state == .refused || state == .backingOff else { return [] }
            defer { shared.jobs = [] }
            return shared.jobs
        }
        for job in turnedAway { job.answer.resume(returning: .unavailable(reason: reason ?? state.rawValue)) }
    }

    private func finish() {
        let (jobs, waiters) = shared.withLock { shared in
            shared.hasStopped = true
            shared.state = .disabled
            shared.reason = "stopped"
            defer {
                shared.jobs = []
                shared.stopWaiters = []
            }
            return (shared.jobs, shared.stopWaiters)
        }
        for job in jobs { job.answer.resume(returning: .unavailable(reason: "stopping")) }
        for waiter in waiters { waiter.resume() }
    }
}
