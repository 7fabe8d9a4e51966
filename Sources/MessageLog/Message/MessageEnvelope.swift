// Reads the envelope of a message in one strict pass, without building values.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import PluginKit

/// What stands around a message's `data`. Payloads stay bytes: `data` and `person` are places in the message.
package struct MessageEnvelope: Sendable {
    /// At most this many bytes a message.
    package static let maximumBytes = 65_536
    /// How deep a message may nest.
    package static let maximumDepth = 32

    /// UUIDv7, made where the message was written; the key of what it becomes.
    package let id: UUID
    /// `<sector>.<name>`, from the type without `id.go.posyandu.` and version.
    package let recordType: String
    /// The number after `.v`.
    package let version: Int
    package let posyandu: UUID
    /// A resident or a household.
    package let subject: UUID?
    /// Claimed time, microseconds since 1970 UTC.
    package let time: Int64
    /// The service date; the civil date of `time` as written when the message names none.
    package let date: CivilDate
    /// The record that this message replaces.
    package let corrects: UUID?
    /// `<record type>/<n>`: the schema of `data`.
    package let dataschema: String?
    /// Personal members, never shown to workers.
    package let person: Range<Int>?
    package let data: Range<Int>?

    /// A message that names a person, or may: its payload is sealed in the log.
    package var isPersonal: Bool { person != nil || recordType.hasPrefix("warga.") }

    /// Checks everything that can be checked without the registry.
    ///
    /// - Throws: the refusal its sender gets; the message's sequence number is consumed all the same.
    package static func read(_ bytes: UnsafeRawBufferPointer) throws(Refusal) -> MessageEnvelope {
        guard bytes.count <= maximumBytes else { throw Refusal(code: "size", advice: "fix") }
        let members: JSONMembers
        do {
            members = try JSONScanner.members(of: bytes, maximumDepth: maximumDepth)
        } catch {
            throw Refusal(code: error.reason == .tooDeep ? "depth" : "json", advice: "fix")
        }
        let places = Places(members)
        guard let id = places.uuid(places.id), id.isVersion7 else { throw Refusal(code: "id", advice: "fix") }
        guard let (recordType, version) = places.type.flatMap({ TypeName.parse(members.bytes($0)) }) else {
            throw Refusal(code: "type", advice: "fix")
        }
        guard let instant = places.time.flatMap({ places.text($0) }).flatMap({ InstantText(rfc3339: $0) }) else {
            throw Refusal(code: "time", advice: "fix")
        }
        guard let posyandu = places.uuid(places.posyandu) else { throw Refusal(code: "posyandu", advice: "fix") }
        let subject = places.uuid(places.subject)
        guard subject != nil || places.subject == nil else { throw Refusal(code: "subject", advice: "fix") }
        let corrects = places.uuid(places.corrects)
        guard corrects != nil || places.corrects == nil else { throw Refusal(code: "corrects", advice: "fix") }
        var date = instant.date
        if let place = places.date {
            guard let named = places.text(place).flatMap({ CivilDate(bytes: $0) }) else {
                throw Refusal(code: "date", advice: "fix")
            }
            date = named
        }
        var dataschema: String?
        if let place = places.dataschema {
            guard let text = JSONMembers.string(members.bytes(place)) else {
                throw Refusal(code: "dataschema", advice: "fix")
            }
            dataschema = text
        }
        guard places.isObject(places.person) else { throw Refusal(code: "person", advice: "fix") }
        guard places.isObject(places.data) else { throw Refusal(code: "data", advice: "fix") }
        return MessageEnvelope(
            id: id,
            recordType: recordType,
            version: version,
            posyandu: posyandu,
            subject: subject,
            time: instant.microseconds,
            date: date,
            corrects: corrects,
            dataschema: dataschema,
            person: places.person,
            data: places.data
        )
    }

    /// As ``read(_:)``, of an array.
    package static func read(_ bytes: [UInt8]) throws(Refusal) -> MessageEnvelope {
        let result: Result<MessageEnvelope, Refusal> = bytes.withUnsafeBytes { buffer in
            do throws(Refusal) { return .success(try read(buffer)) } catch { return .failure(error) }
        }
        return try result.get()
    }
}

/// The places of the members that the envelope knows; others are left alone.
private struct Places {
    private let members: JSONMembers
    private(set) var id: Range<Int>?
    private(set) var type: Range<Int>?
    private(set) var time: Range<Int>?
    private(set) var posyandu: Range<Int>?
    private(set) var subject: Range<Int>?
    private(set) var date: Range<Int>?
    private(set) var corrects: Range<Int>?
    private(set) var dataschema: Range<Int>?
    private(set) var person: Range<Int>?
    private(set) var data: Range<Int>?

    init(_ members: JSONMembers) {
        self.members = members
        for member in members.members {
            let name = member.name
            if members.matches(name, "id") {
                id = member.value
            } else if members.matches(name, "type") {
                type = member.value
            } else if members.matches(name, "time") {
                time = member.value
            } else if members.matches(name, "posyandu") {
                posyandu = member.value
            } else if members.matches(name, "subject") {
                subject = member.value
            } else if members.matches(name, "data") {
                data = member.value
            } else if members.matches(name, "date") {
                date = member.value
            } else if members.matches(name, "corrects") {
                corrects = member.value
            } else if members.matches(name, "person") {
                person = member.value
            } else if members.matches(name, "dataschema") {
                dataschema = member.value
            }
        }
    }

    /// The bytes between the quotes of a string without escapes.
    func text(_ place: Range<Int>) -> UnsafeRawBufferPointer? {
        let value = members.bytes(place)
        guard value.count >= 2, value[0] == UInt8(ascii: "\"") else { return nil }
        return UnsafeRawBufferPointer(rebasing: value[1..<(value.count - 1)])
    }

    func uuid(_ place: Range<Int>?) -> UUID? {
        place.flatMap { text($0) }.flatMap { UUID(hex: $0) }
    }

    /// True also for a member that is missing.
    func isObject(_ place: Range<Int>?) -> Bool {
        guard let place else { return true }
        return members.bytes(place).first == UInt8(ascii: "{")
    }
}
