// The personal part of a row: a small JSON object that is only ever stored sealed.
// SPDX-License-Identifier: Apache-2.0
internal import PluginKit

/// Name, address, telephone and the like of a resident or cadre, as the members of one JSON object.
struct Person: Equatable {
    private(set) var members: JSONObject

    init() { members = JSONObject() }

    /// Nil when the bytes are no JSON object.
    init?(_ json: [UInt8]) {
        guard let value = try? JSONParser.parse(json), let object = value.object else { return nil }
        members = object
    }

    var name: String? { members["nama"]?.string }

    /// Sets a member; nil leaves what is there.
    mutating func merge(_ name: String, _ text: String?) {
        if let text { members[name] = .string(text) }
    }

    /// Members in byte order of their names.
    var json: [UInt8] { JSONWriter.canonical(.object(members)) }
}
