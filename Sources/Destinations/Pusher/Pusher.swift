// The push stage: one loop a destination, each alone with its faults.
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTransfer
package import Logging
package import PostgresClient
internal import ServiceLifecycle

/// Sends what the outbox holds until every document is acknowledged or stopped with a reason.
///
/// A destination that hangs or fails delays no other, and shares no connection with it: what a peer sends unasked stays with it. On graceful shutdown no more is claimed and what is under way is
/// finished; what a hard stop interrupts is read back by the next run.
package struct Pusher: Service {
    /// Wall clock, µs since 1970 UTC.
    package typealias Clock = @Sendable () -> Int64

    private let outbox: Outbox
    private let destinations: [(settings: DestinationSettings, exporter: any Exporter)]
    private let log: Logger
    private let idle: Duration
    private let owner: String
    private let clock: Clock

    /// - Parameters:
    ///   - owner: names this process in leases, for people; the fence, not the name, keeps others out.
    ///   - idle: how long a destination with nothing due waits before it looks again.
    /// Throws `unknownKind` when a destination has no exporter.
    package init(
        pool: PostgresPool,
        destinations: [DestinationSettings],
        owner: String,
        log: Logger = Logger(label: "posyandud.push"),
        idle: Duration = .seconds(1),
        clock: @escaping Clock = { WallClock.now() }
    ) throws(DestinationsError) {
        var served: [(settings: DestinationSettings, exporter: any Exporter)] = []
        for settings in destinations {
            let exporter = try Exporters.make(settings)
            if !exporter.isByHand { served.append((settings, exporter)) }
        }
        self.destinations = served
        self.outbox = Outbox(pool: pool)
        self.owner = owner
        self.log = log
        self.idle = idle
        self.clock = clock
    }

    package func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            for (settings, exporter) in destinations {
                var log = log
                log[metadataKey: "destination"] = .string(settings.name)
                let transfer = HTTPTransfer(atOnce: settings.limits.concurrency)
                let loop = DestinationLoop(
                    settings: settings,
                    exporter: exporter,
                    outbox: outbox,
                    transfer: transfer,
                    owner: owner,
                    log: log,
                    idle: idle,
                    clock: clock
                )
                group.addTask {
                    await loop.run()
                    transfer.shutdown()
                }
            }
            if destinations.isEmpty {
                // A service that returns ends the whole group: without destinations this one only waits.
                group.addTask { try? await gracefulShutdown() }
            }
        }
    }
}
