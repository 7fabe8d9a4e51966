// Where and why a text is not the JSON we accept.
// SPDX-License-Identifier: Apache-2.0

/// Why bytes were refused as JSON, and at which byte. Holds nothing of the text itself.
public struct JSONError: Error, Hashable, Sendable {
    /// What is wrong.
    public enum Reason: String, Hashable, Sendable {
        case unexpectedEnd = "the text ends too early"
        case unexpectedByte = "a value was expected here"
        case trailingBytes = "the text goes on after its value"
        case expectedName = "a member name in double quotes was expected here"
        case expectedColon = "':' was expected here"
        case expectedComma = "',' or the closing bracket was expected here"
        case badLiteral = "only true, false and null are words in JSON"
        case badNumber = "this is not a JSON number"
        case controlCharacter = "a control character must be written as an escape"
        case badEscape = "this escape is not known to JSON"
        case loneSurrogate = "half of a surrogate pair stands alone"
        case badUTF8 = "this is not UTF-8"
        case tooDeep = "nested too deeply"
        case duplicateName = "this member name occurs twice"
        case notAnObject = "an object was expected"
    }

    public let reason: Reason
    /// Byte offset from the beginning of the text, 0 for the first byte.
    public let offset: Int

    package init(_ reason: Reason, _ offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    /// Line and column of the error, both from 1; columns count bytes.
    public func position(in text: some Collection<UInt8>) -> (line: Int, column: Int) {
        TextPosition.lineAndColumn(of: offset, in: text)
    }
}

extension JSONError: CustomStringConvertible {
    public var description: String { "\(reason.rawValue) (byte \(offset))" }
}

/// Lines and columns of byte offsets.
package enum TextPosition {
    /// Line and column of a byte, both from 1; columns count bytes.
    package static func lineAndColumn(of offset: Int, in text: some Collection<UInt8>) -> (line: Int, column: Int) {
        var line = 1
        var column = 1
        for byte in text.prefix(Swift.max(0, offset)) {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else {
                column += 1
            }
        }
        return (line, column)
    }
}
