// The sheets of an e-SPM worksheet, in the words of those who fill in the form.
// SPDX-License-Identifier: Apache-2.0

internal import PluginKit
internal import Summaries
internal import Workbook

struct EspmPages {
    let source: SnapshotRows
    let revision: Int
    /// Of the services only, by code, then area.
    let rows: [FigureRow]
    /// Of the form, from the reporting calendar.
    var window: ReportingWindow?

    /// Bidang in the order of the sheets, with the name of their sheet.
    private static let sectors = [
        ("pendidikan", "Pendidikan"), ("kesehatan", "Kesehatan"), ("pekerjaan_umum", "Pekerjaan Umum"),
        ("perumahan_rakyat", "Perumahan Rakyat"), ("trantibumlinmas", "Trantibumlinmas"), ("sosial", "Sosial"),
    ]

    private var services: [BasicService] { source.settings.dialect.services }
    private var snapshot: PeriodSnapshot { source.snapshot }
    private var options: [String: String] { source.settings.dialect.options }

    func all() throws(WorkbookError) -> [WorkbookSheet] {
        var pages = [checklist()]
        for (sector, name) in Self.sectors where services.contains(where: { $0.sector == sector }) {
            pages.append(try page(sector, name))
        }
        pages.append(try details())
        return pages
    }

    private var title: String {
        "Laporan SPM triwulan \((source.period.first.month - 1) / 3 + 1) tahun \(source.period.year)"
    }

    /// Title and facts at the top of each sheet; returns the next free line.
    private func head(_ page: inout WorkbookSheet, _ subtitle: String) -> Int {
        page.write(.text("\(title): \(subtitle)"), line: 0, column: 0, .bold)
        page.write(
            .text(
                "Kabupaten/kota \(snapshot.kabupaten), \(snapshot.start) sampai \(snapshot.end), revisi \(revision), "
                    + "data sampai \(LocalTime.text(snapshot.cutoff, snapshot.utcOffsetSeconds))"
            ),
            line: 1,
            column: 0
        )
        return 3
    }

    private func headings(_ texts: [String], _ page: inout WorkbookSheet, _ line: Int) {
        for (column, text) in texts.enumerated() { page.write(.text(text), line: line, column: column, .heading) }
    }

    // MARK: Sectors

    private func page(_ sector: String, _ name: String) throws(WorkbookError) -> WorkbookSheet {
        var page = WorkbookSheet(name: name)
        page.widths = [6, 52, 18, 14, 12, 42, 42]
        var line = head(&page, name)
        headings(
            [
                "Kode", "Jenis pelayanan dasar", "Penerima layanan", "Target", "Capaian (%)", "Permasalahan",
                "Rencana tindak lanjut",
            ],
            &page,
            line
        )
        for service in services where service.sector == sector {
            line += 1
            page.write(.text(service.code), line: line, column: 0, .wrapped)
            page.write(.text(service.name), line: line, column: 1, .wrapped)
            let row = rows.first { $0.code == service.code && $0.area == snapshot.kabupaten }
            try numbers(row, &page, line, 2)
            page.write(.blank, line: line, column: 5, .wrapped)
            page.write(.blank, line: line, column: 6, .wrapped)
        }
        for note in notes {
            line += 1
            page.write(.text(note), line: line + 1, column: 0)
        }
        return page
    }

    private var notes: [String] {
        var notes = [
            "Sel kosong berarti belum ada data, bukan nol. Angka nol berarti memang nol.",
            "Kolom permasalahan dan rencana tindak lanjut diisi oleh petugas OPD.",
        ]
        if source.settings.suppressBelow > 1 {
            notes.append(
                "Angka 1 sampai \(source.settings.suppressBelow - 1) tidak ditampilkan untuk melindungi warga, "
                    + "begitu juga angka yang dapat dipakai untuk menghitungnya."
            )
        }
        return notes
    }

    /// Reached, target and percentage; of a plain count the first only.
    private func numbers(_ row: FigureRow?, _ page: inout WorkbookSheet, _ line: Int, _ column: Int)
        throws(WorkbookError)
    {
        guard let row, let numerator = row.numerator else { return }
        let value: String?
        do throws(PlanError) { value = try row.value() } catch { throw WorkbookError(description: error.message) }
        guard let value else { return }
        page.write(.number(numerator.normalised.description), line: line, column: column)
        guard row.isRatio, let denominator = row.denominator else { return }
        page.write(.number(denominator.normalised.description), line: line, column: column + 1)
        page.write(.number(value), line: line, column: column + 2)
    }

    private func details() throws(WorkbookError) -> WorkbookSheet {
        var page = WorkbookSheet(name: "Rincian kecamatan")
        page.widths = [6, 52, 14, 18, 14, 12]
        var line = head(&page, "rincian kecamatan")
        headings(
            ["Kode", "Jenis pelayanan dasar", "Kecamatan", "Penerima layanan", "Target", "Capaian (%)"],
            &page,
            line
        )
        for service in services {
            for row in rows where row.code == service.code && row.area != snapshot.kabupaten {
                line += 1
                page.write(.text(service.code), line: line, column: 0, .text)
                page.write(.text(service.name), line: line, column: 1)
                page.write(.text(row.area), line: line, column: 2, .text)
                try numbers(row, &page, line, 3)
            }
        }
        return page
    }

    // MARK: Checklist

    private func checklist() -> WorkbookSheet {
        var page = WorkbookSheet(name: "Daftar periksa")
        page.widths = [6, 60, 34, 26, 14]
        var line = head(&page, "daftar periksa")
        headings(["No", "Langkah", "Siapa", "Paling lambat", "Selesai"], &page, line)
        let due = closing ?? "belum diketahui"
        var steps = [
            (
                "Periksa kelengkapan: \(snapshot.completeness.reported) dari \(snapshot.completeness.registered) posyandu sudah melapor.",
                office(nil), due
            )
        ]
        for (sector, name) in Self.sectors where services.contains(where: { $0.sector == sector }) {
            let own = services.filter { $0.sector == sector }
            let filled = own.count { service in
                rows.contains { $0.code == service.code && $0.area == snapshot.kabupaten && $0.numerator != nil }
            }
            steps.append(
                (
                    "Isi permasalahan dan rencana tindak lanjut di lembar \(name), lalu masukkan ke e-SPM. "
                        + "\(filled) dari \(own.count) layanan sudah ada angkanya.",
                    office(sector), due
                )
            )
        }
        steps.append(
            (
                "Catat bukti: posyanductl push ack-by-hand NOMOR --proof \"tanggal dan nama petugas\".", office(nil),
                due
            )
        )
        for (index, step) in steps.enumerated() {
            line += 1
            page.write(.number(String(index + 1)), line: line, column: 0)
            page.write(.text(step.0), line: line, column: 1, .wrapped)
            page.write(.text(step.1), line: line, column: 2, .wrapped)
            page.write(.text(step.2), line: line, column: 3, .wrapped)
            page.write(.blank, line: line, column: 4, .wrapped)
        }
        page.write(.text(closingWords), line: line + 2, column: 0, .bold)
        return page
    }

    /// The last day, or moment, of the form's window: of the calendar, else of the destination's file.
    private var closing: String? { calendarClosing ?? options["closing.\(snapshot.period)"] }

    private var calendarClosing: String? {
        window?.closesAt.map { LocalTime.closing($0, snapshot.utcOffsetSeconds) }
    }

    private var closingWords: String {
        if let window, let day = calendarClosing {
            let from =
                "(kalender pelaporan, menurut \(window.source)). Jadwal dapat berubah: lihat posyanductl calendar."
            return switch window.state {
            case .open: "Pengisian e-SPM ditutup \(day) \(from)"
            case .extended: "Pengisian e-SPM diperpanjang sampai \(day) \(from)"
            case .closed: "Pengisian e-SPM sudah ditutup, \(day) \(from)"
            }
        }
        return closing.map {
            "Pengisian e-SPM ditutup \($0) (berkas tujuan; kalender pelaporan tidak memuat penutupan triwulan ini)."
        } ?? "Tanggal penutupan e-SPM belum diketahui: tanyakan kepada Ditjen Bina Bangda, jadwalnya berubah-ubah."
    }

    private func office(_ sector: String?) -> String {
        guard let sector else { return source.settings.sendingOffice }
        return options["office.\(sector)"] ?? "OPD pengampu bidang \(sector.replacing("_", with: " "))"
    }
}
