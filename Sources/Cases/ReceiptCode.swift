// The code that a villager takes home: says which case, read aloud without mistakes, made without a network.
// SPDX-License-Identifier: Apache-2.0

/// Eight characters of Crockford's base 32 and a check character, written `7K2M-4QXD-W`.
///
/// The eight are a number of 40 bits. Below 2^39 it is a kiosk's: the number of the kiosk's source, then a serial number of 20 bits
/// that the kiosk counts itself, so that two kiosks never give the same code without speaking to each other. From 2^39 it is the
/// hub's, for cases whose message carried none.
///
/// The check character makes the sum of aⁱ·cᵢ over the nine characters zero in the field of 32 elements, a being its generator. All
/// weights differ and none is zero: so every single wrong character and every swap of two characters is found, and so are both of
/// two equal neighbours misread alike.
package struct ReceiptCode: Hashable, Sendable, CustomStringConvertible {
    /// Why a text is no code.
    package enum Fault: String, Error, Hashable, Sendable {
        /// Not nine characters, hyphens and spaces apart.
        case length
        /// A character that no code has: U, a letter with an accent, a sign.
        case character
        /// A character is wrong, or two are swapped.
        case check
        /// Right in itself, but numbers are counted from 1.
        case number

        /// For the person who typed the code, in Bahasa Indonesia.
        package var sentence: String {
            switch self {
            case .length: "kode tanda terima terdiri dari 9 huruf atau angka"
            case .character: "kode tanda terima memuat huruf atau tanda yang tidak dipakai"
            case .check: "kode tanda terima salah tulis: periksa lagi huruf dan angkanya"
            case .number: "kode tanda terima ini tidak pernah diberikan"
            }
        }
    }

    /// The most sources that can give codes, and one more.
    package static let rangeLimit = 1 << 19
    /// The most codes of a kiosk, and one more.
    package static let serialLimit = 1 << 20
    /// The most codes of the hub, and one more.
    package static let hubLimit = 1 << 39

    /// Number of the source that gave it; 0 for the hub.
    package let range: Int
    /// Counted by who gave it, from 1.
    package let serial: Int

    /// nil when the range is not 0 ..< 2^19, or the serial not 1 ..< 2^20 (of the hub 1 ..< 2^39).
    package init?(range: Int, serial: Int) {
        guard (0..<Self.rangeLimit).contains(range), serial >= 1,
            serial < (range == 0 ? Self.hubLimit : Self.serialLimit)
        else { return nil }
        self.range = range
        self.serial = serial
    }

    /// Reads a code as people write it: in any case, with o for 0 and i or l for 1, hyphens and spaces where they like.
    package init(_ text: String) throws(Fault) {
        var digits: [UInt8] = []
        for character in text.unicodeScalars {
            switch character {
            case "-", " ", "\u{2010}"..."\u{2015}", "\u{A0}", ".": continue
            default:
                guard let digit = Self.digit(character) else { throw .character }
                digits.append(digit)
            }
        }
        guard digits.count == 9 else { throw .length }
        guard Self.sum(digits) == 0 else { throw .check }
        let number = digits.dropLast().reduce(0) { $0 << 5 | Int($1) }
        let isHub = number >= Self.hubLimit
        guard
            let code = Self(
                range: isHub ? 0 : number >> 20,
                serial: isHub ? number - Self.hubLimit : number & (Self.serialLimit - 1)
            ), isHub || code.range > 0
        else { throw .number }
        self = code
    }

    /// Nine characters in groups of four, `7K2M-4QXD-W`.
    package var description: String {
        let text = plain
        return "\(text.prefix(4))-\(text.dropFirst(4).prefix(4))-\(text.suffix(1))"
    }

    /// Nine characters without hyphens: the form that is stored.
    package var plain: String {
        let number = range == 0 ? Self.hubLimit + serial : range << 20 | serial
        var digits = (0..<8).map { UInt8(truncatingIfNeeded: number >> (35 - 5 * $0) & 31) }
        digits.append(Self.sum(digits + [0]))
        return String(decoding: digits.map { Self.alphabet[Int($0)] }, as: UTF8.self)
    }

    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    private static func digit(_ character: Unicode.Scalar) -> UInt8? {
        switch character {
        case "o", "O": return 0
        case "i", "I", "l", "L": return 1
        default:
            guard character.isASCII else { return nil }
            var byte = UInt8(truncatingIfNeeded: character.value)
            if byte >= UInt8(ascii: "a"), byte <= UInt8(ascii: "z") { byte -= 32 }
            return alphabet.firstIndex(of: byte).map { UInt8($0) }
        }
    }

    /// Horner's rule over GF(2^5); the last character has weight 1, so it is the sum of the others when it stands as 0.
    private static func sum(_ digits: [UInt8]) -> UInt8 {
        digits.reduce(0) { timesGenerator($0) ^ $1 }
    }

    /// Times a, where a^5 = a^2 + 1: a generator, as x^5 + x^2 + 1 is primitive.
    private static func timesGenerator(_ value: UInt8) -> UInt8 {
        let shifted = value << 1
        return shifted & 32 == 0 ? shifted : shifted ^ 0b10_0101
    }
}
