// The 16-digit population number, checked by form and never printed.
// SPDX-License-Identifier: Apache-2.0

/// A NIK: six region digits of the first registration, DDMMYY of birth (women: DD + 40), four serial digits.
/// Printing it in any way gives `‹redacted›`.
package struct NIK: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Why a text is no NIK. None of them repeats the text.
    package enum Problem: Error, Hashable, Sendable, CustomStringConvertible {
        case notDigits
        /// The e-HDW habit of writing a newborn as the mother's NIK and one digit.
        case motherPlusDigit
        case length(Int)
        case birthDate
        case serialZero

        package var description: String {
            switch self {
            case .notDigits: "holds characters other than digits"
            case .motherPlusDigit: "has 17 digits: a mother's NIK with one digit added (e-HDW) is nobody's NIK"
            case .length(let count): "has \(count) digits instead of 16"
            case .birthDate: "has no possible birth date in digits 7 to 12"
            case .serialZero: "ends in 0000, a serial that is never issued"
            }
        }
    }

    /// What is odd about a NIK that is accepted all the same.
    package enum Oddity: Hashable, Sendable, CustomStringConvertible {
        case regionUnknown
        case sexDiffers
        case birthDateDiffers

        package var description: String {
            switch self {
            case .regionUnknown: "begins with a kecamatan code of no region list here; it may be an old one"
            case .sexDiffers: "tells another sex than the row"
            case .birthDateDiffers: "tells another birth date than the row"
            }
        }
    }

    private let digits: [UInt8]

    /// Accepts exactly 16 digits that could have been issued.
    package init(_ text: String) throws(Problem) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty, bytes.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { throw .notDigits }
        guard bytes.count != 17 else { throw .motherPlusDigit }
        guard bytes.count == 16 else { throw .length(bytes.count) }
        digits = bytes
        guard number(12, 4) != 0 else { throw .serialZero }
        guard Self.isPossible(day: dayOfBirth, month: number(8, 2), year: number(10, 2)) else { throw .birthDate }
    }

    /// The digits, for sealing, hashing or for a person who may see them.
    package func reveal() -> String { String(decoding: digits, as: UTF8.self) }

    var bytes: [UInt8] { digits }

    /// The kecamatan of first registration.
    package var district: RegionCode? {
        let text = digits[0..<2] + [0x2E] + digits[2..<4] + [0x2E] + digits[4..<6]
        return RegionCode(utf8: text)
    }

    /// `P` for women, whose day is written plus 40, else `L`.
    package var sex: String { number(6, 2) > 40 ? "P" : "L" }

    /// What differs from the row it stands in. The region is not judged here: see ``district``.
    package func oddities(sex: String, year: Int, month: Int, day: Int) -> [Oddity] {
        var found: [Oddity] = []
        if sex != self.sex { found.append(.sexDiffers) }
        if day != dayOfBirth || month != number(8, 2) || year % 100 != number(10, 2) { found.append(.birthDateDiffers) }
        return found
    }

    package var description: String { redactedText }
    package var debugDescription: String { redactedText }
    package var customMirror: Mirror { Mirror(reflecting: redactedText) }

    private var dayOfBirth: Int { number(6, 2) > 40 ? number(6, 2) - 40 : number(6, 2) }

    private func number(_ start: Int, _ count: Int) -> Int {
        digits[start..<(start + count)].reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    // The century is not written; 29 February is possible where 19YY or 20YY is a leap year, that is YY % 4 == 0.
    private static func isPossible(day: Int, month: Int, year: Int) -> Bool {
        guard (1...12).contains(month), day >= 1 else { return false }
        switch month {
        case 2: return day <= (year % 4 == 0 ? 29 : 28)
        case 4, 6, 9, 11: return day <= 30
        default: return day <= 31
        }
    }
}
