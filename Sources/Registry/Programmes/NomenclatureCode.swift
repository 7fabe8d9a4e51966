// Codes of the budget nomenclature: their form, level and parent.
// SPDX-License-Identifier: Apache-2.0

/// A code of urusan, bidang, program, kegiatan or sub kegiatan, as in `1.04.02.2.01.0001`.
///
/// The form is that of the lists from Permendagri 90/2019 on; sub kegiatan have two digits in the older ones, four in the newer.
/// `X` and `XX` stand for the urusan of whatever office uses the line.
package struct NomenclatureCode: Hashable, Sendable, CustomStringConvertible {
    package enum Level: String, CaseIterable, Sendable {
        case urusan, bidang, program, kegiatan
        case subActivity = "sub_kegiatan"
    }

    package let description: String
    package let level: Level
    /// The code one level up; nil for an urusan.
    package let parent: String?

    /// nil when the text has not the form of a code.
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Array.init)
        func isNumber(_ part: [UInt8], _ widths: ClosedRange<Int>) -> Bool {
            widths.contains(part.count) && part.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        }
        // Widths of the parts: urusan, bidang, program, level of government, kegiatan, sub kegiatan.
        let widths = [1, 2, 2, 1, 2]
        for (place, part) in parts.enumerated() {
            if place < 2, part == [UInt8](repeating: UInt8(ascii: "X"), count: place + 1) { continue }
            guard place < 6, place < 5 ? isNumber(part, widths[place]...widths[place]) : isNumber(part, 2...4) else {
                return nil
            }
        }
        if parts.count == 6, parts[5].count == 3 { return nil }
        let above: Int
        switch parts.count {
        case 1: (level, above) = (.urusan, 0)
        case 2: (level, above) = (.bidang, 1)
        case 3: (level, above) = (.program, 2)
        case 5: (level, above) = (.kegiatan, 3)
        case 6: (level, above) = (.subActivity, 5)
        default: return nil
        }
        description = text
        parent =
            above == 0
            ? nil : parts[..<above].map { String(decoding: $0, as: UTF8.self) }.joined(separator: ".")
    }
}
