// Finds, verifies, starts, supervises and asks the sectors; the only door to their workers.
// SPDX-License-Identifier: Apache-2.0

package import Logging
import PluginKit
import Synchronization

/// All sectors of this daemon.
///
/// Lifecycle of a sector: discover, verify and register (``catalog``), start, ready, drain (`docs/plugins.md` §7). A sector that
/// is refused or keeps failing never stops another one. Asking is safe from any task; the threads are the workers' own.
package final class SectorHost: Sendable {
    /// One sector that was found and not refused.
    private struct Entry {
        var sector: VerifiedSector
        var worker: SectorWorker?
        /// Checks forms, so that a kader never waits for a batch.
        var formWorker: SectorWorker?
        var isDisabled: Bool
        /// Why it has no worker although it is enabled.
        var launchError: PluginHostError?
        /// Counters of the workers it had before.
        var past = WorkerCounters()
    }

    private struct State {
        var configuration: SectorHostConfiguration
        var catalog = SectorCatalog.empty
        var entries: [String: Entry] = [:]
        var refused: [DiscoveredSector] = []
        var hasStopped = false
    }

    private let state: Mutex<State>
    private let log: Logger
    private let isConfined: Bool

    package init(_ configuration: SectorHostConfiguration, log: Logger) {
        state = Mutex(State(configuration: configuration))
        self.log = log
        isConfined = Confinement.isAvailable
    }

    // MARK: Lifecycle

    /// Scans the directories, registers what is found and starts the workers. Returns without waiting for them: a
    /// question that comes before a worker is ready waits for it.
    package func start() async {
        if !isConfined {
            let allowed = state.withLock { $0.configuration.allowUnconfined }
            log.error(
                "this kernel has no Landlock",
                metadata: ["workers": "\(allowed ? "run unconfined, as configured" : "are refused")"]
            )
        }
        await reload()
    }

    /// Drains every worker and returns when the last process is gone. The host cannot be started again.
    package func stop() async {
        let workers = state.withLock { state in
            state.hasStopped = true
            return state.entries.values.flatMap { [$0.worker, $0.formWorker].compactMap { $0 } }
        }
        await Self.stop(workers)
    }

    /// Scans again. Unchanged sectors keep their workers; new ones are started, changed ones drained and started anew,
    /// vanished ones drained.
    /// - Parameter configuration: a new configuration; a change of what workers are told restarts them all.
    package func reload(_ configuration: SectorHostConfiguration? = nil) async {
        let settings = state.withLock { state in
            if let configuration { state.configuration = configuration }
            return state.configuration
        }
        let found = Self.scan(settings, log)
        let leaving: [SectorWorker] = state.withLock { state in
            guard !state.hasStopped else { return [] }
            return Self.replace(&state, with: found, restartAll: configuration != nil)
        }
        await Self.stop(leaving)
        for id in state.withLock({ Array($0.entries.keys) }).sorted() { launch(id) }
    }

    /// Switches a sector on; it starts at once, and what was held can be drained.
    /// - Throws: ``PluginHostError`` with code `unknownSector`.
    package func enable(_ id: String) async throws(PluginHostError) {
        try change(id, isDisabled: false) { _ in }
        launch(id)
    }

    /// Switches a sector off: its worker is drained, its records are held.
    /// - Throws: ``PluginHostError`` with code `unknownSector`.
    package func disable(_ id: String) async throws(PluginHostError) {
        var workers: [SectorWorker] = []
        try change(id, isDisabled: true) { workers = Self.takeWorkers(&$0) }
        await Self.stop(workers)
    }

    // MARK: Asking

    /// Every registered sector and record type, as of the last scan.
    package var catalog: SectorCatalog { state.withLock { $0.catalog } }

    /// Sectors whose workers would take a batch now.
    package var readySectors: Set<String> {
        state.withLock { state in
            Set(state.entries.filter { $0.value.worker?.shared.withLock { $0.state } == .ready }.keys)
        }
    }

    /// Asks a sector about records of its types: validate, apply, summarise. One batch is in flight per sector, others
    /// wait. A batch larger than the manifest allows goes in several parts; if one fails, the whole counts as failed.
    ///
    /// Nothing is written anywhere; asking again gives the same answers.
    package func ask(sector id: String, _ records: [WorkerRecord]) async -> BatchOutcome {
        let (worker, size, reason) = state.withLock { state in
            let entry = state.entries[id]
            return (entry?.worker, entry?.sector.manifest.limits.records ?? 1, Self.reason(entry, id, state))
        }
        guard let worker else { return .unavailable(reason: reason) }
        if records.count <= size { return await worker.ask(records, .all) }
        var answers: [RecordAnswer] = []
        for start in stride(from: 0, to: records.count, by: max(size, 1)) {
            let part = Array(records[start..<min(start + max(size, 1), records.count)])
            switch await worker.ask(part, .all) {
            case .answers(let some): answers += some
            case let other: return other
            }
        }
        return .answers(answers)
    }

    /// Checks a form while someone fills it in: `validate` alone, through a second worker that is started on demand.
    package func validate(sector id: String, record: WorkerRecord) async -> FormCheck {
        let (worker, reason) = state.withLock { state in
            (Self.formWorker(&state, id, log), Self.reason(state.entries[id], id, state))
        }
        guard let worker else { return .unavailable(reason: reason) }
        switch await worker.ask([record], .validate) {
        case .answers(let answers): return .violations(answers.flatMap(\.rejection))
        case .failed(let failure): return .failed(failure)
        case .unavailable(let reason): return .unavailable(reason: reason)
        }
    }

    /// Every folder that was found, refused ones too, in the order of the catalog.
    package func status() async -> [SectorStatus] {
        state.withLock { state in
            let running = state.catalog.sectors.compactMap { state.entries[$0.id] }.map { status($0, state) }
            return running + state.refused.map { status($0) }
        }
    }
}

// MARK: - Workers

extension SectorHost {
    /// Puts a new scan in place and gives the workers that have to go.
    private static func replace(
        _ state: inout State,
        with found: [DiscoveredSector],
        restartAll: Bool
    ) -> [SectorWorker] {
        var verified: [VerifiedSector] = []
        state.refused = []
        for sector in found {
            switch sector.result {
            case .success(let sector): verified.append(sector)
            case .failure: state.refused.append(sector)
            }
        }
        var leaving: [SectorWorker] = []
        var entries: [String: Entry] = [:]
        for sector in verified {
            var entry =
                state.entries.removeValue(forKey: sector.id)
                ?? Entry(sector: sector, isDisabled: state.configuration.disabled.contains(sector.id))
            if restartAll || !entry.sector.isSame(as: sector) || entry.worker?.isRefused == true {
                leaving += takeWorkers(&entry)
            }
            if restartAll { entry.isDisabled = state.configuration.disabled.contains(sector.id) }
            entry.sector = sector
            entries[sector.id] = entry
        }
        for var entry in state.entries.values { leaving += takeWorkers(&entry) }
        state.entries = entries
        state.catalog = SectorCatalog(verified)
        return leaving
    }

    private static func takeWorkers(_ entry: inout Entry) -> [SectorWorker] {
        let workers = [entry.worker, entry.formWorker].compactMap { $0 }
        for worker in workers { entry.past = entry.past + worker.shared.withLock { $0.counters } }
        entry.worker = nil
        entry.formWorker = nil
        return workers
    }

    private static func stop(_ workers: [SectorWorker]) async {
        await withTaskGroup(of: Void.self) { group in
            for worker in workers { group.addTask { await worker.stop() } }
        }
    }

    /// A later scan finds the sector as it was switched, also when its folder was not valid in between.
    private func change(
        _ id: String,
        isDisabled: Bool,
        _ body: (inout Entry) -> Void
    ) throws(PluginHostError) {
        let isKnown = state.withLock { state in
            guard var entry = state.entries[id] else { return false }
            entry.isDisabled = isDisabled
            if isDisabled { state.configuration.disabled.insert(id) } else { state.configuration.disabled.remove(id) }
            body(&entry)
            state.entries[id] = entry
            return true
        }
        if !isKnown {
            throw PluginHostError(.unknownSector, "there is no sector \(id)", hint: "posyanductl sector list")
        }
    }

    /// Starts the worker of an enabled sector that has none.
    private func launch(_ id: String) {
        state.withLock { state in
            guard !state.hasStopped, var entry = state.entries[id], !entry.isDisabled, entry.worker == nil else {
                return
            }
            do throws(PluginHostError) {
                let worker = try SectorWorker(.init(entry.sector, state.configuration), log: Self.log(log, id))
                try worker.start()
                entry.worker = worker
                entry.launchError = nil
            } catch {
                entry.launchError = error
                log.error("worker not started", metadata: ["sector": "\(id)", "reason": "\(error)"])
            }
            state.entries[id] = entry
        }
    }

    /// The worker for forms, started at first use.
    private static func formWorker(_ state: inout State, _ id: String, _ log: Logger) -> SectorWorker? {
        guard !state.hasStopped, var entry = state.entries[id], !entry.isDisabled else { return nil }
        if let worker = entry.formWorker { return worker }
        do {
            let settings = SectorWorker.Settings(
                entry.sector,
                state.configuration,
                onDemandFor: state.configuration.formWorkerIdle
            )
            let worker = try SectorWorker(settings, log: Self.log(log, id))
            try worker.start()
            entry.formWorker = worker
            state.entries[id] = entry
            return worker
        } catch {
            log.error("form worker not started", metadata: ["sector": "\(id)", "reason": "\(error)"])
            return nil
        }
    }

    private static func log(_ log: Logger, _ id: String) -> Logger {
        var log = log
        log[metadataKey: "sector"] = "\(id)"
        return log
    }

    // MARK: Status

    private static func reason(_ entry: Entry?, _ id: String, _ state: State) -> String {
        if state.hasStopped { return "stopping" }
        if let entry {
            if entry.isDisabled { return "disabled" }
            return entry.launchError?.message ?? "starting"
        }
        return state.refused.contains { $0.id == id } ? "refused" : "not installed"
    }

    private func status(_ entry: Entry, _ state: State) -> SectorStatus {
        let manifest = entry.sector.manifest
        var status = SectorStatus(
            id: manifest.id,
            folder: entry.sector.tree.path,
            version: manifest.version,
            title: manifest.name.id,
            scope: manifest.scope,
            stability: manifest.stability,
            form: manifest.form,
            state: entry.isDisabled ? .disabled : .discovered,
            isConfined: isConfined,
            signedBy: entry.sector.signedBy,
            counters: entry.past
        )
        if let worker = entry.worker {
            let past = entry.past
            status = worker.shared.withLock { shared in
                var status = status
                status.state = shared.state
                status.reason = shared.reason
                status.process = shared.process
                status.recordsInHand = shared.recordsInHand
                status.counters = past + shared.counters
                return status
            }
        } else if let error = entry.launchError, !entry.isDisabled {
            status.state = .refused
            status.reason = error.message
            status.repair = error.hint
        } else if entry.isDisabled {
            status.repair = "posyanductl sector enable \(manifest.id)"
        }
        if status.state == .refused, status.repair == nil {
            status.repair =
                isConfined || state.configuration.allowUnconfined
                ? "mend \(entry.sector.tree.path), then systemctl reload posyandud"
                : "run a kernel with Landlock, as Debian 12's is; a container has to let landlock_* through"
        }
        return status
    }

    private func status(_ sector: DiscoveredSector) -> SectorStatus {
        var status = SectorStatus(
            id: sector.id,
            folder: sector.path,
            state: .refused,
            isConfined: isConfined,
            counters: WorkerCounters()
        )
        if case .failure(let error) = sector.result {
            status.reason = error.message
            status.repair = error.hint
        }
        return status
    }
}

extension SectorWorker {
    fileprivate var isRefused: Bool { shared.withLock { $0.state == .refused } }
}

extension VerifiedSector {
    /// Whether a worker of the one can go on as a worker of the other: same files, sizes and deciding contents.
    fileprivate func isSame(as other: VerifiedSector) -> Bool {
        tree.path == other.tree.path && digest == other.digest && tree.files == other.tree.files
    }
}
