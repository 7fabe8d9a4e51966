// The page a person sees at the node's address: is it working, and how far is it. In Bahasa Indonesia, no personal data.
// SPDX-License-Identifier: Apache-2.0
import Apply
import Destinations
import Logging
import MessageLog
import PluginHost
import PostgresClient

enum StatusPage {
    static func html(_ services: NodeServices) async -> String {
        let reasons = await services.readiness.reasons()
        let apply = services.apply.now
        let isUp = (try? await services.pool.withConnection { try $0.query("select 1") }) != nil
        let counts = await services.readiness.conservation.latest(patience: .zero)
        var rows = ""
        func row(_ name: String, _ value: String) {
            rows += "<tr><th scope=\"row\">\(escaped(name))</th><td>\(escaped(value))</td></tr>\n"
        }
        if !isUp { row("Basis data", "tidak menjawab") }
        if let counts {
            let total = counts.total
            row("Pesan diterima", "\(total.received)")
            row("Sudah diolah", "\(total.applied)")
            row("Kiriman ulang", "\(total.duplicate)")
            row("Ditolak (alasan dikirim kembali)", "\(total.rejected + total.refused)")
            row("Menunggu bidang atau data warga", "\(total.held)")
            row("Menunggu petugas", "\(total.dead)")
            row("Antrean", "\(total.waiting)")
            row("Dihitung", "\(counts.ageSeconds) detik yang lalu")
        } else if isUp {
            row("Pesan", "sedang dihitung")
        }
        row("Diolah sejak layanan dinyalakan", "\(apply.entries)")
        var sectors = ""
        for sector in await services.host.status() {
            sectors +=
                "<tr><th scope=\"row\">\(escaped(sector.title ?? sector.id))</th><td>\(word(sector.state))</td></tr>\n"
        }
        var destinations = ""
        for destination in (try? await services.outbox.status()) ?? [] {
            let sent = destination.count(.acknowledged)
            let open = destination.counts.reduce(0) { $0 + $1.count } - sent - destination.count(.superseded)
            destinations +=
                "<tr><th scope=\"row\">\(escaped(destination.name))</th><td>\(sent) diterima, \(open) belum selesai</td></tr>\n"
        }
        let state = reasons.isEmpty ? "Berjalan baik" : "Perlu perhatian"
        let list = reasons.map { "<li>\(escaped($0))</li>" }.joined()
        return """
            <!doctype html>
            <html lang="id">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Posyandu 6 SPM – \
            \(escaped(services.identity.name))</title>
            <style>body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}\
            table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem;border-bottom:1px solid #ccc}\
            td{text-align:right}</style></head>
            <body><h1>Posyandu 6 SPM</h1><p>\(escaped(services.identity.name)) (\(escaped(services.identity.kabupaten))) – \
            <strong>\(state)</strong></p><ul>\(list)</ul>
            <h2>Pesan dari posyandu</h2><table>\(rows)</table>
            <h2>Bidang layanan</h2><table>\(sectors)</table>
            <h2>Pengiriman rekap</h2><table>\(destinations)</table>
            </body></html>

            """
    }

    private static func word(_ state: SectorState) -> String {
        switch state {
        case .ready: "siap"
        case .starting, .discovered: "sedang dinyalakan"
        case .backingOff: "terganggu, dicoba lagi"
        case .disabled: "dimatikan"
        case .refused: "ditolak"
        }
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
