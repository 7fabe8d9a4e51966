// Education: early childhood, drop-outs, reading, digital literacy, learning aids, proposals and complaints.
// SPDX-License-Identifier: Apache-2.0

extension MonthPlan {
    mutating func planEducation() {
        for _ in 0..<chance.times(0.6) { earlyChildhood() }
        for _ in 0..<chance.times(0.1) { dropOut() }
        if chance.chance(0.25) { readingFacility() }
        for _ in 0..<chance.times(0.3) { digitalLiteracy() }
        for _ in 0..<chance.times(0.25) { learningAids() }
        if chance.chance(0.12) {
            var form: Form = [
                "jenis": .text(chance.pick(["sarana", "literasi", "kegiatan_paud", "ape", "pelatihan", "lainnya"])),
                "uraian": .text(chance.pick(["rak buku untuk pojok baca", "pelatihan membaca", "halaman bermain"])),
                "urgensi": .text(chance.pick(["rendah", "sedang", "tinggi"])),
            ]
            if chance.chance(0.3) { form["rekomendasi_kader"] = .text("layak diusulkan") }
            let person = reporter("nama", ["nik", "alamat", "no_hp"])
            record("pendidikan.aspirasi", nil, form, at: sometime(), person: person)
        }
        if chance.chance(0.1) {
            let time = sometime()
            var form: Form = [
                "jenis": .text(
                    chance.pick(["paud", "putus_sekolah", "biaya", "sarana", "tenaga_pendidik", "lainnya"])
                ),
                "isi_keluhan": .text(chance.pick(["iuran memberatkan", "atap PAUD bocor", "guru kurang"])),
                "lokasi": .text(Names.neighbourhood(&chance)),
            ]
            finishComplaint(&form, time)
            let person = reporter("nama_pelapor", ["nik", "no_hp", "alamat"])
            record("pendidikan.keluhan", nil, form, at: time, person: person)
        }
    }

    private mutating func earlyChildhood() {
        let time = sometime()
        let children = settled(.child).filter { time.day.completedMonths(since: $0.birth) >= 24 }
        guard !children.isEmpty else { return }
        // The eldest are asked for more often: from five years on, being outside is a matter for the office.
        let eldest = children.filter { time.day.completedMonths(since: $0.birth) >= 58 }
        let child = chance.pick(!eldest.isEmpty && chance.chance(0.5) ? eldest : children)
        let attends = chance.chance(0.55)
        var form: Form = ["status_paud": .flag(attends)]
        if attends { form["nama_paud"] = .text("PAUD " + Names.posyandu(&chance, number: 1)) }
        if !attends, chance.chance(0.4) {
            for paper in ["dok_ktp", "dok_kk", "dok_tidak_mampu"] { form[paper] = maybe(0.7) }
        }
        record(
            "pendidikan.anak_usia_dini",
            .resident(child.index),
            form,
            at: time,
            person: [("nama_anak", child.name), ("alamat", Names.neighbourhood(&chance))]
        )
    }

    private mutating func dropOut() {
        let time = sometime()
        let pupils = settled(.schoolAge).filter { (84...227).contains(time.day.completedMonths(since: $0.birth)) }
        guard !pupils.isEmpty else { return }
        let pupil = chance.pick(pupils)
        let months = time.day.completedMonths(since: pupil.birth)
        var form: Form = [:]
        if chance.chance(0.5) {
            form["umur_tahun"] = .number(months / 12)
            form["umur_bulan"] = .number(months % 12)
        }
        form["jenjang_terakhir"] = .text(chance.pick(["tidak_sekolah", "sd", "smp"]))
        form["alasan"] = .text(chance.pick(["biaya", "bekerja", "jarak", "disabilitas", "tidak_berminat"]))
        form["bersedia_kembali"] = maybe(0.6)
        record(
            "pendidikan.putus_sekolah",
            .resident(pupil.index),
            form,
            at: time,
            person: [("nama_anak", pupil.name)]
        )
    }

    private mutating func readingFacility() {
        var form: Form = [
            "nama_fasilitas": .text("Pojok Baca " + Names.hamlet(&chance)), "jenis_fasilitas": .text("pojok_baca"),
        ]
        if chance.chance(0.8) {
            form["ketersediaan"] = .text("ada")
            form["jumlah_buku"] = .number(chance.number(15...300))
            form["kondisi"] = .text(chance.weighted([("baik", 5), ("cukup", 4), ("kurang", 1.5)]))
            form["akses"] = .text(chance.pick(["mudah", "sulit"]))
        } else {
            form["ketersediaan"] = .text("tidak_ada")
        }
        let person = chance.chance(0.5) ? reporter("pengelola", []) : []
        record("pendidikan.perpustakaan", nil, form, at: sometime(), person: person)
    }

    private mutating func digitalLiteracy() {
        let time = sometime()
        let people = residents(.mother, on: time.day)
        guard !people.isEmpty else { return }
        let form: Form = ["tingkat": .text(chance.pick(["rendah", "sedang", "tinggi"])), "fasilitas_hp": maybe(0.8)]
        let mother = chance.pick(people)
        record(
            "pendidikan.literasi_digital",
            .resident(mother.index),
            form,
            at: time,
            person: [("nama", mother.name)]
        )
    }

    private mutating func learningAids() {
        let number = chance.chance(0.9) ? chance.number(1...25) : 0
        var form: Form = [
            "jenis": .text(chance.pick(["balok", "puzzle", "kartu huruf", "boneka tangan"])), "jumlah": .number(number),
        ]
        if number > 0 {
            form["kondisi"] = .text(chance.weighted([("baik", 5), ("rusak_ringan", 3), ("rusak_berat", 2)]))
        }
        form["prioritas"] = .text(chance.pick(["tinggi", "sedang", "rendah"]))
        record("pendidikan.ape", nil, form, at: sometime())
    }
}
