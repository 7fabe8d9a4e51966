// Lag, pause, conservation, dead letters and refused records.
// SPDX-License-Identifier: Apache-2.0
import Apply
import FoundationEssentials
import Hummingbird
import Logging
import MessageLog
import PluginKit
import PostgresClient

extension ControlRoutes {
    func addLog(_ group: RouterGroup<ControlContext>) {
        group.get("log") { _, _ in
            let now = WallClock.microseconds()
            let (lags, cursors) = try await services.pool.withConnection { connection in
                (try LogLag.read(connection), try LogCursor.all(connection))
            }
            let list = lags.map { lag -> JSONValue in
                let paused = cursors.first { $0.consumer == lag.consumer && $0.shard == lag.shard }?.paused
                return [
                    "consumer": .string(lag.consumer), "shard": .int(lag.shard), "lag": .int(lag.entries),
                    "oldest_seconds": .optional(lag.oldest.map { Int((now - $0) / 1_000_000) }),
                    "paused": .optional(paused),
                ]
            }
            return Answer.json(["consumers": .array(list)])
        }
        group.post("log/pause") { request, context in
            let reason = try await json(request)["reason"]?.string ?? ""
            guard !reason.isEmpty else { throw ControlError.badRequest("say why: {\"reason\": …}") }
            try await pause("\(reason) (\(context.actor))")
            return Answer.json(["paused": .string(reason)])
        }
        group.post("log/resume") { _, _ in
            try await pause(nil)
            services.wakeApply()
            return Answer.json(["paused": .null])
        }
        group.get("conserve") { _, _ in Answer.json(try await conserve()) }
        group.get("rejections") { request, _ in
            let source = try request.uri.queryParameters.get("source").map { text in
                guard let source = UUID(uuidString: String(text)) else {
                    throw ControlError.badRequest("`\(text)` is not the UUID of a source")
                }
                return source
            }
            let after = try number(request, "after", default: 0)
            let limit = try number(request, "limit", default: 100)
            return Answer.json(
                ["rejections": .array(try await Rejections.read(services.pool, source, after: after, limit: limit))])
        }
    }

    private func pause(_ reason: String?) async throws {
        try await services.pool.withConnection { try LogCursor.pause($0, consumer: "apply", reason: reason) }
    }

    private func conserve() async throws -> JSONValue {
        let conservation = try await services.pool.withConnection { try Conservation.read($0) }
        let own = OwnSource(node: services.identity.id, utcOffset: services.identity.utcOffsetSeconds).uuid
        let said = conservation.sources.first { $0.uuid == own }
        return [
            "balanced": .bool(conservation.isBalanced), "total": Self.counts(conservation.total),
            "own": said.map { Self.counts($0.counts) } ?? .null,
            "unbalanced": .array(
                conservation.unbalanced.prefix(100).map { source in
                    ["source": .string(source.uuid.uuidString.lowercased()), "counts": Self.counts(source.counts)]
                }
            ),
        ]
    }

    private static func counts(_ counts: ConservationCounts) -> JSONValue {
        [
            "received": .int(counts.received), "duplicate": .int(counts.duplicate), "conflict": .int(counts.conflict),
            "refused": .int(counts.refused), "applied": .int(counts.applied), "rejected": .int(counts.rejected),
            "held": .int(counts.held), "dead": .int(counts.dead), "waiting": .int(counts.waiting),
            "difference": .int(counts.difference),
        ]
    }

    func addDeadLetters(_ group: RouterGroup<ControlContext>) {
        group.get("dead") { request, _ in
            let state = request.uri.queryParameters.get("state").map { String($0) } ?? "dead"
            let limit = try number(request, "limit", default: 100)
            let letters = try await services.pool.withConnection { connection in
                try DeadLetters.list(connection, consumer: "apply", states: [state], limit: limit)
            }
            return Answer.json(["letters": .array(letters.map(letter))])
        }
        group.get("dead/:shard/:pos") { _, context in
            let position = try position(context)
            let sealer = services.sealer
            let found = try await services.pool.withConnection { connection in
                try DeadLetters.show(connection, consumer: "apply", at: position, sealer: sealer)
            }
            guard let found else { throw ControlError.notFound("no message was set aside there") }
            var answer = letter(found.letter).object ?? JSONObject()
            let isPersonal = found.entry.kind.contains(.sealed)
            answer["personal"] = .bool(isPersonal)
            answer["payload"] = isPersonal ? .null : .string(String(decoding: found.entry.payload, as: UTF8.self))
            return Answer.json(.object(answer))
        }
        group.post("dead/:shard/:pos/:act") { request, context in
            let position = try position(context)
            let why = try await json(request)["why"]?.string ?? ""
            guard !why.isEmpty else { throw ControlError.badRequest("say why: {\"why\": …}") }
            let actor = context.actor
            let act = try context.parameters.require("act")
            try await services.pool.withConnection { connection in
                switch act {
                case "retry":
                    try DeadLetters.retry(connection, consumer: "apply", at: position, by: actor, why: why)
                case "drop": try DeadLetters.drop(connection, consumer: "apply", at: position, by: actor, why: why)
                default: throw ControlError.notFound("a dead letter can be retried or dropped")
                }
            }
            services.log.notice(
                "dead letter: \(act)",
                metadata: ["shard": "\(position.shard)", "pos": "\(position.pos)", "actor": "\(actor)"]
            )
            services.apply.lookForHeld()
            return Answer.json(["shard": .int(position.shard), "pos": .int(position.pos), "act": .string(act)])
        }
    }

    private func position(_ context: ControlContext) throws -> LogPosition {
        let shard = try context.parameters.require("shard", as: Int.self)
        let pos = try context.parameters.require("pos", as: Int64.self)
        return LogPosition(shard: shard, pos: pos)
    }

    private func letter(_ letter: DeadLetter) -> JSONValue {
        [
            "shard": .int(letter.position.shard), "pos": .int(letter.position.pos),
            "source": .string(letter.source.uuidString.lowercased()), "epoch": .int(letter.epoch),
            "seq": .int(letter.seq), "state": .string(letter.state), "reason": .string(letter.reason),
            "waits_for": .optional(letter.waitsFor), "detail": .optional(letter.detail), "tries": .int(letter.tries),
            "at": instant(letter.at), "resolved_by": .optional(letter.resolvedBy),
            "resolved_why": .optional(letter.resolvedWhy), "resolution": .optional(letter.resolution),
        ]
    }
}

/// Refused records as their senders and the operators read them.
enum Rejections {
    static func read(_ pool: PostgresPool, _ source: UUID?, after: Int, limit: Int) async throws -> [JSONValue] {
        try await pool.withConnection { connection in
            try connection.query(
                """
                select r.lineage, s.uuid, r.epoch, r.seq, r.type, r.violations from registry.rejection r
                join log.source s using (source_id)
                where ($1::uuid is null or s.uuid = $1) and r.lineage > $2 order by r.lineage limit $3
                """,
                [source.map { .uuid($0) } ?? .null, .int8(Int64(after)), .int8(Int64(min(limit, 1_000)))]
            ).map { row in
                [
                    "lineage": .int(try row.int(0)), "source": .string(try row.uuid(1).uuidString.lowercased()),
                    "epoch": .int(try row.int(2)), "seq": .int(try row.int(3)), "type": .string(try row.string(4)),
                    "violations": (try? JSONParser.parse(try row.string(5))) ?? .null,
                ]
            }
        }
    }
}
