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

    /// Appends one message of today and waits some seconds for its verdict.
    func say(
        _ type: String,
        posyandu: UUID,
        subject: UUID?,
        data: JSONObject,
        attachments: [JSONValue] = []
    ) async throws -> Outcome {
        let source = Self.name("source", services.identity.id)
        let incarnation = Self.name("incarnation", services.identity.id)
        _ = try await services.pool.withConnection { connection in
            try LogSources.register(
                connection,
                [
                    NewSource(
                        uuid: source,
                        name: "kantor",
                        incarnation: incarnation,
                        signKey: [UInt8](repeating: 0, count: 32)
                    )
                ],
                shard: Shards.own
            )
        }
        let now = WallClock.microseconds()
        let id = Self.version7(now / 1_000)
        var said = data
        said["oleh"] = .string(actor)
        var message = JSONObject()
        message["id"] = .string(id.uuidString.lowercased())
        message["type"] = .string("id.go.posyandu.\(type).v1")
        message["time"] = .string(InstantFormat.text(now, offset: services.identity.utcOffsetSeconds))
        message["posyandu"] = .string(posyandu.uuidString.lowercased())
        if let subject { message["subject"] = .string(subject.uuidString.lowercased()) }
        message["data"] = .object(said)
        if !attachments.isEmpty { message["attachments"] = .array(attachments) }
        var writer = JSONWriter()
        writer.value(.object(message))
        let local: LocalMessage
        do {
            local = try LocalMessage(checking: writer.bytes)
        } catch {
            throw ControlError.badRequest("the message cannot be made: \(error.code)")
        }
        _ = try await services.writer.append([local], to: source)
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

    /// A UUID that this node has always had for a purpose.
    private static func name(_ purpose: String, _ node: String) -> UUID {
        uuid(sha256(Array("posyandud office \(purpose) \(node)".utf8)), version: 8)
    }

    private static func version7(_ milliseconds: Int64) -> UUID {
        var random = SystemRandomNumberGenerator()
        var bytes = (0..<6).map { UInt8(truncatingIfNeeded: milliseconds >> (40 - 8 * $0)) }
        bytes += (0..<10).map { _ in UInt8.random(in: 0...255, using: &random) }
        return uuid(bytes, version: 7)
    }

    private static func uuid(_ bytes: [UInt8], version: UInt8) -> UUID {
        var uuid = UUID().uuid
        withUnsafeMutableBytes(of: &uuid) { target in
            for place in 0..<16 { target[place] = bytes[place] }
            target[6] = target[6] & 0x0F | version << 4
            target[8] = target[8] & 0x3F | 0x80
        }
        return UUID(uuid: uuid)
    }
}
