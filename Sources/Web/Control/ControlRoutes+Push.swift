// The ledger of what was sent to destinations, and what an operator may do about it.
// SPDX-License-Identifier: Apache-2.0
import Destinations
import Hummingbird
import Logging
import MessageLog
import PluginKit

extension ControlRoutes {
    func addPush(_ group: RouterGroup<ControlContext>) {
        group.get("push") { request, _ in
            let limit = try number(request, "limit", default: 1_000)
            let state = try request.uri.queryParameters.get("state").map { word in
                guard let state = DocumentState(rawValue: String(word)) else {
                    let known = DocumentState.allCases.map(\.rawValue).joined(separator: ", ")
                    throw ControlError.badRequest("`\(word)` is no state of a document", hint: "one of \(known)")
                }
                return state
            }
            let destinations = try await services.outbox.status()
            let paused = Set(destinations.filter { $0.paused != nil }.map(\.name))
            let documents = try await services.outbox.documents(destination: nil, state: state, limit: limit)
            return Answer.json([
                "destinations": .array(destinations.map(json)),
                "documents": .array(documents.map { json($0, isPaused: paused.contains($0.destination)) }),
            ])
        }
        group.get("push/reconciliations") { request, _ in
            let limit = try number(request, "limit", default: 50)
            let runs = try await services.outbox.reconciliations(isOpen: false, limit: limit)
            let drifts = try await services.outbox.drifts(limit: limit)
            return Answer.json(["runs": .array(runs.map(json)), "drifts": .array(drifts.map(json))])
        }
        group.post("push/reconciliations") { request, context in
            let body = try await json(request)
            let known = services.destinations.map(\.settings.name)
            let wanted = body["destination"]?.string.map { [$0] } ?? known
            for name in wanted where !known.contains(name) {
                throw ControlError.badRequest(
                    "no destination is called `\(name)`",
                    hint: "one of \(known.joined(separator: ", "))"
                )
            }
            var asked: [JSONValue] = []
            for name in wanted {
                let now = WallClock.microseconds()
                guard try await services.outbox.requestReconciliation(name, night: nil, now: now) else { continue }
                asked.append(.string(name))
            }
            services.log.notice("reconciliation asked for", metadata: ["actor": "\(context.actor)"])
            return Answer.json(["asked": .array(asked)])
        }
        group.get("push/:id") { _, context in
            let id = try context.parameters.require("id", as: Int64.self)
            guard let detail = try await services.outbox.document(id) else {
                throw ControlError.notFound("no such document")
            }
            let paused = try await services.outbox.status().first { $0.name == detail.summary.destination }?.paused
            return Answer.json(json(detail, paused: paused))
        }
        group.get("push/:id/bytes") { _, context in
            let id = try context.parameters.require("id", as: Int64.self)
            guard let detail = try await services.outbox.document(id) else {
                throw ControlError.notFound("no such document")
            }
            return Answer.bytes(detail.bytes, type: "application/octet-stream")
        }
        group.post("push/:id/:act") { request, context in
            let id = try context.parameters.require("id", as: Int64.self)
            let act = try context.parameters.require("act")
            let body = try await json(request)
            let now = WallClock.microseconds()
            let isDone =
                switch act {
                case "retry": try await services.outbox.retry(id, now: now)
                case "release": try await services.outbox.release(id, now: now)
                case "hold":
                    try await services.outbox.hold(
                        id,
                        reason: try Self.words(body, "reason") + " (\(context.actor))",
                        now: now
                    )
                case "acknowledge":
                    try await services.outbox.acknowledgeByHand(
                        id,
                        proof: try Self.words(body, "proof") + " (\(context.actor))",
                        now: now
                    )
                default: throw ControlError.notFound("retry, hold, release or acknowledge")
                }
            guard isDone else {
                throw ControlError(
                    status: .conflict,
                    code: "state",
                    message: "document \(id) is in no state for \(act)",
                    hint: "posyanductl push show \(id)"
                )
            }
            services.log.notice("push \(act)", metadata: ["record": "\(id)", "actor": "\(context.actor)"])
            return Answer.json(["id": .int(id), "act": .string(act)])
        }
        group.post("destinations/:name/:act") { request, context in
            let name = try context.parameters.require("name")
            let act = try context.parameters.require("act")
            let body = try await json(request)
            let isDone =
                switch act {
                case "pause":
                    try await services.outbox.pause(
                        name,
                        reason: try Self.words(body, "reason") + " (\(context.actor))",
                        now: WallClock.microseconds()
                    )
                case "resume": try await services.outbox.resume(name)
                default: throw ControlError.notFound("pause or resume")
                }
            guard isDone else { throw ControlError.notFound("no destination `\(name)` has a document yet") }
            return Answer.json(["destination": .string(name), "act": .string(act)])
        }
    }

    private static func words(_ body: JSONValue, _ name: String) throws -> String {
        guard let text = body[name]?.string, !text.isEmpty else {
            throw ControlError.badRequest("say why: {\"\(name)\": …}")
        }
        return text
    }

    private func json(_ status: DestinationStatus) -> JSONValue {
        var counts = JSONObject()
        for entry in status.counts { counts[entry.state.rawValue] = .int(entry.count) }
        return [
            "name": .string(status.name), "kind": .string(status.kind), "paused": .optional(status.paused),
            "breaker_failures": .int(status.breakerFailures), "counts": .object(counts),
            "remedy": .optional(
                status.paused.map { Remedy.words(destination: status.name, paused: $0) }
                    ?? status.breakerOpenUntil.map { _ in
                        Remedy.words(destination: status.name, failures: status.breakerFailures)
                    }
            ),
        ]
    }

    private func json(_ run: ReconciliationRun) -> JSONValue {
        [
            "id": .int(run.id), "destination": .string(run.destination), "night": .optional(run.night?.description),
            "requested": instant(run.requestedAt), "finished": run.finishedAt.map(instant) ?? .null,
            "checked": .int(run.checked), "same": .int(run.same), "drifted": .int(run.drifted),
            "unreadable": .int(run.unreadable), "left": .int(run.left), "stopped": .optional(run.stopped),
        ]
    }

    private func json(_ drift: DriftRecord) -> JSONValue {
        [
            "document": .int(drift.document), "destination": .string(drift.destination),
            "period": .string(drift.key.period), "kind": .string(drift.key.kind.rawValue),
            "revision": .int(drift.revision), "finding": .string(drift.finding), "detail": .string(drift.detail),
            "at": instant(drift.at), "state": .string(drift.state.rawValue),
        ]
    }

    /// - Parameter isPaused: whether its destination is: then nothing of it is tried again by itself.
    private func json(_ document: DocumentSummary, isPaused: Bool) -> JSONValue {
        let row = document.row
        let isOpen = row.state == .planned || row.state.isInFlight
        let isWaiting = isOpen && isPaused
        return [
            "id": .int(document.id), "destination": .string(document.destination),
            "kodepemda": .string(document.key.kodepemda), "period": .string(document.key.period),
            "kind": .string(document.key.kind.rawValue), "revision": .int(document.revision),
            "digest": .string(hex(document.digest)), "bytes": .int(document.byteCount),
            "mapping_version": .string(document.mappingVersion), "created": instant(document.createdAt),
            "changed": instant(document.changedAt), "state": .string(row.state.rawValue),
            "attempts": .int(row.attempts), "reason": .optional(row.reason),
            "standing": .optional(document.standing?.stage.rawValue),
            "standing_note": .optional(document.standing?.note),
            "reconciled": document.reconciledAt.map(instant) ?? .null,
            "next": isOpen && !isWaiting ? instant(row.nextAt) : .null,
            "remedy": .optional(isWaiting ? nil : Remedy.words(document: document.id, row: row)),
        ]
    }

    /// - Parameter paused: why its destination is paused.
    private func json(_ detail: DocumentDetail, paused: String?) -> JSONValue {
        var answer = json(detail.summary, isPaused: paused != nil).object ?? JSONObject()
        answer["paused"] = .optional(paused)
        let state = detail.summary.row.state
        if let paused, state == .planned || state.isInFlight {
            answer["remedy"] = .string(Remedy.words(destination: detail.summary.destination, paused: paused))
        }
        // A workbook is no text: it is written to a file.
        answer["body"] = .optional(String(validating: detail.bytes, as: UTF8.self))
        answer["tries"] = .array(
            detail.attempts.map { attempt in
                [
                    "act": .string(attempt.act), "started": instant(attempt.startedAt),
                    "finished": attempt.finishedAt.map(instant) ?? .null, "curl_code": .optional(attempt.curlCode),
                    "status": .optional(attempt.status), "outcome": .optional(attempt.outcome),
                    "code": .optional(attempt.code), "detail": .optional(attempt.detail),
                    "reply": .optional(attempt.reply),
                ]
            }
        )
        answer["receipts"] = .array(
            detail.receipts.map { receipt in
                [
                    "kind": .string(receipt.kind), "at": instant(receipt.at), "code": .optional(receipt.code),
                    "transaction": .optional(receipt.transaction), "remote_revision": .optional(receipt.remoteRevision),
                    "saved": .optional(receipt.saved), "changed": .optional(receipt.changed),
                    "same": .optional(receipt.same), "refused": .optional(receipt.refused),
                    "errors": receipt.errors.flatMap { try? JSONParser.parse($0) } ?? [],
                    "remote_digest": .optional(receipt.remoteDigest), "proof": .optional(receipt.proof),
                ]
            }
        )
        return .object(answer)
    }
}
