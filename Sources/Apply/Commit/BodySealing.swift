// What of a record's body stands in the registry in the clear, and what is sealed.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import Registry

/// Bodies of confidential records are sealed whole; beside them stand only the fields that count.
struct BodySealing: Sendable {
    let cipher: ResidentCipher
    /// Type → names of the fields that may stand in the clear, of confidential types only.
    let openFields: [Int16: Set<String>]

    func isConfidential(_ type: Int16) -> Bool { openFields[type] != nil }

    /// The body as `registry.record.body` holds it.
    func clear(_ state: RecordState) -> [UInt8] {
        guard let open = openFields[state.type] else { return state.body }
        var kept = JSONObject()
        for member in (try? JSONParser.parse(state.body))?.object?.members ?? [] where open.contains(member.name) {
            kept[member.name] = member.value
        }
        return JSONWriter.canonical(.object(kept))
    }

    /// The body as `body_sealed` holds it; nil for a record that is not confidential.
    func sealed(_ state: RecordState) throws -> [UInt8]? {
        guard openFields[state.type] != nil else { return nil }
        return try cipher.seal(state.body, .recordBody, row: state.id)
    }
}
