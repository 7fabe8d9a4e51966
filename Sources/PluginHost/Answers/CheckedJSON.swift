// Walks over JSON that has been checked already: no grammar, only places.
// SPDX-License-Identifier: Apache-2.0

import Glibc
import PluginKit

/// A position in a text that `JSONScanner.check` accepted. Reads nothing outside the text, whatever it holds.
struct CheckedJSON {
    /// The bytes between the quotes of a string.
    struct StringSlice {
        var range: Range<Int>
        /// Whether they hold escapes, so that they are not its characters.
        var isEscaped: Bool
    }

    let text: UnsafeRawBufferPointer
    private(set) var position = 0  // never beyond the end

    init(_ text: UnsafeRawBufferPointer) {
        self.text = text
        skipSpace()
    }

    /// The byte here; 0 at the end.
    @inline(__always)
    var byte: UInt8 { position < text.count ? text[position] : 0 }

    @inline(__always)
    private mutating func skipSpace() {
        while position < text.count, text[position] <= 0x20 { position += 1 }
    }

    /// Steps into an object or array; false when it is empty, and then stepped over, or when something else is here.
    mutating func enter(_ bracket: UInt8) -> Bool {
        guard byte == bracket else { return false }
        position += 1
        skipSpace()
        guard byte != bracket + 2 else {  // "[" + 2 is "]", "{" + 2 is "}"
            position += 1
            return false
        }
        return true
    }

    /// Steps over the comma after a value (true) or over the closing bracket (false).
    mutating func another() -> Bool {
        skipSpace()
        let isComma = byte == UInt8(ascii: ",")
        position += 1
        skipSpace()
        return isComma
    }

    /// Steps over a member's name and colon and gives the name's bytes, escapes left as they are.
    mutating func name() -> Range<Int> {
        let name = skipString().range
        skipSpace()
        position += 1
        skipSpace()
        return name
    }

    /// Steps over any value and gives its bytes, quotes and brackets included.
    @discardableResult
    mutating func skipValue() -> Range<Int> {
        let start = position
        switch byte {
        case UInt8(ascii: "\""):
            _ = skipString()
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            skipNested()
        default:
            scan: while position < text.count {
                switch text[position] {
                case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), 0...0x20: break scan
                default: position += 1
                }
            }
        }
        return start..<position
    }

    private mutating func skipNested() {
        var depth = 0
        while position < text.count {
            switch text[position] {
            case UInt8(ascii: "\""):
                _ = skipString()
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            position += 1
            if depth == 0 { return }
        }
    }

    /// Steps over a string and gives the bytes between its quotes.
    private mutating func skipString() -> StringSlice {
        let start = min(position + 1, text.count)
        guard let base = text.baseAddress, let found = memchr(base + start, 0x22, text.count - start) else {
            position = text.count
            return StringSlice(range: start..<start, isEscaped: false)
        }
        var end = UnsafeRawPointer(found) - base
        let isEscaped = memchr(base + start, 0x5c, end - start) != nil
        if isEscaped {  // the quote that was found may be one of the string's characters
            end = start
            while end < text.count, text[end] != UInt8(ascii: "\"") { end += text[end] == UInt8(ascii: "\\") ? 2 : 1 }
            end = min(end, text.count)
        }
        position = min(end + 1, text.count)
        return StringSlice(range: start..<end, isEscaped: isEscaped)
    }

    /// Steps over a string and gives it; nil, with the value stepped over, when it is something else, or holds U+0000,
    /// which PostgreSQL cannot keep.
    mutating func string() -> String? {
        guard let slice = stringSlice() else { return nil }
        let string = string(slice)
        return slice.isEscaped && !string.isStorable ? nil : string
    }

    /// The characters of a string slice.
    func string(_ slice: StringSlice) -> String {
        guard slice.isEscaped else { return String(decoding: text[slice.range], as: UTF8.self) }
        // Rare: the quotes around the slice make it a JSON text of its own.
        let quoted = UnsafeRawBufferPointer(rebasing: text[(slice.range.lowerBound - 1)..<(slice.range.upperBound + 1)])
        return (try? JSONParser.parse(quoted, maximumDepth: 1))?.string ?? ""
    }

    /// Steps over a string and gives its bytes; nil, with the value stepped over, when it is something else.
    mutating func stringSlice() -> StringSlice? {
        guard byte == UInt8(ascii: "\"") else {
            skipValue()
            return nil
        }
        return skipString()
    }

    /// Steps over a number and gives it; nil, with the value stepped over, when it is something else or too long.
    mutating func decimal() -> ExactDecimal? {
        let isNumber = byte == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        let range = skipValue()
        return isNumber ? ExactDecimal(literal: UnsafeRawBufferPointer(rebasing: text[range])) : nil
    }

    /// Whether the bytes of `range` spell `word`.
    @inline(__always)
    func spells(_ range: Range<Int>, _ word: StaticString) -> Bool {
        guard range.count == word.utf8CodeUnitCount, let base = text.baseAddress else { return false }
        return memcmp(base + range.lowerBound, word.utf8Start, range.count) == 0
    }

    /// Whether the bytes of `range` are those of `string`.
    func equals(_ range: Range<Int>, _ string: String) -> Bool {
        guard range.count == string.utf8.count else { return false }
        return string.utf8.withContiguousStorageIfAvailable { utf8 in
            guard let left = utf8.baseAddress, let right = text.baseAddress else { return range.isEmpty }
            return memcmp(left, right + range.lowerBound, range.count) == 0
        } ?? string.utf8.elementsEqual(text[range])
    }

    /// The bytes of a range.
    func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: text[range]) }
}
