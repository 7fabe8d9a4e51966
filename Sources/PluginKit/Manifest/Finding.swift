// What is wrong with a manifest, where, and how to put it right.
// SPDX-License-Identifier: Apache-2.0

/// One fault of a file that a person wrote.
package struct Finding: Error, Hashable, Sendable {
    package var file: String
    /// From 1.
    package var line: Int
    /// From 1, in bytes.
    package var column: Int
    /// JSON pointer (RFC 6901) of the value, empty for the whole text.
    package var pointer: String
    /// What is wrong, in one sentence.
    package var message: String
    /// What to write instead.
    package var fix: String?

    package init(file: String, line: Int, column: Int, pointer: String, message: String, fix: String?) {
        self.file = file
        self.line = line
        self.column = column
        self.pointer = pointer
        self.message = message
        self.fix = fix
    }
}

extension Finding: CustomStringConvertible {
    /// `sector.json:12:5: /records/a.b/version: must be an integer. Fix: …`
    package var description: String {
        let place = pointer.isEmpty ? "" : " \(pointer):"
        let advice = fix.map { " Fix: \($0)" } ?? ""
        return "\(file):\(line):\(column):\(place) \(message).\(advice)"
    }
}
