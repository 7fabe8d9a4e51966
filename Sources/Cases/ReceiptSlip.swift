// The slip that a villager takes home: for a thermal printer of 32 columns, and as a small page. No personal detail.
// SPDX-License-Identifier: Apache-2.0
package import PluginKit

package struct ReceiptSlip: Hashable, Sendable {
    package var code: ReceiptCode
    package var posyandu: String
    /// Desa and kecamatan, as far as they are known.
    package var place: String?
    package var date: CivilDate

    package init(code: ReceiptCode, posyandu: String, place: String?, date: CivilDate) {
        (self.code, self.posyandu, self.place, self.date) = (code, posyandu, place, date)
    }

    package static let columns = 32

    private static let advice =
        "Simpan kertas ini. Sebutkan kode di posyandu atau kantor desa untuk mengetahui kelanjutannya."
    private static let months = [
        "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
        "Desember",
    ]

    private var day: String { "\(date.day) \(Self.months[date.month - 1]) \(date.year)" }

    /// Lines of at most 32 characters of ASCII, each ended by LF.
    package var text: String {
        let rule = String(repeating: "-", count: Self.columns)
        var lines = [Self.centred("TANDA TERIMA"), rule]
        lines += Self.wrapped("Posyandu \(posyandu)")
        if let place { lines += Self.wrapped(place) }
        lines += ["Tanggal \(day)", "", Self.centred(code.description), ""]
        lines += Self.wrapped(Self.advice) + [rule]
        return lines.map { $0 + "\n" }.joined()
    }

    /// A page that needs nothing from anywhere.
    package var html: String {
        let place = place.map { "<p>\(Self.escaped($0))</p>\n" } ?? ""
        return """
            <!doctype html>
            <html lang="id">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Tanda terima</title>
            <style>body{font:14px/1.4 monospace;width:58mm;margin:4mm auto;text-align:center}h1{font-size:16px}\
            strong{display:block;font-size:22px;margin:4mm 0}p{margin:1mm 0}@page{margin:0}</style></head>
            <body><h1>TANDA TERIMA</h1>
            <p>Posyandu \(Self.escaped(posyandu))</p>
            \(place)<p>\(day)</p>
            <strong>\(code)</strong>
            <p>\(Self.advice)</p>
            </body></html>

            """
    }

    private static func centred(_ text: String) -> String {
        String(repeating: " ", count: max(0, (columns - text.count) / 2)) + text
    }

    /// Words in lines; what a thermal printer has no sign for becomes a question mark, a longer word is cut.
    private static func wrapped(_ text: String) -> [String] {
        let plain = String(text.unicodeScalars.map { $0.isASCII && $0.value >= 32 ? Character($0) : "?" })
        var lines: [String] = []
        var line = ""
        for var word in plain.split(separator: " ").map(String.init) {
            if !line.isEmpty, line.count + 1 + word.count > columns {
                lines.append(line)
                line = ""
            }
            while word.count > columns {
                lines.append(String(word.prefix(columns)))
                word = String(word.dropFirst(columns))
            }
            line += line.isEmpty ? word : " " + word
        }
        return line.isEmpty ? lines : lines + [line]
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
