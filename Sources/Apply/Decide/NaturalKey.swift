// Whether two records of a type are the same act, by the key of the manifest.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import MessageLog
import PluginKit

/// The natural key of a record: members of the payload. Within a subject, or within a posyandu for types without one.
enum NaturalKey {
    /// Whether a standing record of the same subject and type has the key of a new message.
    static func matches(_ key: [String], _ standing: RecordState, _ payload: JSONValue) -> Bool {
        guard let body = try? JSONParser.parse(standing.body) else { return false }
        return key.allSatisfy { (body[$0] ?? .null) == (payload[$0] ?? .null) }
    }

    /// A name for type, posyandu and key of a record without a subject: half a SHA-256, as a UUID.
    static func digest(_ rules: TypeRules, posyandu: UUID, _ payload: JSONValue) -> UUID {
        var writer = JSONWriter()
        writer.beginArray()
        writer.string(rules.name)
        writer.string(posyandu.lowercased)
        for name in rules.key { writer.value(payload[name] ?? .null) }
        writer.endArray()
        let hash = sha256(writer.bytes)
        return UUID(
            uuid: (
                hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7], hash[8], hash[9], hash[10],
                hash[11], hash[12], hash[13], hash[14], hash[15]
            )
        )
    }
}
