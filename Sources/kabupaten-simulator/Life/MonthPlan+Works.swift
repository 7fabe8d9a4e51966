// Public works and housing.
// SPDX-License-Identifier: Apache-2.0

extension MonthPlan {
    mutating func planPublicWorks() {
        for _ in 0..<chance.times(0.3) { waterAndWaste() }
        if chance.chance(0.06) {
            let condition = chance.weighted([("baik", 4), ("rusak_ringan", 3), ("rusak_berat", 2)])
            var form: Form = ["lokasi": .text("Embung " + Names.hamlet(&chance)), "kondisi_fisik": .text(condition)]
            if condition != "baik" { form["permasalahan"] = .text("tanggul retak") }
            record("pekerjaan_umum.embung", nil, form, at: sometime())
        }
        if chance.chance(0.15) {
            let damage = chance.weighted([("tidak_ada", 5), ("ringan", 3), ("berat", 1.5)])
            var form: Form = ["jalur": .text(Names.hamlet(&chance)), "kerusakan": .text(damage)]
            if damage != "tidak_ada" {
                form["penyebab"] = .text(chance.pick(["longsor", "pipa tua", "tertimpa pohon"]))
            }
            record("pekerjaan_umum.jaringan_air", nil, form, at: sometime())
        }
        for _ in 0..<chance.times(0.3) { well() }
        for _ in 0..<chance.times(0.2) { road() }
        if chance.chance(0.12) {
            let time = sometime()
            var form: Form = [
                "jenis": .text(chance.pick(["air_bersih", "limbah", "sumur", "jaringan_air", "embung", "jalan"])),
                "isi_keluhan": .text(chance.pick(["air keruh sejak seminggu", "jalan berlubang", "saluran mampet"])),
                "lokasi": .text(Names.neighbourhood(&chance)),
            ]
            if chance.chance(0.5) {
                form["no_surat_permohonan"] = .text("00\(chance.number(1...9))/RT02/\(month.ofYear)")
            }
            finishComplaint(&form, time)
            let person = reporter("nama_pelapor", ["nik", "no_hp", "alamat"])
            record("pekerjaan_umum.keluhan", nil, form, at: time, person: person)
        }
    }

    private mutating func waterAndWaste() {
        var form: Form = ["lokasi": .text(Names.hamlet(&chance))]
        if chance.chance(0.8) {
            form["temuan_air"] = .text(chance.weighted([("aman", 6), ("kurang", 2), ("keruh_berbau", 1)]))
        }
        if form["temuan_air"] == nil || chance.chance(0.6) {
            form["temuan_limbah"] = .text(chance.weighted([("aman", 5), ("tergenang", 2), ("tanpa_saluran", 1)]))
        }
        form["rekomendasi"] = .text("buat saluran dan bersihkan sumber")
        let person = chance.chance(0.5) ? reporter("petugas", []) : []
        record("pekerjaan_umum.air_limbah", nil, form, at: sometime(), person: person)
    }

    private mutating func well() {
        var form: Form = ["kondisi": .text(chance.weighted([("baik", 6), ("rusak_ringan", 3), ("rusak_berat", 1.5)]))]
        if chance.chance(0.6) {
            form["risiko_sanitasi"] = .text(chance.pick(["rendah", "rendah", "sedang", "tinggi"]))
        }
        if chance.chance(0.6) { form["jarak_septik_m"] = .hundredths(25 * chance.number(8...80)) }
        let person = reporter("pemilik", ["nik", "alamat", "no_hp"])
        record("pekerjaan_umum.sumur", household(), form, at: sometime(), person: person)
    }

    private mutating func road() {
        let condition = chance.weighted([("baik", 3), ("sedang", 3), ("rusak_ringan", 3), ("rusak_berat", 2)])
        let isDamaged = condition.hasPrefix("rusak")
        var form: Form = [
            "ruas": .text(Names.hamlet(&chance) + " - " + Names.hamlet(&chance)), "kondisi": .text(condition),
        ]
        if isDamaged { form["dampak"] = .text("sulit dilalui saat hujan") }
        if isDamaged || chance.chance(0.3) {
            form["usulan"] = .text(chance.pick(["pengecoran", "pengaspalan", "talud"]))
            if chance.chance(0.8) { form["panjang_m"] = .hundredths(50 * chance.number(40...1_800)) }
        }
        record("pekerjaan_umum.jalan", nil, form, at: sometime())
    }

    mutating func planHousing() {
        for _ in 0..<chance.times(0.35) {
            let person = reporter("nama_kk", ["nik", "alamat", "no_hp"])
            let form = House.form(bad: chance.number(0...6), chance: &chance)
            record("perumahan_rakyat.rtlh", household(), form, at: sometime(), person: person)
        }
        for _ in 0..<chance.times(0.4) {
            let form: Form = [
                "akses_air": .text(
                    chance.weighted([("sumur", 5), ("perpipaan", 4), ("mata_air", 2), ("tidak_ada", 0.5)])
                ),
                "pengelolaan_sampah": .text(
                    chance.pick(["dipilah", "diangkut", "dibakar", "ditimbun", "dibuang_sembarangan"])
                ),
            ]
            record(
                "perumahan_rakyat.kie_lingkungan",
                household(),
                form,
                at: sometime(),
                person: reporter("nama_kk", ["alamat"])
            )
        }
        for _ in 0..<chance.times(0.3) {
            let activity = chance.pick(["kebun_gizi", "kebun_gizi", "hidroponik", "biopori"])
            var form: Form = ["kegiatan": .text(activity)]
            if activity != "biopori" { form["jenis_tanaman"] = .text(chance.pick(["bayam", "kangkung", "cabai"])) }
            form["jumlah"] = .number(chance.number(1...60))
            record("perumahan_rakyat.pekarangan", household(), form, at: sometime())
        }
        guard chance.chance(0.1) else { return }
        let time = sometime()
        var form: Form = [
            "jenis": .text(chance.pick(["rtlh", "bencana", "relokasi", "lingkungan", "pekarangan", "lainnya"])),
            "isi_keluhan": .text(chance.pick(["dinding hampir roboh", "rumah terendam", "sampah menumpuk"])),
            "lokasi": .text(Names.neighbourhood(&chance)),
        ]
        finishComplaint(&form, time)
        let person = reporter("nama_pelapor", ["nik", "no_hp", "alamat"])
        record("perumahan_rakyat.keluhan", nil, form, at: time, person: person)
    }
}

/// The form of a house with a number of bad components.
enum House {
    static func form(bad: Int, chance: inout SplitMix) -> Form {
        var isBad = Array(repeating: false, count: 6)
        var left = bad
        while left > 0 {
            let place = chance.number(0...5)
            if !isBad[place] {
                isBad[place] = true
                left -= 1
            }
        }
        var form: Form = [
            "atap": .text(isBad[0] ? "bocor" : chance.pick(["genteng", "seng"])),
            "dinding": .text(isBad[1] ? "papan" : chance.pick(["tembok", "semi"])),
            "lantai": .text(isBad[2] ? "tanah" : chance.pick(["keramik", "plester"])),
            "ventilasi": .text(isBad[3] ? "kurang" : "cukup"), "pencahayaan": .text(isBad[4] ? "kurang" : "cukup"),
            "jamban_sehat": .flag(!isBad[5]), "kategori": .text(bad >= 3 ? "rtlh" : "layak_huni"),
        ]
        if bad >= 3, chance.chance(0.15) { form["sebab"] = .text(chance.pick(["bencana", "relokasi"])) }
        return form
    }
}
