// What this node says itself: its source, and messages as kiosks make them.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import PluginKit
package import PostgresClient

/// The node's own source. Its messages go through the log like those of kiosks, so that a replay and another node find them.
package struct OwnSource: Sendable {
    /// The node's identity, from its configuration.
    package let node: String
    /// Distance of its civil time from UTC, in seconds.
    package let utcOffset: Int

    package init(node: String, utcOffset: Int) {
        self.node = node
        self.utcOffset = utcOffset
    }

    package var uuid: UUID { name("source") }

    /// Registers the source; again and again is the same.
    package func register(_ connection: isolated PostgresConnection) throws {
        let new = NewSource(
            uuid: uuid,
            name: "kantor",
            incarnation: name("incarnation"),
            signKey: [UInt8](repeating: 0, count: 32)
        )
        _ = try LogSources.register(connection, [new], shard: Shards.own)
    }

    /// A message made at a moment, with its id.
    /// - Parameters:
    ///   - type: without prefix and version: `tugas.dijawab`.
    ///   - attachments: what the message names, as `{"kind":…,"sha256":…}`.
    ///   - date: the service date, when it is not that of the moment: `YYYY-MM-DD`.
    ///   - moment: microseconds since 1970 UTC.
    package func message(
        _ type: String,
        posyandu: UUID,
        subject: UUID? = nil,
        data: JSONObject,
        attachments: [JSONValue] = [],
        date: String? = nil,
        at moment: Int64
    ) throws(Refusal) -> (id: UUID, message: LocalMessage) {
        let id = Self.version7(moment / 1_000)
        var message = JSONObject()
        message["id"] = .string(id.uuidString.lowercased())
        message["type"] = .string("id.go.posyandu.\(type).v1")
        message["time"] = .string(InstantFormat.text(moment, offset: utcOffset))
        message["posyandu"] = .string(posyandu.uuidString.lowercased())
        if let date { message["date"] = .string(date) }
        if let subject { message["subject"] = .string(subject.uuidString.lowercased()) }
        message["data"] = .object(data)
        if !attachments.isEmpty { message["attachments"] = .array(attachments) }
        var writer = JSONWriter()
        writer.value(.object(message))
        return (id, try LocalMessage(checking: writer.bytes))
    }

    /// A UUID that this node has always had for a purpose.
    private func name(_ purpose: String) -> UUID {
        Self.uuid(sha256(Array("posyandud office \(purpose) \(node)".utf8)), version: 8)
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
