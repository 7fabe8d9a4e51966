// The villager's slip, and how often somebody may ask for a receipt.
// SPDX-License-Identifier: Apache-2.0
import PluginKit
import Testing

@testable import Cases

struct ReceiptSlipTests {
    private func slip(_ posyandu: String = "Melati 1", place: String? = "Wonotunggal, Wonotunggal") throws
        -> ReceiptSlip
    {
        ReceiptSlip(
            code: try #require(ReceiptCode(range: 17, serial: 5)),
            posyandu: posyandu,
            place: place,
            date: try #require(CivilDate("2026-11-23"))
        )
    }

    @Test func `the slip for the thermal printer`() throws {
        #expect(
            try slip().text == """
                          TANDA TERIMA
                --------------------------------
                Posyandu Melati 1
                Wonotunggal, Wonotunggal
                Tanggal 23 November 2026

                          000H-0005-N

                Simpan kertas ini. Sebutkan kode
                di posyandu atau kantor desa
                untuk mengetahui kelanjutannya.
                --------------------------------

                """
        )
    }

    @Test(arguments: [
        "Mawar\u{7}\u{1B}[0m é", String(repeating: "x", count: 100), "a b " + String(repeating: "y", count: 33),
    ])
    func `no line is wider than the paper and nothing steers the printer`(_ name: String) throws {
        let text = try slip(name, place: nil).text
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 32 })
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || (32..<127).contains($0.value) })
    }

    @Test func `the page escapes what it quotes and loads nothing`() throws {
        let page = try slip("<script>&").html
        #expect(page.contains("Posyandu &lt;script&gt;&amp;") && page.contains("<strong>000H-0005-N</strong>"))
        #expect(!page.contains("http") && !page.contains("src=") && !page.contains("<script"))
    }
}

struct AskingLimitTests {
    @Test func `wrong codes make an address wait, twice as long each time, up to a quarter of an hour`() {
        var limit = AskingLimit()
        var now = 1_000.0
        var waits: [Int] = []
        for _ in 0..<16 {
            #expect(limit.wait(of: "a", now: now) == 0)
            limit.note(false, of: "a", now: now)
            let wait = limit.wait(of: "a", now: now)
            if wait > 0 { waits.append(wait) }
            now += Double(wait) + 60
        }
        #expect(waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900])
        #expect(limit.wait(of: "b", now: now) == 0)
        #expect(limit.wait(of: "a", now: now + 901) == 0)
        limit.note(true, of: "a", now: now + 901)
        limit.note(false, of: "a", now: now + 901)
        #expect(limit.wait(of: "a", now: now + 902) == 0)
    }

    @Test func `an address asks twenty times at once, then once each two seconds`() {
        var limit = AskingLimit()
        var allowed = 0
        for _ in 0..<50 where limit.wait(of: "a", now: 10) == 0 { allowed += 1 }
        #expect(allowed == 20)
        #expect(limit.wait(of: "a", now: 11) == 1)
        #expect(limit.wait(of: "a", now: 12) == 0)
        #expect(limit.wait(of: "a", now: 12) == 2)
        #expect(limit.wait(of: "c", now: 12) == 0)
    }

    @Test func `it remembers no more addresses than it may, those that wait longest first`() {
        var limit = AskingLimit(mostAskers: 100)
        for number in 0..<1_000 {
            let address = "\(number)"
            #expect(limit.wait(of: address, now: 5) == 0)
            for _ in 0..<(number == 0 ? 12 : 4) { limit.note(false, of: address, now: 5) }
        }
        #expect(limit.wait(of: "0", now: 6) > 400)
    }
}
