// The number Ditjen Bina Pemerintahan Desa gives to a posyandu.
// SPDX-License-Identifier: Apache-2.0

/// `PP.KK.KC.DDDD.NNN`: the village code at the time of registration and a serial number (Kepmendagri 100.3-2834/2025).
/// An attribute with a history, never a key.
package struct RegistrationNumber: Hashable, Sendable, CustomStringConvertible {
    package let village: RegionCode
    package let serial: Int

    /// Nil unless the text has exactly that form. Whether the village existed is a question to the region lists.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 17, bytes[13] == UInt8(ascii: "."), let village = RegionCode(utf8: bytes[..<13]) else {
            return nil
        }
        let digits = bytes[14...]
        guard digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        self.village = village
        serial = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    package var description: String {
        let text = String(serial)
        return "\(village).\(String(repeating: "0", count: 3 - text.count))\(text)"
    }
}
