// Receipt codes: what every kind of slip of tongue and hand does to them.
// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Cases

private let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

struct ReceiptCodeTests {
    /// Codes from all over the space: kiosks and the hub, small and large.
    private static let samples: [ReceiptCode] = {
        var codes = [
            ReceiptCode(range: 1, serial: 1), ReceiptCode(range: 524_287, serial: 1_048_575),
            ReceiptCode(range: 0, serial: 1), ReceiptCode(range: 0, serial: (1 << 39) - 1),
        ].compactMap(\.self)
        var state: UInt64 = 4
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        while codes.count < 200 {
            if let code = ReceiptCode(range: next(1 << 19), serial: 1 + next(1 << 20)) { codes.append(code) }
        }
        return codes
    }()

    private func fault(_ text: String) -> ReceiptCode.Fault? {
        do {
            _ = try ReceiptCode(text)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a code is read as it was written`() throws {
        for code in Self.samples {
            #expect(try ReceiptCode(code.description) == code)
            #expect(try ReceiptCode(code.plain) == code)
            #expect(code.description.count == 11)
        }
        #expect(try #require(ReceiptCode(range: 17, serial: 5)).description == "000H-0005-N")
        #expect(try #require(ReceiptCode(range: 0, serial: 96)).description == "G000-0030-2")
    }

    @Test func `it is read as people write it`() throws {
        let code = try #require(ReceiptCode(range: 1, serial: 32))
        #expect(code.description == "0001-0010-1")
        for text in ["0001 0010 1", "ooo1-00l0-i", " OOOI.OOLO.I ", "0001\u{2013}0010\u{2013}1", "000100101"] {
            #expect(try ReceiptCode(text) == code)
        }
    }

    /// Weights are all different and none is zero, so what holds for each place and pair of values holds for every code.
    @Test func `every wrong character is found`() {
        for code in Self.samples {
            let text = Array(code.plain)
            for place in text.indices {
                for character in alphabet where character != text[place] {
                    var wrong = text
                    wrong[place] = character
                    #expect(fault(String(wrong)) == .check)
                }
            }
        }
    }

    @Test func `every swap of two characters is found, neighbours or not`() {
        for code in Self.samples {
            let text = Array(code.plain)
            for first in text.indices {
                for second in text.indices where second > first && text[first] != text[second] {
                    var wrong = text
                    wrong.swapAt(first, second)
                    #expect(fault(String(wrong)) == .check)
                }
            }
        }
    }

    /// The code with these values among ones; no part of it is zero.
    private func code(_ values: [(place: Int, value: Int)]) throws -> ReceiptCode {
        var digits = [Int](repeating: 1, count: 8)
        for (place, value) in values { digits[place] = value }
        let number = digits.reduce(0) { $0 << 5 | $1 }
        let hub = ReceiptCode.hubLimit
        return try #require(
            number >= hub
                ? ReceiptCode(range: 0, serial: number - hub)
                : ReceiptCode(range: number >> 20, serial: number & (ReceiptCode.serialLimit - 1))
        )
    }

    @Test func `swaps and twins are found for all 32 × 32 values at every two places`() throws {
        for first in 0..<8 {
            for second in (first + 1)..<8 {
                for left in 0..<32 {
                    var twins = Array(try code([(first, left), (second, left)]).plain)
                    for right in 0..<32 where left != right {
                        var swapped = Array(try code([(first, left), (second, right)]).plain)
                        swapped.swapAt(first, second)
                        #expect(!isRight(swapped))
                        (twins[first], twins[second]) = (alphabet[right], alphabet[right])
                        #expect(!isRight(twins))
                    }
                }
            }
        }
    }

    private func isRight(_ text: [Character]) -> Bool {
        let found = fault(String(text))
        return found == nil || found == .number
    }

    /// Two wrong characters at once are found with 30 of 31: measured over all of them for one code.
    @Test func `of two wrong characters at once one in thirty-one stays unseen`() throws {
        let text = Array(try #require(ReceiptCode(range: 4_711, serial: 815)).plain)
        var made = 0
        var unseen = 0
        for first in text.indices {
            for second in text.indices where second > first {
                for left in alphabet where left != text[first] {
                    for right in alphabet where right != text[second] {
                        var wrong = text
                        (wrong[first], wrong[second]) = (left, right)
                        made += 1
                        if isRight(wrong) { unseen += 1 }
                    }
                }
            }
        }
        #expect(made == 36 * 31 * 31)
        #expect(unseen == 36 * 31)
    }

    @Test func `what is no code says why`() {
        #expect(fault("") == .length)
        #expect(fault("0001-0010") == .length)
        #expect(fault("0001-0010-11") == .length)
        #expect(fault("0001-0010-U") == .character)
        #expect(fault("0001-0010-é") == .character)
        #expect(fault("0001/0010/1") == .character)
        #expect(fault("0000-0000-0") == .number)
        for serial in [0, -1, 1 << 20] { #expect(ReceiptCode(range: 1, serial: serial) == nil) }
        for range in [-1, 1 << 19] { #expect(ReceiptCode(range: range, serial: 1) == nil) }
        #expect(ReceiptCode(range: 0, serial: 1 << 39) == nil)
    }

    @Test func `no two numbers have one code`() {
        var seen: Set<String> = []
        for range in [0, 1, 2, 31, 32, 33, 524_287] {
            for serial in 1...2_000 { seen.insert(ReceiptCode(range: range, serial: serial)?.plain ?? "") }
        }
        #expect(seen.count == 7 * 2_000 && !seen.contains(""))
    }
}
