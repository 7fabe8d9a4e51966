// The reconciliation stage: every night, and when asked, reads back what is acknowledged and says what drifted.
// SPDX-License-Identifier: Apache-2.0

package import HTTPTransfer
package import Logging
internal import PluginKit
internal import ServiceLifecycle

/// Reads only. What a destination has lost is planned again with the same bytes; what it holds differently stops for a person.
///
/// One run a destination and night, whatever the number of restarts; three unreadable answers in a row end a run, the next night is
/// another.
package struct Reconciliation: Service {
    private let outbox: Outbox
    private let transfer: HTTPTransfer
    private let destinations: [(settings: DestinationSettings, exporter: any Exporter)]
    private let hour: Int
    private let utcOffsetSeconds: Int
    private let log: Logger
    private let pause: Duration
    private let clock: Pusher.Clock

    /// - Parameters:
    ///   - hour: local hour from which on the night's runs begin, 0 to 23.
    ///   - pause: between two looks for runs.
    package init(
        outbox: Outbox,
        transfer: HTTPTransfer,
        destinations: [(settings: DestinationSettings, exporter: any Exporter)],
        hour: Int = 2,
        utcOffsetSeconds: Int,
        log: Logger = Logger(label: "posyandud.reconcile"),
        pause: Duration = .seconds(5),
        clock: @escaping Pusher.Clock = { WallClock.now() }
    ) {
        self.outbox = outbox
        self.transfer = transfer
        self.destinations = destinations.filter { !$0.exporter.isByHand && $0.exporter.canReadBack }
        self.hour = hour
        self.utcOffsetSeconds = utcOffsetSeconds
        self.log = log
        self.pause = pause
        self.clock = clock
    }

    package func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                try await requestNight()
                try await runRequested()
            } catch {
                if !Task.isCancelled { log.warning("Reconciliation waits.", metadata: ["error": "\(error)"]) }
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
        }
    }

    /// Asks for this night's runs once the hour has come.
    private func requestNight() async throws {
        let now = clock()
        let local = now / 1_000_000 + Int64(utcOffsetSeconds)
        guard local % 86_400 / 3_600 >= Int64(hour) else { return }
        let night = CivilDate(daysSince1970: Int32(clamping: local / 86_400))
        for (settings, _) in destinations {
            _ = try await outbox.requestReconciliation(settings.name, night: night, now: now)
        }
    }

    /// Does what is asked for, oldest first.
    package func runRequested() async throws {
        for run in try await outbox.reconciliations(isOpen: true).reversed() {
            guard let (settings, exporter) = destinations.first(where: { $0.settings.name == run.destination }) else {
                try await outbox.finish(run, stopped: "not-configured", now: clock())
                continue
            }
            try await reconcile(run, settings, exporter)
        }
    }

    private func reconcile(
        _ run: ReconciliationRun,
        _ settings: DestinationSettings,
        _ exporter: any Exporter
    ) async throws {
        if try await outbox.status().contains(where: { $0.name == settings.name && $0.paused != nil }) {
            return try await outbox.finish(run, stopped: "paused", now: clock())
        }
        let push = DocumentPush(settings: settings, exporter: exporter, transfer: transfer)
        var session: Session?
        var failures = 0
        var generation = 0
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let documents = try await outbox.documents(of: run, limit: 50)
            if documents.isEmpty {
                try await outbox.finish(run, stopped: nil, now: clock())
                log.info("Reconciled.", metadata: ["destination": "\(settings.name)"])
                return
            }
            for (id, document) in documents where !Task.isShuttingDownGracefully {
                if session?.isGood(.now) != true {
                    generation += 1
                    switch await Login(settings: settings, exporter: exporter, push: push).run(generation: generation) {
                    case .success(let good): session = good
                    case .failure(let refusal):
                        return try await outbox.finish(run, stopped: refusal.outcome.code, now: clock())
                    }
                }
                let (finding, pages) = await push.readBack(document, session?.credential)
                try await outbox.record(
                    finding,
                    of: id,
                    in: run,
                    standing: exporter.standing(pages, document),
                    limits: settings.limits,
                    now: clock()
                )
                if case .unreadable(let outcome) = finding {
                    failures += 1
                    if failures == 3 { return try await outbox.finish(run, stopped: outcome.code, now: clock()) }
                } else {
                    failures = 0
                }
                if let rate = settings.limits.requestsPerSecond { try await Task.sleep(for: .seconds(1 / rate)) }
            }
        }
    }
}
