// Finds the members of a JSON object in one checking pass, without building values.
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The members of the object at the top of a text, as places in it. The hot path of intake and wire.
///
/// The whole text is checked as strictly as by ``JSONParser``: what the scanner accepts, the parser accepts.
package enum JSONScanner {
    /// How deep values may nest unless told otherwise.
    package static let defaultDepth = 32

    /// The place of one member.
    package struct Member: Sendable {
        /// The bytes between the quotes of the name.
        package let name: JSONSlice
        /// The bytes of the value, quotes and brackets included.
        package let value: Range<Int>
    }

    /// The members of the object that `text` consists of, in order.
    package static func members(
        of text: UnsafeRawBufferPointer,
        maximumDepth: Int = defaultDepth
    ) throws(JSONError) -> JSONMembers {
        var cursor = JSONCursor(text, maximumDepth: maximumDepth)
        var members: [Member] = []
        cursor.skipSpace()
        guard cursor.byte == UInt8(ascii: "{") else { throw cursor.failure(.notAnObject) }
        members.reserveCapacity(12)
        try cursor.open(depth: 1)
        if !cursor.close(UInt8(ascii: "}")) {
            while true {
                let name = try cursor.name()
                let start = cursor.position
                try cursor.skipValue(depth: 1)
                members.append(Member(name: name, value: start..<cursor.position))
                if try !cursor.another(before: UInt8(ascii: "}")) { break }
            }
            let names = members.count <= 16 ? nil : members.map(\.name)
            if let names {
                if let offset = cursor.repeatedName(in: names[...]) { throw JSONError(.duplicateName, offset) }
            } else if let offset = repeatedName(of: members, in: text, cursor) {
                throw JSONError(.duplicateName, offset)
            }
        }
        try cursor.finish()
        return JSONMembers(text: text, members: members)
    }

    /// Checks a text without looking for anything in it.
    package static func check(
        _ text: UnsafeRawBufferPointer,
        maximumDepth: Int = defaultDepth
    ) throws(JSONError) {
        var cursor = JSONCursor(text, maximumDepth: maximumDepth)
        cursor.skipSpace()
        try cursor.skipValue(depth: 0)
        try cursor.finish()
    }

    private static func repeatedName(
        of members: [Member],
        in text: UnsafeRawBufferPointer,
        _ cursor: JSONCursor
    ) -> Int? {
        for later in members.indices.dropFirst() {
            for earlier in 0..<later where cursor.isSame(members[earlier].name, members[later].name) {
                return members[later].name.start - 1
            }
        }
        return nil
    }
}

/// The members that a scan found. Valid as long as the buffer it was made from.
package struct JSONMembers {
    package let text: UnsafeRawBufferPointer
    package let members: [JSONScanner.Member]

    /// The bytes of a member's value; nil when there is no such member.
    package subscript(name: StaticString) -> UnsafeRawBufferPointer? {
        for member in members where matches(member.name, name) { return bytes(member.value) }
        return nil
    }

    /// Whether a member has this name. Compared as bytes, without a String.
    package func matches(_ slice: JSONSlice, _ name: StaticString) -> Bool {
        if slice.isEscaped {
            return JSONText.unescaped(text, slice)
                .elementsEqual(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        }
        guard slice.end - slice.start == name.utf8CodeUnitCount, let base = text.baseAddress else { return false }
        return memcmp(base + slice.start, name.utf8Start, name.utf8CodeUnitCount) == 0
    }

    package func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: text[range])
    }

    /// The characters of a member that is a string; nil when it is missing or no string.
    package func string(_ name: StaticString) -> String? {
        self[name].flatMap(JSONMembers.string)
    }

    /// The integer of a member that is one; nil otherwise.
    package func integer(_ name: StaticString) -> Int? {
        self[name].flatMap(JSONMembers.integer)
    }

    /// The characters of a checked value that is a string.
    package static func string(_ value: UnsafeRawBufferPointer) -> String? {
        guard value.count >= 2, value[0] == UInt8(ascii: "\"") else { return nil }
        let isEscaped = value.contains(UInt8(ascii: "\\"))
        return JSONText.string(value, JSONSlice(start: 1, end: value.count - 1, isEscaped: isEscaped))
    }

    /// The integer of a checked value that is one and fits.
    package static func integer(_ value: UnsafeRawBufferPointer) -> Int? {
        guard let first = value.first, first == UInt8(ascii: "-") || first &- UInt8(ascii: "0") <= 9 else { return nil }
        return ExactDecimal(literal: value)?.integer
    }
}
