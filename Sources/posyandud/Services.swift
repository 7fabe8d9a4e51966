// Small services that give the rooms their place in the start and stop order.
// SPDX-License-Identifier: Apache-2.0
import Apply
import CPlatform
import Logging
import MessageLog
import PluginHost
import PostgresClient
import ServiceLifecycle
import Sync
import Synchronization
import UnixSignals
import Web

/// Stops the sector workers last, after apply has finished its batch.
struct SectorStop: Service {
    let host: SectorHost

    func run() async throws {
        try? await gracefulShutdown()
        await host.stop()
    }
}

/// Runs the writer of the log; on shutdown what waits is still committed and answered.
struct WriterService: Service {
    let writer: LogWriter
    let intake: BatchIntake
    let log: Logger

    func run() async throws {
        async let drained: Void = drainSpool()
        try await write()
        await drained
    }

    /// Early batches whose turn came while a crash was in the way.
    private func drainSpool() async {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            if writer.health.shards > 0 {
                do {
                    return try await intake.drainSpool()
                } catch {
                    log.warning("batches put aside wait: \(error)")
                }
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(1)) }
        }
    }

    private func write() async throws {
        try await withGracefulShutdownHandler {
            var delay = Duration.milliseconds(200)
            while !Task.isShuttingDownGracefully, !Task.isCancelled {
                do {
                    try await writer.run()
                    return
                } catch {
                    log.warning("intake waits: \(error)")
                    try await Task.sleep(for: delay)
                    delay = min(delay * 2, .seconds(5))
                }
            }
        } onGracefulShutdown: {
            writer.stop()
        }
    }
}

/// Registers what a reload of the sectors brought, and wakes apply when a sector becomes ready.
struct CatalogueKeeper: Service {
    let host: SectorHost
    let engine: ApplyEngine
    let pool: PostgresPool
    let sealing: SealRule
    let bell: Bell
    let log: Logger

    func run() async throws {
        var plugins = ""
        var ready: Set<String> = []
        while !Task.isShuttingDownGracefully {
            let now = host.catalog.sectors.map { "\($0.id)\($0.digest)" }.joined()
            if now != plugins {
                do {
                    sealing.allow(host.catalog.openTypes)
                    await engine.use(try await ApplyCatalogue.register(host.catalog, pool))
                    plugins = now
                    bell.ring()
                } catch {
                    log.warning("catalogue not registered yet: \(error)")
                }
            }
            if host.readySectors != ready {
                ready = host.readySectors
                bell.ring()
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .milliseconds(500)) }
        }
    }
}

/// `systemctl reload` (SIGHUP) looks for sectors anew.
struct ReloadOnHangup: Service {
    let host: SectorHost
    let log: Logger

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            log.notice("sectors reloaded")
            await host.reload()
        }
    }
}

/// Tells systemd that the node is ready, and feeds its watchdog from the pipeline's progress.
final class Notifier: Service {
    private let readiness: Readiness
    private let log: Logger
    private let listening = Mutex(false)

    init(readiness: Readiness, log: Logger) {
        self.readiness = readiness
        self.log = log
    }

    func isListening() async { listening.withLock { $0 = true } }

    func run() async throws {
        var isReady = false
        var isLean = false
        while !Task.isShuttingDownGracefully {
            if isReady, !isLean {
                // A few seconds after the start: what only the start needed is a tenth of an idle node's memory and more.
                isLean = true
                cplatform_drop_start_memory()
            }
            if !isReady, listening.withLock({ $0 }) {
                isReady = true
                _ = cplatform_notify("READY=1\nSTATUS=taking messages")
                log.notice("ready")
            }
            if await readiness.isProgressing(within: .seconds(20)) {
                _ = cplatform_notify("WATCHDOG=1")
            } else {
                log.error("apply makes no progress: the watchdog is not fed")
            }
            let pause = Duration.seconds(isReady ? 5 : 1)
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
        }
        _ = cplatform_notify("STOPPING=1")
    }
}
