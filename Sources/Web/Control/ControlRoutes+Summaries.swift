// Counts of the registry, figures, frozen periods, the records behind a figure, and replay.
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
import Replay
import Summaries

extension ControlRoutes {
    func addRegistry(_ group: RouterGroup<ControlContext>) {
        group.get("registry/counts") { _, _ in Answer.json(try await RegistryCounts.read(services.pool)) }
        group.get("figures") { request, _ in
            let period = try period(try text(request, "period"))
            let kabupaten = services.identity.kabupaten
            let figures = try await services.pool.transaction(.init(readOnly: true)) { connection in
                try AreaFigures.read(connection, kabupaten: kabupaten, period: period)
            }
            let list = figures.map { figure -> JSONValue in
                [
                    "sector": .string(figure.sector), "indicator": .string(figure.indicator),
                    "kind": .string(figure.kind), "area": .string(figure.area), "value": .string(figure.value),
                    "from_paper": .int(figure.fromPaper),
                ]
            }
            return Answer.json(["period": .string(period.description), "figures": .array(list)])
        }
    }

    func addSummaries(_ group: RouterGroup<ControlContext>) {
        group.get("summaries") { _, _ in Answer.json(try await snapshots()) }
        group.post("summaries/close") { request, context in
            let body = try await json(request)
            let period = try period(body["period"]?.string ?? "")
            services.log.notice("period \(period) closed", metadata: ["actor": "\(context.actor)"])
            return Answer.json(try await close(period, push: body["push"]?.bool ?? true))
        }
        group.get("summaries/:period/:revision") { _, context in
            let period = try context.parameters.require("period")
            let revision = try context.parameters.require("revision", as: Int32.self)
            let kabupaten = services.identity.kabupaten
            let bytes = try await services.pool.withConnection { connection in
                try connection.query(
                    "select bytes from summary.snapshot where kabupaten = $1 and period = $2 and revision = $3",
                    [.text(kabupaten), .text(period), .int4(revision)]
                ).first.map { try $0.bytes(0) }
            }
            guard let bytes else { throw ControlError.notFound("no such revision of that period") }
            return Answer.bytes(bytes, type: "application/json")
        }
        group.get("trace") { request, _ in
            let indicator = try text(request, "indicator")
            let period = try period(try text(request, "period"))
            let area = try text(request, "area")
            let limit = try number(request, "limit", default: 1_000)
            let sector = String(indicator.prefix { $0 != "." })
            let smallCount = services.host.catalog.sector(sector)?.manifest.confidentiality.smallCount ?? 5
            let withheld = try await services.pool.transaction(.init(readOnly: true)) { connection in
                try Trace.withheld(
                    connection,
                    indicator: indicator,
                    period: period,
                    area: area,
                    smallCount: smallCount
                )
            }
            if let withheld {
                return Answer.json([
                    "records": [],
                    "withheld": ["records": .optional(withheld.records), "below": .int(withheld.below)],
                ])
            }
            let records = try await services.pool.transaction(.init(readOnly: true)) { connection in
                try Trace.records(
                    connection,
                    indicator: indicator,
                    period: period,
                    area: area,
                    limit: limit
                )
            }
            return Answer.json(["records": .array(records.map(Self.json))])
        }
        group.post("replay") { _, context in
            services.log.notice("replay started", metadata: ["actor": "\(context.actor)"])
            let services = services
            return Answer.lines { sink in
                let report = try await services.replay.run { done, all in
                    sink.write(["progress": ["entries": .int(done), "of": .int(all)]])
                }
                return ["report": Self.json(report)]
            }
        }
    }

    private func period(_ text: String) throws -> Period {
        guard let period = Period(text) else {
            throw ControlError.badRequest("`\(text)` is not a period", hint: "2026-11, 2026-Q4 or 2026")
        }
        return period
    }

    private func snapshots() async throws -> JSONValue {
        let (rows, dirty) = try await services.pool.withConnection { connection in
            (
                try connection.query(
                    """
                    select kabupaten, period, revision, cutoff, created, digest, length(bytes) from summary.snapshot
                    order by period, revision
                    """
                ).map {
                    (
                        try $0.string(0), try $0.string(1), try $0.int(2), try $0.timestamp(3), try $0.timestamp(4),
                        try $0.bytes(5), try $0.int(6)
                    )
                },
                try connection.query("select count(*) from summary.dirty").first?.int(0) ?? 0
            )
        }
        let list = rows.map { row -> JSONValue in
            [
                "kabupaten": .string(row.0), "period": .string(row.1), "revision": .int(row.2),
                "cutoff": instant(row.3),
                "created": instant(row.4), "digest": .string(hex(row.5)), "bytes": .int(row.6),
            ]
        }
        return ["snapshots": .array(list), "dirty": .int(dirty)]
    }

    /// Freezes the period and, in the same transaction, puts its documents into the outbox of every destination.
    private func close(_ period: Period, push: Bool) async throws -> JSONValue {
        let destinations = push ? services.destinations : []
        let now = WallClock.microseconds()
        let planned = PlannedDocuments()
        let frozen = try await services.closer.close(period, now: now) { connection, snapshot in
            planned.clear()
            for destination in destinations {
                let report = try Outbox.enqueue(
                    snapshot,
                    destination.settings,
                    exporter: destination.exporter,
                    now: now,
                    on: connection
                )
                planned.add(destination.settings.name, report)
            }
        }
        let documents = planned.all.flatMap { name, report in
            report.planned.map { document -> JSONValue in
                [
                    "destination": .string(name), "kind": .string(document.key.kind.rawValue),
                    "revision": .int(document.revision), "digest": .string(hex(document.digest)),
                    "bytes": .int(document.bytes.count),
                ]
            }
        }
        return [
            "period": .string(period.description), "revision": .int(frozen.snapshot.revision),
            "new": .bool(frozen.isNew), "digest": .string(hex(frozen.digest)), "documents": .array(documents),
            "unchanged": .int(planned.all.reduce(0) { $0 + $1.1.unchanged.count }),
        ]
    }

    private static func json(_ record: TracedRecord) -> JSONValue {
        [
            "record": .string(record.record.uuidString.lowercased()), "type": .string(record.type),
            "posyandu": .string(record.posyandu.uuidString.lowercased()), "date": .string(record.date),
            "value": .string(record.value), "subject": .optional(record.subject?.uuidString.lowercased()),
            "shard": .int(record.shard), "pos": .int(record.pos), "origin": .string(record.origin),
        ]
    }

    private static func json(_ report: ReplayReport) -> JSONValue {
        [
            "entries": .int(report.entries), "identical": .bool(report.isIdentical),
            "snapshots": .array(
                report.snapshots.map { snapshot in
                    [
                        "period": .string(snapshot.period), "revision": .int(snapshot.revision),
                        "identical": .bool(snapshot.isIdentical), "digest": .string(snapshot.digest),
                        "replayed_digest": .string(snapshot.replayedDigest),
                    ]
                }
            ),
        ]
    }
}
