// Writes JSON by hand: the simulator shares no code with the side it checks.
// SPDX-License-Identifier: Apache-2.0

/// Appends JSON to bytes. The caller closes what it opens.
struct JSONText {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    mutating func open(_ bracket: Character) {
        separate()
        bytes.append(bracket == "[" ? 0x5B : 0x7B)
        needsComma = false
    }

    mutating func close(_ bracket: Character) {
        bytes.append(bracket == "]" ? 0x5D : 0x7D)
        needsComma = true
    }

    /// A member's name; its value follows.
    mutating func name(_ name: String) {
        string(name)
        bytes.append(0x3A)
        needsComma = false
    }

    mutating func string(_ text: String) {
        separate()
        bytes.append(0x22)
        for byte in text.utf8 {
            switch byte {
            case 0x22, 0x5C: bytes += [0x5C, byte]
            case 0x0A: bytes += [0x5C, 0x6E]
            case 0..<0x20: bytes += Array("\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(0x22)
        needsComma = true
    }

    mutating func number(_ number: Int) { literal(String(number)) }
    mutating func flag(_ flag: Bool) { literal(flag ? "true" : "false") }

    /// A number or word as it stands.
    mutating func literal(_ text: String) {
        separate()
        bytes += Array(text.utf8)
        needsComma = true
    }

    mutating func member(_ name: String, _ text: String) {
        self.name(name)
        string(text)
    }

    mutating func member(_ name: String, _ number: Int) {
        self.name(name)
        self.number(number)
    }

    private mutating func separate() {
        if needsComma { bytes.append(0x2C) }
    }
}
