// The five sectors beside health.
// SPDX-License-Identifier: Apache-2.0

extension Rules {
    static func education(_ question: Question, _ result: inout Judgement) {
        let form = question.form
        switch question.type.dropFirst("pendidikan.".count) {
        case "anak_usia_dini":
            let attends = form.isYes("status_paud")
            result.refuse("anak_usia_dini.nama_paud", if: attends && form["nama_paud"] == nil)
            result.refuse("anak_usia_dini.status_paud", if: !attends && form["nama_paud"] != nil)
            result.refuse("anak_usia_dini.umur", if: question.months >= 84)
            let isUnserved = !attends && (60...83).contains(question.months)
            result.person("anak_usia_dini")
            result.person(attends ? "anak_paud" : "anak_di_luar_paud")
            result.person("anak_5_6_di_luar_paud", if: isUnserved)
            let wasUnserved = question.earlier.map { earlier in
                let months = earlier.date.completedMonths(since: question.facts?.birth ?? earlier.date)
                return !earlier.form.isYes("status_paud") && (60...83).contains(months)
            }
            result.opensCase = isUnserved && wasUnserved != true
        case "putus_sekolah":
            result.refuse("putus_sekolah.umur", if: !(84...227).contains(question.months))
            result.person("anak_putus_sekolah")
            result.person("putus_sekolah_dikdas", if: question.months <= 191)
            result.opensCase = question.earlier == nil
        case "perpustakaan":
            let isThere = form.text("ketersediaan") == "ada"
            let books = form.number("jumlah_buku") ?? 0
            result.refuse("perpustakaan.buku", if: isThere == (books == 0))
            result.stock("buku", books)
            result.sum("buku_didata", books)
            result.count("fasilitas_baca", if: isThere)
            result.opensCase = form.text("kondisi") == "kurang"
        case "literasi_digital":
            result.person("literasi_digital")
            result.person("literasi_rendah", if: form.text("tingkat") == "rendah")
        case "ape":
            let number = form.number("jumlah") ?? 0
            result.refuse("ape.kondisi", if: number > 0 && form["kondisi"] == nil)
            result.sum("ape", number)
            if number > 0, form.text("kondisi") != "baik" { result.sum("ape_rusak", number) }
            result.opensCase = form.text("kondisi") == "rusak_berat" && form.text("prioritas") == "tinggi"
        case "aspirasi":
            result.count("aspirasi")
            result.opensCase = true
        default: complaint(question, &result)
        }
    }

    private static func complaint(_ question: Question, _ result: inout Judgement) {
        complaintDate(question, &result)
        result.count("keluhan")
        result.opensCase = true
    }

    static func publicWorks(_ question: Question, _ result: inout Judgement) {
        let form = question.form
        switch question.type.dropFirst("pekerjaan_umum.".count) {
        case "air_limbah":
            let isWaterBad = form.text("temuan_air").map { $0 != "aman" } ?? false
            let isWasteBad = form.text("temuan_limbah").map { $0 != "aman" } ?? false
            result.refuse("air_limbah.rekomendasi", if: (isWaterBad || isWasteBad) && form["rekomendasi"] == nil)
            result.count("air_limbah_diperiksa")
            result.count("air_bermasalah", if: isWaterBad)
            result.count("limbah_bermasalah", if: isWasteBad)
            result.opensCase = isWaterBad || isWasteBad
        case "embung":
            let isDamaged = form.text("kondisi_fisik") != "baik"
            result.refuse("embung.permasalahan", if: isDamaged && form["permasalahan"] == nil)
            result.count("embung_diperiksa")
            result.count("embung_rusak", if: isDamaged)
            result.opensCase = form.text("kondisi_fisik") == "rusak_berat"
        case "jaringan_air":
            let isDamaged = form.text("kerusakan") != "tidak_ada"
            result.refuse("jaringan_air.penyebab", if: isDamaged && form["penyebab"] == nil)
            result.count("jaringan_diperiksa")
            result.count("jaringan_rusak", if: isDamaged)
            result.opensCase = form.text("kerusakan") == "berat"
        case "sumur": well(question, &result)
        case "jalan":
            let condition = form.text("kondisi") ?? ""
            let isDamaged = condition.hasPrefix("rusak")
            result.refuse("jalan.dampak", if: isDamaged && form["dampak"] == nil)
            result.refuse("jalan.usulan", if: isDamaged && form["usulan"] == nil)
            result.count("jalan_didata")
            result.count("jalan_rusak", if: isDamaged)
            if form["usulan"] != nil {
                result.count("jalan_diusulkan")
                if let metres = form.hundredths("panjang_m") { result.sum(hundredths: metres, "jalan_diusulkan_m") }
            }
            result.opensCase = condition == "rusak_berat"
        default: complaint(question, &result)
        }
    }

    private static func well(_ question: Question, _ result: inout Judgement) {
        let form = question.form
        let condition = form.text("kondisi")
        let distance = form.hundredths("jarak_septik_m")
        result.refuse("sumur.jarak", if: distance == 0)
        let isNear = distance.map { $0 < 1_000 } ?? false
        let isAtRisk = condition == "rusak_berat" || form.text("risiko_sanitasi") == "tinggi" || isNear
        result.person("sumur_diperiksa")
        result.person("sumur_rusak", if: condition != "baik")
        result.person("sumur_berisiko", if: isAtRisk)
        result.stock("sumur_layak", condition == "baik" && !isAtRisk ? 1 : 0)
        result.opensCase = condition == "rusak_berat" && question.earlier?.form.text("kondisi") != "rusak_berat"
    }

    static func housing(_ question: Question, _ result: inout Judgement) {
        let form = question.form
        switch question.type.dropFirst("perumahan_rakyat.".count) {
        case "rtlh":
            let bad = [
                form.text("atap") == "bocor", form.text("dinding") == "papan", form.text("lantai") == "tanah",
                form.text("ventilasi") == "kurang", form.text("pencahayaan") == "kurang", !form.isYes("jamban_sehat"),
            ].count { $0 }
            let isSubstandard = form.text("kategori") == "rtlh"
            let cause = form.text("sebab") ?? "biasa"
            result.refuse("rtlh.kategori", if: cause == "biasa" && isSubstandard != (bad >= 3))
            result.person("rumah_didata")
            result.person("rtlh", if: isSubstandard)
            result.person("rtlh_bencana", if: isSubstandard && cause == "bencana")
            result.person("rtlh_relokasi", if: isSubstandard && cause == "relokasi")
            result.person("tanpa_jamban_sehat", if: !form.isYes("jamban_sehat"))
            result.stock("rtlh_belum_tertangani", isSubstandard ? 1 : 0)
            result.opensCase = isSubstandard && question.earlier?.form.text("kategori") != "rtlh"
        case "kie_lingkungan":
            result.person("kie_lingkungan")
            result.person("sampah_dipilah", if: form.text("pengelolaan_sampah") == "dipilah")
            result.person("tanpa_akses_air", if: form.text("akses_air") == "tidak_ada")
        case "pekarangan":
            let isBiopore = form.text("kegiatan") == "biopori"
            result.refuse("pekarangan.jenis_tanaman", if: !isBiopore && form["jenis_tanaman"] == nil)
            if isBiopore { return result.sum("biopori", form.number("jumlah")) }
            result.person("pekarangan")
            result.sum("tanaman", form.number("jumlah"))
        default: complaint(question, &result)
        }
    }

    private static let incidentGroups = [
        "kebakaran": "kebakaran", "bencana": "bencana", "kdrt": "kekerasan", "asusila": "kekerasan",
        "trafficking": "kekerasan", "narkoba": "ketertiban", "premanisme": "ketertiban",
        "gangguan_ketertiban": "ketertiban",
    ]

    static func publicOrder(_ question: Question, _ result: inout Judgement) {
        let form = question.form
        switch question.type.dropFirst("trantibumlinmas.".count) {
        case "korban_trauma":
            result.count("korban_trauma")
            result.count("korban_trauma_anak", if: (form.number("usia") ?? 99) < 18)
            let needsHelp = ["konseling", "rujukan"].contains(form.text("kebutuhan_psikososial") ?? "")
            result.opensCase = needsHelp && form.text("tindak_lanjut") != "selesai"
        case "kie_simulasi":
            if form.text("jenis") != "simulasi" {
                result.count("kie")
                result.sum("peserta_kie", form.number("jumlah_peserta"))
            }
            if form.text("jenis") != "kie" {
                result.count("simulasi")
                result.sum("peserta_simulasi", form.number("jumlah_peserta"))
            }
        case "insiden":
            if case .date(let day)? = form["tanggal_kejadian"] {
                result.refuse("insiden.tanggal", if: day > question.date)
            }
            result.count("insiden")
            if let group = incidentGroups[form.text("jenis") ?? ""] { result.count("insiden_" + group) }
            result.opensCase = form.text("tindak_lanjut") != "selesai"
        case "patroli":
            let found = form.text("temuan") != "nihil"
            result.refuse("patroli.tindakan", if: found && form["tindakan"] == nil)
            result.count("patroli")
            result.count("patroli_temuan", if: found)
        default:
            complaintDate(question, &result)
            result.count("keluhan")
            result.opensCase = form.isYes("identitas_lengkap")
        }
    }
}
