// A destination tried out: what it would be sent of a closed period, and what it says to that.
// SPDX-License-Identifier: Apache-2.0
import Destinations
import HTTPTransfer
import Hummingbird
import Logging
import PluginKit
import PostgresClient
import Summaries

extension ControlRoutes {
    func addDestinations(_ group: RouterGroup<ControlContext>) {
        group.get("destinations/:name/plan") { request, context in
            let destination = try destination(context)
            let run = try await dryRun(destination, request.uri.queryParameters.get("period").map { String($0) })
            return Answer.json(json(run, destination.settings))
        }
        group.post("destinations/:name/plan/check") { request, context in
            let destination = try destination(context)
            let run = try await dryRun(destination, try await json(request)["period"]?.string)
            services.log.notice(
                "destination tried out",
                metadata: ["destination": "\(destination.settings.name)", "actor": "\(context.actor)"]
            )
            let transfer = HTTPTransfer()
            defer { transfer.shutdown() }
            let probe = Probe(
                settings: destination.settings,
                exporter: destination.exporter,
                transfer: transfer
            )
            var answer = json(run, destination.settings).object ?? JSONObject()
            answer["answers"] = .array(await probe.ask(run.documents.map(\.document)).map(Self.json))
            return Answer.json(.object(answer))
        }
    }

    private func destination(_ context: ControlContext) throws -> ConfiguredDestination {
        let name = try context.parameters.require("name")
        guard let found = services.destinations.first(where: { $0.settings.name == name }) else {
            let names = services.destinations.map(\.settings.name).joined(separator: ", ")
            throw ControlError(
                status: .notFound,
                code: "not-found",
                message: "no destination `\(name)` is configured",
                hint: names.isEmpty ? "there is none" : "configured: \(names)"
            )
        }
        return found
    }

    /// Of the period asked for, or of the newest closed one that the destination makes documents of.
    private func dryRun(_ destination: ConfiguredDestination, _ asked: String?) async throws -> DryRun {
        let wanted = try asked.map { text in
            guard let period = Period(text) else {
                throw ControlError.badRequest("`\(text)` is not a period", hint: "2026-11, 2026-Q4 or 2026")
            }
            return period
        }
        let kabupaten = services.identity.kabupaten
        let snapshots = try await services.pool.transaction(.init(readOnly: true)) { connection in
            let periods = try FrozenSnapshot.periods(connection, kabupaten: kabupaten)
            let chosen = Period.Kind.allCases.compactMap { kind in
                periods.first { $0.kind == kind && (wanted == nil || $0 == wanted) }
            }
            return try chosen.sorted { $0.last > $1.last }.compactMap {
                try FrozenSnapshot.newest(connection, kabupaten: kabupaten, $0)
            }.map {
                let windows = try ReportingWindow.read(connection, of: destination.settings.name, $0)
                let earlier = try Outbox.earlierSnapshots($0, destination.settings, on: connection)
                return ($0, destination.exporter.planning(within: windows), earlier)
            }
        }
        let runs = snapshots.map { DryRun($0, destination.settings, $1, after: $2) }
        guard let run = runs.first(where: { !$0.documents.isEmpty || $0.refusal != nil }) ?? runs.first else {
            throw ControlError(
                status: .notFound,
                code: "not-found",
                message: wanted.map { "period \($0) was never closed" } ?? "no period was closed yet",
                hint: "posyanductl summaries close PERIOD --no-push"
            )
        }
        return run
    }

    private func json(_ run: DryRun, _ settings: DestinationSettings) -> JSONValue {
        [
            "destination": .string(settings.name), "kind": .string(settings.kind), "period": .string(run.period),
            "snapshot_revision": .int(run.snapshotRevision), "mapping_version": .string(run.mappingVersion),
            "by_hand": .bool(run.isByHand), "can_check": .bool(run.canCheck),
            "can_read_back": .bool(run.canReadBack), "figures": .int(run.figures), "local": .int(run.local),
            "skipped": .int(run.skipped), "suppressed": .int(run.suppressed),
            "complementary": .int(run.complementary), "without_data": .int(run.withoutData),
            "unmapped": .array(run.unmapped.map { .string($0) }), "unmapped_policy": .string(run.unmappedPolicy),
            "unused": .array(run.unused.map { .string($0) }),
            "refusal": .optional(run.refusal?.message),
            "documents": .array(
                run.documents.map { planned in
                    [
                        "kind": .string(planned.document.kind.rawValue),
                        "revision": .int(planned.document.revision), "bytes": .int(planned.document.bytes.count),
                        "digest": .string(hex(planned.document.digest)), "method": .optional(planned.method),
                        "url": .optional(planned.url),
                        "headers": .array(
                            planned.headers.map { ["name": .string($0.name), "value": .string($0.value)] }
                        ),
                    ]
                }
            ),
        ]
    }

    private static func json(_ answer: Probe.Answer) -> JSONValue {
        [
            "act": .string(answer.act.rawValue), "kind": .optional(answer.kind?.rawValue),
            "outcome": .string(answer.evidence.outcome), "code": .string(answer.evidence.code),
            "detail": .string(answer.evidence.detail), "curl_code": .optional(answer.evidence.curlCode),
            "status": .optional(answer.evidence.status),
            "errors": .array(
                answer.errors.map { error in
                    [
                        "index": .optional(error.index), "pointer": .string(error.pointer),
                        "code": .string(error.code), "message": .string(error.message),
                    ]
                }
            ),
        ]
    }
}
