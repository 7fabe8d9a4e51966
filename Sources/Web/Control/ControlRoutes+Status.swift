// Status of the node and of its sectors.
// SPDX-License-Identifier: Apache-2.0
import Apply
import Destinations
import FoundationEssentials
import Hummingbird
import Logging
import MessageLog
import PluginHost
import PluginKit
import PostgresClient
import Registry
import Summaries

extension ControlRoutes {
    func addStatus(_ group: RouterGroup<ControlContext>) {
        group.get("status") { _, _ in Answer.json(try await status()) }
    }

    private func status() async throws -> JSONValue {
        let reasons = await services.readiness.reasons()
        let apply = services.apply.now
        let waiting = services.writer.waiting
        let (lags, spool, dirty) = try await services.pool.withConnection { connection in
            (
                try LogLag.read(connection).filter { $0.consumer == "apply" }, try LogSpool.counts(connection),
                try connection.query("select count(*) from summary.dirty").first?.int(0) ?? 0
            )
        }
        func aside(_ reason: LogSpool.Reason) -> JSONValue { .int(spool[reason] ?? 0) }
        let summaries = services.summaries.now
        let disabled = await services.host.status().count { $0.state == .disabled }
        let memory = ProcessMemory.own()
        var destinations: [JSONValue] = []
        for destination in try await services.outbox.status() {
            let closed = [.acknowledged, .superseded].reduce(0) { $0 + destination.count($1) }
            let all = destination.counts.reduce(0) { $0 + $1.count }
            destinations.append([
                "name": .string(destination.name), "paused": .optional(destination.paused),
                "open": .int(all - closed), "acknowledged": .int(destination.count(.acknowledged)),
            ])
        }
        let now = WallClock.microseconds()
        let oldest = lags.compactMap(\.oldest).min()
        return [
            "version": .string(services.version), "role": .string(services.identity.role),
            "kabupaten": .string(services.identity.kabupaten), "ready": .bool(reasons.isEmpty),
            "reasons": .array(reasons.map { .string($0) }),
            "log": [
                "lag": .int(lags.reduce(0) { $0 + $1.entries }),
                "oldest_seconds": .optional(oldest.map { Int((now - $0) / 1_000_000) }),
                "waiting_uploads": .int(waiting.uploads),
            ],
            "spool": ["early": aside(.early), "fork": aside(.fork), "revoked": aside(.revoked)],
            "apply": [
                "entries": .int(apply.entries), "applied": .int(apply.applied), "rejected": .int(apply.rejected),
                "held": .int(apply.held), "dead": .int(apply.dead), "failures": .int(apply.failures),
                "trouble": .optional(apply.trouble),
            ],
            "summaries": [
                "cells": .int(summaries.cells), "dirty": .int(dirty), "failures": .int(summaries.failures),
                "trouble": .optional(summaries.trouble),
            ],
            "sectors": [
                "ready": .int(services.host.readySectors.count), "total": .int(services.host.catalog.sectors.count),
                "disabled": .int(disabled),
            ],
            "destinations": .array(destinations), "database": ["durable": .bool(services.writer.health.isDurable)],
            "memory": ["rss_bytes": .int(memory.resident), "peak_rss_bytes": .int(memory.peak)],
            "started": instant(services.identity.started),
        ]
    }

    func addSectors(_ group: RouterGroup<ControlContext>) {
        group.get("sectors") { _, _ in Answer.json(try await sectors()) }
        group.post("sectors/reload") { _, context in
            services.log.notice("sectors reloaded", metadata: ["actor": "\(context.actor)"])
            await services.host.reload()
            services.wakeApply()
            return Answer.json(try await sectors())
        }
        group.post("sectors/:id/:act") { _, context in
            let id = try context.parameters.require("id")
            switch try context.parameters.require("act") {
            case "enable":
                try await remember(id, isDisabled: false, context.actor)
                try await services.host.enable(id)
            case "disable":
                try await remember(id, isDisabled: true, context.actor)
                try await services.host.disable(id)
            default: throw ControlError.notFound("a sector can be enabled or disabled")
            }
            services.log.notice("sector switched", metadata: ["sector": "\(id)", "actor": "\(context.actor)"])
            services.wakeApply()
            return Answer.json(try await sectors())
        }
    }

    /// A restart finds the sector as it was switched. What the host does not know it refuses by itself.
    private func remember(_ id: String, isDisabled: Bool, _ actor: String) async throws {
        guard services.host.catalog.sector(id) != nil else { return }
        try await services.pool.transaction {
            try SectorSwitches.put($0, sector: id, isDisabled: isDisabled, actor: actor)
        }
    }

    private func sectors() async throws -> JSONValue {
        let waiting = try await services.pool.withConnection { connection in
            try SetAside.waiting(connection, consumer: "apply").map { ($0.waitsFor, $0.count, $0.oldest) }
        }
        let now = WallClock.microseconds()
        let list = await services.host.status().map { sector -> JSONValue in
            let held = waiting.first { $0.0 == "sector:" + sector.id }
            let digest = services.host.catalog.sector(sector.id).map { hex($0.digest) }
            return [
                "id": .string(sector.id), "state": .string(sector.state.rawValue),
                "version": .optional(sector.version), "scope": .optional(sector.scope?.rawValue),
                "form": .optional(sector.form?.rawValue), "digest": .optional(digest),
                "reason": .optional(sector.reason), "repair": .optional(sector.repair),
                "confined": .bool(sector.isConfined), "pid": .optional(sector.process.map { Int($0) }),
                "restarts": .int(max(0, sector.counters.starts - 1)), "held": .int(held?.1 ?? 0),
                "oldest_held_seconds": .optional(held.map { Int((now - $0.2) / 1_000_000) }),
                "rss_bytes": .optional(sector.process.flatMap { ProcessMemory.of(process: $0)?.resident }),
                "peak_rss_bytes": .optional(sector.process.flatMap { ProcessMemory.of(process: $0)?.peak }),
            ]
        }
        return ["sectors": .array(list)]
    }

    func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
