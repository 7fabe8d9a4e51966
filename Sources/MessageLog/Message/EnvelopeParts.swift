// The members of a message's envelope after every check, still as places in its bytes.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit

/// An envelope that was checked and of which no text was built. Valid as long as the buffer it was made from.
struct EnvelopeParts {
    let id: UUID
    let type: TypeName
    let instant: InstantText
    let posyandu: UUID
    let subject: UUID?
    let corrects: UUID?
    let date: CivilDate
    /// A JSON string with its quotes.
    let dataschema: UnsafeRawBufferPointer?
    let person: Range<Int>?
    let data: Range<Int>?

    /// - Throws: what is wrong first, in the order of the protocol: size, JSON, then the members.
    init(_ bytes: UnsafeRawBufferPointer) throws(Refusal) {
        guard bytes.count <= MessageEnvelope.maximumBytes else { throw Refusal(code: "size", advice: "fix") }
        let members: JSONMembers
        do {
            members = try JSONScanner.members(of: bytes, maximumDepth: MessageEnvelope.maximumDepth)
        } catch {
            throw Refusal(code: error.reason == .tooDeep ? "depth" : "json", advice: "fix")
        }
        let places = EnvelopePlaces(members)
        guard let id = places.uuid(places.id), id.isVersion7 else { throw Refusal(code: "id", advice: "fix") }
        guard let type = places.type.flatMap({ TypeName(members.bytes($0)) }) else {
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
        guard places.dataschema == nil || places.dataschema.flatMap({ places.text($0) }) != nil else {
            throw Refusal(code: "dataschema", advice: "fix")
        }
        guard places.visit == nil || places.uuid(places.visit) != nil else {
            throw Refusal(code: "visit", advice: "fix")
        }
        guard places.isObject(places.person) else { throw Refusal(code: "person", advice: "fix") }
        guard places.isObject(places.data) else { throw Refusal(code: "data", advice: "fix") }
        (self.id, self.type, self.instant, self.posyandu, self.subject) = (id, type, instant, posyandu, subject)
        (self.corrects, self.date) = (corrects, date)
        dataschema = places.dataschema.map { members.bytes($0) }
        (person, data) = (places.person, places.data)
    }
}

/// The places of the members that the envelope knows; others are left alone.
private struct EnvelopePlaces {
    private let members: JSONMembers
    private(set) var id: Range<Int>?
    private(set) var type: Range<Int>?
    private(set) var time: Range<Int>?
    private(set) var posyandu: Range<Int>?
    private(set) var subject: Range<Int>?
    private(set) var date: Range<Int>?
    private(set) var corrects: Range<Int>?
    private(set) var dataschema: Range<Int>?
    private(set) var visit: Range<Int>?
    private(set) var person: Range<Int>?
    private(set) var data: Range<Int>?

    init(_ members: JSONMembers) {
        self.members = members
        for member in members.members {
            let name = member.name
            // An escaped name is longer than what it spells; any other is compared only with names of its length.
            let length = name.isEscaped ? 0 : name.end - name.start
            func isNamed(_ text: StaticString) -> Bool {
                (length == 0 || length == text.utf8CodeUnitCount) && members.matches(name, text)
            }
            if isNamed("id") {
                id = member.value
            } else if isNamed("type") {
                type = member.value
            } else if isNamed("time") {
                time = member.value
            } else if isNamed("posyandu") {
                posyandu = member.value
            } else if isNamed("subject") {
                subject = member.value
            } else if isNamed("data") {
                data = member.value
            } else if isNamed("date") {
                date = member.value
            } else if isNamed("corrects") {
                corrects = member.value
            } else if isNamed("person") {
                person = member.value
            } else if isNamed("dataschema") {
                dataschema = member.value
            } else if isNamed("visit") {
                visit = member.value
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
