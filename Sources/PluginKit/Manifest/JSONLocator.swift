// Finds where in a text a value stands.
// SPDX-License-Identifier: Apache-2.0

/// Byte offsets of values by their way from the top.
enum JSONLocator {
    /// The offset of the value at `path`, or of its name; where it is missing, that of the nearest value above it.
    static func offset(of path: [String], isName: Bool, in text: [UInt8]) -> Int {
        text.withUnsafeBytes { buffer in
            var cursor = JSONCursor(buffer, maximumDepth: 64)
            var offset = 0
            do {
                cursor.skipSpace()
                offset = cursor.position
                for (index, name) in path.enumerated() {
                    guard let found = try step(&cursor, name) else { break }
                    offset = isName && index == path.count - 1 ? found : cursor.position
                }
            } catch {
                return offset
            }
            return offset
        }
    }

    /// JSON pointer of a path.
    static func pointer(_ path: [String]) -> String {
        var pointer = ""
        for name in path {
            pointer += "/"
            for character in name {
                switch character {
                case "~": pointer += "~0"
                case "/": pointer += "~1"
                default: pointer.append(character)
                }
            }
        }
        return pointer
    }

    /// Moves to the member or element of the value here. Returns the offset of its name.
    private static func step(_ cursor: inout JSONCursor, _ name: String) throws(JSONError) -> Int? {
        if cursor.byte == UInt8(ascii: "{") {
            try cursor.open(depth: 1)
            guard !cursor.close(UInt8(ascii: "}")) else { return nil }
            repeat {
                let slice = try cursor.name()
                if JSONText.string(cursor.text, slice) == name { return slice.start - 1 }
                try cursor.skipValue(depth: 1)
            } while try cursor.another(before: UInt8(ascii: "}"))
        } else if cursor.byte == UInt8(ascii: "["), let wanted = Int(name) {
            try cursor.open(depth: 1)
            guard !cursor.close(UInt8(ascii: "]")) else { return nil }
            var index = 0
            repeat {
                cursor.skipSpace()
                if index == wanted { return cursor.position }
                index += 1
                try cursor.skipValue(depth: 1)
            } while try cursor.another(before: UInt8(ascii: "]"))
        }
        return nil
    }
}
