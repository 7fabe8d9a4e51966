// Puts what an operator decides into the log as messages of this node, and waits for what becomes of them.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Logging
import MessageLog
import PluginKit
import PostgresClient

/// The node's own source for decisions of people in the office: merging residents, answering tasks. Its messages go through the log
/// like those of kiosks, so that a replay and another node find them.
struct OfficeDesk {
    let services: NodeServices
    let actor: String

    /// What became of a message.
    struct Outcome {
        var message: UUID
        /// `applied`, `rejected`, `held` or, when apply has not come to it in time, `waiting`.
        var state: String
        var violations: JSONValue

        var json: JSONValue {
            [
                "message": .string(message.uuidString.lowercased()), "state": .string(state),
                "violations": violations,
            ]
        }
    }

    /// Appends one message of today, or of another service date, and waits some seconds for its verdict.
    func say(
        _ type: String,
        posyandu: UUID,
        subject: UUID?,
        data: JSONObject,
        attachments: [JSONValue] = [],
        date: String? = nil
    ) async throws -> Outcome {
        let own = OwnSource(node: services.identity.id, utcOffset: services.identity.utcOffsetSeconds)
        try await services.pool.withConnection { try own.register($0) }
        var said = data
        // In a step of a case `oleh` is the role that acts.
        said[data["oleh"] == nil ? "oleh" : "petugas"] = .string(actor)
        let made: (id: UUID, message: LocalMessage)
        do {
            made = try own.message(
                type,
                posyandu: posyandu,
                subject: subject,
                data: said,
                attachments: attachments,
                date: date,
                at: WallClock.microseconds()
            )
        } catch {
            throw ControlError.badRequest("the message cannot be made: \(error.code)")
        }
        let (id, source) = (made.id, own.uuid)
        _ = try await services.writer.append([made.message], to: source)
        services.log.notice("\(type) entered", metadata: ["actor": "\(actor)", "message": "\(id)"])
        services.wakeApply()
        return try await verdict(of: id, source)
    }

    private func verdict(of message: UUID, _ source: UUID) async throws -> Outcome {
        let target = try await services.pool.withConnection { connection in
            try connection.query(
                "select next_pos - 1 from log.shard where shard = $1",
                [.int2(Int16(Shards.own))]
            ).first?.int(0) ?? 0
        }
        for _ in 0..<50 {
            let found = try await services.pool.withConnection { connection -> Outcome? in
                let rejected = try connection.query(
                    "select violations from registry.rejection where message_id = $1",
                    [.uuid(message)]
                ).first
                if let rejected {
                    let violations = (try? JSONParser.parse(try rejected.string(0))) ?? .array([])
                    return Outcome(message: message, state: "rejected", violations: violations)
                }
                let cursor = try LogCursor.all(connection).first { $0.consumer == "apply" && $0.shard == Shards.own }
                guard let cursor, cursor.pos >= Int64(target) else { return nil }
                let aside = try connection.query(
                    """
                    select d.state from log.dead d join log.source s using (source_id)
                    where s.uuid = $1 and d.state in ('held', 'dead') and d.pos = $2
                    """,
                    [.uuid(source), .int8(Int64(target))]
                ).first
                return Outcome(message: message, state: try aside?.string(0) ?? "applied", violations: .array([]))
            }
            if let found { return found }
            try await Task.sleep(for: .milliseconds(100))
        }
        return Outcome(message: message, state: "waiting", violations: .array([]))
    }
}
