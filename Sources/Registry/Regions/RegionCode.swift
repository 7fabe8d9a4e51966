// A Kemendagri region code, packed into eight bytes.
// SPDX-License-Identifier: Apache-2.0

/// A dotted region code (`PP`, `PP.KK`, `PP.KK.CC`, `PP.KK.CC.XXXX`) by form; whether it exists is a question to a
/// region list. BPS codes have other forms or other meanings and must never be passed here.
package struct RegionCode: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The four levels; the raw value is the number of digits.
    package enum Level: UInt8, Sendable {
        case province = 2
        case regency = 4
        case district = 6
        case village = 10

        /// The word of the region lists.
        package var name: String {
            switch self {
            case .province: "provinsi"
            case .regency: "kabupaten_kota"
            case .district: "kecamatan"
            case .village: "desa_kelurahan"
            }
        }
    }

    package let level: Level
    private let digits: UInt64

    private init(digits: UInt64, level: Level) {
        self.digits = digits
        self.level = level
    }

    /// Nil unless the text has exactly the form of one of the four levels.
    package init?(_ text: String) {
        self.init(utf8: text.utf8)
    }

    package init?(utf8 text: some Collection<UInt8>) {
        let level: Level
        switch text.count {
        case 2: level = .province
        case 5: level = .regency
        case 8: level = .district
        case 13: level = .village
        default: return nil
        }
        var digits: UInt64 = 0
        var place = 0
        for byte in text {
            if place == 2 || place == 5 || place == 8 {
                guard byte == UInt8(ascii: ".") else { return nil }
            } else {
                guard byte >= 0x30, byte <= 0x39 else { return nil }
                digits = digits * 10 + UInt64(byte - 0x30)
            }
            place += 1
        }
        self.init(digits: digits, level: level)
    }

    /// The code of the level above; nil for a province.
    package var parent: RegionCode? {
        switch level {
        case .province: nil
        case .regency: RegionCode(digits: digits / 100, level: .province)
        case .district: RegionCode(digits: digits / 100, level: .regency)
        case .village: RegionCode(digits: digits / 10_000, level: .district)
        }
    }

    /// The kecamatan this code lies in, or the code itself when it is one; nil above.
    package var district: RegionCode? {
        switch level {
        case .village: parent
        case .district: self
        case .regency, .province: nil
        }
    }

    /// The kabupaten or kota this code lies in, or the code itself when it is one; nil for a province.
    package var regency: RegionCode? {
        switch level {
        case .village: parent?.parent
        case .district: parent
        case .regency: self
        case .province: nil
        }
    }

    /// The kind of region that the code's own digits tell (01-69 kabupaten, 71-99 kota; 1 kelurahan, 2 desa,
    /// 3 desa adat); nil where they tell none.
    package var kind: String? {
        switch level {
        case .province: return "provinsi"
        case .regency:
            switch digits % 100 {
            case 1...69: return "kabupaten"
            case 71...99: return "kota"
            default: return nil
            }
        case .district: return "kecamatan"
        case .village:
            switch digits % 10_000 / 1_000 {
            case 1: return "kelurahan"
            case 2: return "desa"
            case 3: return "desa_adat"
            default: return nil
            }
        }
    }

    package var description: String {
        var reversed: [UInt8] = []
        reversed.reserveCapacity(13)
        var rest = digits
        for place in (0..<Int(level.rawValue)).reversed() {
            reversed.append(0x30 + UInt8(rest % 10))
            rest /= 10
            if place == 2 || place == 4 || place == 6 { reversed.append(UInt8(ascii: ".")) }
        }
        return String(decoding: reversed.reversed(), as: UTF8.self)
    }

    /// Byte order of the dotted text, so a parent precedes its children.
    package static func < (left: RegionCode, right: RegionCode) -> Bool {
        let (a, b) = (left.padded, right.padded)
        return a == b ? left.level.rawValue < right.level.rawValue : a < b
    }

    private var padded: UInt64 {
        var value = digits
        for _ in level.rawValue..<10 { value *= 10 }
        return value
    }
}
