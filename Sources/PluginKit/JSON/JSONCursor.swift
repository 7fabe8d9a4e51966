// Steps over JSON text byte by byte, checking everything and building nothing.
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The bytes of a string or number inside a text.
package struct JSONSlice: Sendable {
    package var start: Int
    package var end: Int
    /// Whether a string holds escapes, so that its bytes are not its characters.
    package var isEscaped = false
}

/// A position in a text, with the strict grammar of RFC 8259. Never reads outside the buffer.
struct JSONCursor {
    let text: UnsafeRawBufferPointer
    let maximumDepth: Int
    var position: Int
    private let end: Int
    /// Names of the objects that are open, outermost first.
    private var names: [JSONSlice] = []

    init(_ text: UnsafeRawBufferPointer, maximumDepth: Int) {
        self.text = text
        self.maximumDepth = maximumDepth
        position = 0
        end = text.count
    }

    var atEnd: Bool { position >= end }

    /// The byte here, or 0 at the end: no grammar rule accepts 0, so both are refused alike.
    var byte: UInt8 { position < end ? text[position] : 0 }

    func failure(_ reason: JSONError.Reason) -> JSONError {
        position >= end ? JSONError(.unexpectedEnd, end) : JSONError(reason, position)
    }

    mutating func skipSpace() {
        while position < end {
            switch text[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    mutating func finish() throws(JSONError) {
        skipSpace()
        if position < end { throw JSONError(.trailingBytes, position) }
    }

    /// Steps over one value of any kind.
    mutating func skipValue(depth: Int) throws(JSONError) {
        switch byte {
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "{"): try skipObject(depth: depth + 1)
        case UInt8(ascii: "["): try skipArray(depth: depth + 1)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): _ = try number()
        default: try skipWord()
        }
    }

    mutating func skipWord() throws(JSONError) {
        switch byte {
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        default: throw failure(.unexpectedByte)
        }
    }

    mutating func word(_ word: StaticString) throws(JSONError) {
        let length = word.utf8CodeUnitCount
        guard end - position >= length, let base = text.baseAddress,
            memcmp(base + position, word.utf8Start, length) == 0
        else { throw JSONError(.badLiteral, position) }
        position += length
    }

    private mutating func skipObject(depth: Int) throws(JSONError) {
        try open(depth: depth)
        let first = openNames
        if close(UInt8(ascii: "}")) { return }
        while true {
            _ = try memberName()
            try skipValue(depth: depth)
            if try !another(before: UInt8(ascii: "}")) { break }
        }
        try closeNames(from: first)
    }

    /// How many names of open objects are remembered; to be given to ``closeNames(from:)``.
    var openNames: Int { names.count }

    /// Steps over a member name and its colon and remembers it until its object is closed.
    mutating func memberName() throws(JSONError) -> JSONSlice {
        let name = try name()
        names.append(name)
        return name
    }

    /// Forgets the names of the innermost object, which must differ from each other.
    mutating func closeNames(from first: Int) throws(JSONError) {
        if names.count - first > 1, let offset = repeatedName(in: names[first...]) {
            throw JSONError(.duplicateName, offset)
        }
        names.removeLast(names.count - first)
    }

    private mutating func skipArray(depth: Int) throws(JSONError) {
        try open(depth: depth)
        if close(UInt8(ascii: "]")) { return }
        while true {
            skipSpace()
            try skipValue(depth: depth)
            if try !another(before: UInt8(ascii: "]")) { return }
        }
    }

    /// Steps over the bracket that opens an object or array.
    mutating func open(depth: Int) throws(JSONError) {
        if depth > maximumDepth { throw JSONError(.tooDeep, position) }
        position += 1
        skipSpace()
    }

    /// Steps over the closing bracket when it is here.
    mutating func close(_ bracket: UInt8) -> Bool {
        guard byte == bracket else { return false }
        position += 1
        return true
    }

    /// Steps over a comma (true) or the closing bracket (false).
    mutating func another(before bracket: UInt8) throws(JSONError) -> Bool {
        skipSpace()
        let next = byte
        guard next == UInt8(ascii: ",") || next == bracket else { throw failure(.expectedComma) }
        position += 1
        return next == UInt8(ascii: ",")
    }

    /// Steps over a member name and its colon, to the first byte of the value.
    mutating func name() throws(JSONError) -> JSONSlice {
        skipSpace()
        guard byte == UInt8(ascii: "\"") else { throw failure(.expectedName) }
        let name = try string()
        skipSpace()
        guard byte == UInt8(ascii: ":") else { throw failure(.expectedColon) }
        position += 1
        skipSpace()
        return name
    }
}

extension JSONCursor {
    /// Steps over a string and gives the bytes between its quotes.
    mutating func string() throws(JSONError) -> JSONSlice {
        position += 1
        var slice = JSONSlice(start: position, end: position)
        while true {
            position = JSONText.endOfPlain(text, from: position)
            guard position < end else { throw JSONError(.unexpectedEnd, end) }
            let byte = text[position]
            if byte == UInt8(ascii: "\"") {
                slice.end = position
                position += 1
                return slice
            } else if byte == UInt8(ascii: "\\") {
                slice.isEscaped = true
                try skipEscape()
            } else if byte >= 0x80 {
                try skipMultibyte(byte)
            } else {
                throw JSONError(.controlCharacter, position)
            }
        }
    }

    private mutating func skipEscape() throws(JSONError) {
        let start = position
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 1
        case UInt8(ascii: "u"):
            position += 1
            let unit = try hexUnit()
            if (0xDC00...0xDFFF).contains(unit) { throw JSONError(.loneSurrogate, start) }
            guard (0xD800...0xDBFF).contains(unit) else { return }
            guard byte == UInt8(ascii: "\\") else { throw failure(.loneSurrogate) }
            position += 1
            guard byte == UInt8(ascii: "u") else { throw failure(.loneSurrogate) }
            position += 1
            guard (0xDC00...0xDFFF).contains(try hexUnit()) else { throw JSONError(.loneSurrogate, start) }
        default:
            throw failure(.badEscape)
        }
    }

    private mutating func hexUnit() throws(JSONError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = JSONText.hexDigit(byte) else { throw failure(.badEscape) }
            unit = unit << 4 | digit
            position += 1
        }
        return unit
    }

    /// Steps over one character of two to four bytes: no overlong form, no surrogate, nothing above U+10FFFF.
    private mutating func skipMultibyte(_ lead: UInt8) throws(JSONError) {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw JSONError(.badUTF8, position)
        }
        guard end - position >= length, second.contains(text[position + 1]) else {
            throw JSONError(.badUTF8, position)
        }
        for index in (position + 2)..<(position + Swift.max(length, 2)) where text[index] & 0xC0 != 0x80 {
            throw JSONError(.badUTF8, position)
        }
        position += length
    }

    /// Steps over a number and gives its bytes.
    mutating func number() throws(JSONError) -> JSONSlice {
        let start = position
        if byte == UInt8(ascii: "-") { position += 1 }
        if byte == UInt8(ascii: "0") {
            position += 1
            if isDigit(byte) { throw JSONError(.badNumber, start) }
        } else {
            try digits(of: start)
        }
        if byte == UInt8(ascii: ".") {
            position += 1
            try digits(of: start)
        }
        if byte | 0x20 == UInt8(ascii: "e") {
            position += 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { position += 1 }
            try digits(of: start)
        }
        return JSONSlice(start: start, end: position)
    }

    private mutating func digits(of start: Int) throws(JSONError) {
        guard isDigit(byte) else { throw atEnd ? failure(.unexpectedEnd) : JSONError(.badNumber, start) }
        while isDigit(byte) { position += 1 }
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") <= 9 }
}

extension JSONCursor {
    /// The offset of a name that occurs twice. Few names are compared pairwise, many are sorted: never quadratic.
    func repeatedName(in names: ArraySlice<JSONSlice>) -> Int? {
        if names.count <= 16 {
            for later in names.indices.dropFirst() {
                for earlier in names.startIndex..<later where isSame(names[earlier], names[later]) {
                    return names[later].start - 1
                }
            }
            return nil
        }
        let sorted = names.sorted { left, right in
            let order = order(left, right)
            return order == 0 ? left.start < right.start : order < 0
        }
        for index in sorted.indices.dropFirst() where order(sorted[index - 1], sorted[index]) == 0 {
            return sorted[index].start - 1
        }
        return nil
    }

    /// Whether two names spell the same characters.
    func isSame(_ left: JSONSlice, _ right: JSONSlice) -> Bool {
        guard !left.isEscaped, !right.isEscaped else { return order(left, right) == 0 }
        let count = left.end - left.start
        guard count == right.end - right.start, let base = text.baseAddress else { return false }
        return memcmp(base + left.start, base + right.start, count) == 0
    }

    /// Below, at or above zero as the names sort; escapes are resolved, so that `\u0061` is `a`.
    func order(_ left: JSONSlice, _ right: JSONSlice) -> Int {
        guard !left.isEscaped, !right.isEscaped else {
            let first = JSONText.unescaped(text, left)
            let second = JSONText.unescaped(text, right)
            return first == second ? 0 : (first.lexicographicallyPrecedes(second) ? -1 : 1)
        }
        guard let base = text.baseAddress else { return 0 }
        let leftCount = left.end - left.start
        let rightCount = right.end - right.start
        if left.start == right.start { return 0 }
        let order = memcmp(base + left.start, base + right.start, Swift.min(leftCount, rightCount))
        return order == 0 ? leftCount - rightCount : Int(order)
    }
}
