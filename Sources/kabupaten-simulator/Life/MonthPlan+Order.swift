// Public order and social services: the confidential sectors.
// SPDX-License-Identifier: Apache-2.0

extension MonthPlan {
    private static let incidents = [
        "kebakaran", "narkoba", "kdrt", "asusila", "bencana", "premanisme", "gangguan_ketertiban", "lainnya",
    ]

    mutating func planPublicOrder() {
        if chance.chance(0.05) { traumaVictim() }
        for _ in 0..<chance.times(0.2) {
            let form: Form = [
                "jenis": .text(chance.pick(["kie", "simulasi", "keduanya"])),
                "jumlah_peserta": .number(chance.number(8...70)),
            ]
            record("trantibumlinmas.kie_simulasi", nil, form, at: sometime())
        }
        for _ in 0..<chance.times(0.12) {
            let time = sometime()
            let form: Form = [
                "tanggal_kejadian": .date(time.day.adding(-chance.number(0...3))), "waktu": .text("21:30"),
                "lokasi": .text(Names.hamlet(&chance)), "jenis": .text(chance.pick(Self.incidents)),
                "dampak": .text(chance.pick(["ringan", "sedang", "berat"])),
                "tindak_lanjut": .text(chance.pick(["belum", "dimediasi", "ditangani_desa", "dilaporkan", "selesai"])),
            ]
            var person = reporter("nama_pelapor", ["nik", "no_hp", "alamat"])
            person.append(("kronologi", "diceritakan pelapor, lihat berita acara"))
            record("trantibumlinmas.insiden", nil, form, at: time, person: person)
        }
        for _ in 0..<chance.times(0.4) {
            let finding = chance.weighted([("nihil", 7), ("gangguan", 1), ("kerawanan", 1), ("kerusakan_fasilitas", 1)])
            var form: Form = [
                "metode": .text(chance.pick(["jalan_kaki", "kendaraan", "poskamling", "gabungan"])),
                "jumlah_petugas": .number(chance.number(2...9)), "temuan": .text(finding),
            ]
            if finding != "nihil" { form["tindakan"] = .text("dilaporkan kepada Linmas") }
            record("trantibumlinmas.patroli", nil, form, at: sometime())
        }
        if chance.chance(0.09) { orderComplaint() }
    }

    private mutating func traumaVictim() {
        let form: Form = [
            "usia": .number(chance.number(3...78)), "jk": .text(chance.pick(["L", "P"])),
            "lokasi": .text(Names.hamlet(&chance)), "jenis_bencana": .text(chance.pick(["banjir", "longsor", "rob"])),
            "kebutuhan_psikososial": .text(chance.pick(["tidak_ada", "pendampingan", "konseling", "rujukan"])),
            "tindak_lanjut": .text(chance.pick(["belum", "didampingi", "dirujuk", "selesai"])),
        ]
        var person = reporter("nama", ["nik", "alamat", "no_hp"])
        person.append(("gejala", "sulit tidur"))
        record("trantibumlinmas.korban_trauma", nil, form, at: sometime(), person: person)
    }

    private mutating func orderComplaint() {
        let time = sometime()
        let isIdentified = chance.chance(0.8)
        var form: Form = [
            "jenis": .text(chance.pick(Self.incidents)), "identitas_lengkap": .flag(isIdentified),
            "lokasi": .text(Names.neighbourhood(&chance)),
        ]
        finishComplaint(&form, time)
        var person = isIdentified ? reporter("nama_pelapor", ["nik", "no_hp", "alamat"]) : []
        person.append(("isi_keluhan", "keributan di pos ronda"))
        record("trantibumlinmas.keluhan", nil, form, at: time, person: person)
    }

    // MARK: Social

    mutating func planSocial() {
        for _ in 0..<chance.times(0.35) {
            let women = chance.number(6...24)
            let form: Form = [
                "tema": .text(
                    chance.pick(["kesetaraan_gender", "disabilitas", "inklusi_sosial", "kesiapsiagaan", "lainnya"])
                ),
                "peserta_l": .number(chance.number(0...10)), "peserta_p": .number(women),
                "kelompok_rentan": .number(chance.number(0...6)), "metode": .text(chance.pick(["ceramah", "diskusi"])),
            ]
            record("sosial.kie", nil, form, at: sometime())
        }
        for _ in 0..<chance.times(0.25) { poorHousehold() }
        for _ in 0..<chance.times(0.2) { verification() }
        for _ in 0..<chance.times(0.4) { assistance() }
        if chance.chance(0.1) { socialComplaint() }
        rehabilitation("disabilitas", .adult, ["jenis_disabilitas": .text("fisik")])
        rehabilitation("anak", .schoolAge, [:])
        rehabilitation("lansia", .elderly, [:])
        rehabilitation("tuna_sosial", .adult, ["jenis_tuna_sosial": .text("pengemis")])
        if chance.chance(0.06) { disasterVictims() }
    }

    private mutating func poorHousehold() {
        let members = chance.number(1...8)
        let form: Form = [
            "jumlah_anggota": .number(members),
            "status_rumah": .text(chance.pick(["milik_sendiri", "sewa", "menumpang", "tanah_negara"])),
            "penghasilan_rupiah": .number(50_000 * chance.number(4...30)),
            "jumlah_disabilitas": .number(chance.chance(0.2) ? 1 : 0), "terdaftar_dtsen": maybe(0.6),
        ]
        let person = reporter("nama_kk", ["nik", "alamat", "no_hp"])
        record("sosial.fakir_miskin", household(), form, at: sometime(), person: person)
    }

    private mutating func verification() {
        let form: Form = [
            "rumah": .text(chance.pick(["layak", "kurang_layak", "tidak_layak"])),
            "penghasilan": .text(chance.pick(["tetap", "tidak_tetap", "tidak_ada"])),
            "aset": .text(chance.pick(["tidak_ada", "sedikit", "cukup"])),
            "beban": .text(chance.pick(["ringan", "sedang", "berat"])),
            "risiko": .text(chance.pick(["rendah", "sedang", "tinggi"])), "skor": .number(chance.number(1...5)),
        ]
        record(
            "sosial.verifikasi_sosek",
            household(),
            form,
            at: sometime(),
            person: reporter("nama_kk", ["nik", "alamat"])
        )
    }

    private mutating func assistance() {
        let time = sometime()
        let people = residents(chance.pick([AgeGroup.mother, .elderly, .adult]), on: time.day)
        guard !people.isEmpty else { return }
        let resident = chance.pick(people)
        let condition = chance.weighted([("diterima_utuh", 8), ("berkurang", 1), ("tidak_diterima", 0.6)])
        let form: Form = [
            "jenis_bantuan": .text(chance.pick(["pkh", "bpnt", "blt_dd", "pbi_jkn", "lainnya"])),
            "nilai_rupiah": .number(condition == "tidak_diterima" ? 0 : 50_000 * chance.number(2...20)),
            "metode": .text(chance.pick(["tunai", "transfer", "barang"])), "kondisi": .text(condition),
        ]
        record(
            "sosial.penyaluran_bansos",
            .resident(resident.index),
            form,
            at: time,
            person: [("nama", resident.name)]
        )
    }

    private mutating func socialComplaint() {
        let time = sometime()
        var form: Form = [
            "jenis": .text(chance.pick(["bansos", "data_kemiskinan", "disabilitas", "anak", "lansia", "kekerasan"])),
            "lokasi": .text(Names.neighbourhood(&chance)),
        ]
        finishComplaint(&form, time)
        for paper in ["dok_ktp", "dok_kk", "dok_pernyataan"] where chance.chance(0.6) { form[paper] = .flag(true) }
        var person = reporter("nama_pelapor", ["nik", "no_hp", "alamat"])
        person.append(("isi_keluhan", "tidak tercatat sebagai penerima"))
        record("sosial.keluhan", nil, form, at: time, person: person)
    }

    private mutating func rehabilitation(_ name: String, _ group: AgeGroup, _ kind: Form) {
        guard chance.chance(0.05) else { return }
        let time = sometime()
        let people = settled(group).filter { name != "anak" || time.day.completedMonths(since: $0.birth) / 12 < 18 }
        guard !people.isEmpty else { return }
        let resident = chance.pick(people)
        var form = kind
        let isServed = chance.chance(0.4)
        form["status"] = .text(isServed ? "dilayani" : "diajukan")
        if isServed { form["layanan_permakanan"] = .flag(true) }
        if chance.chance(0.5) { form["dok_ktp"] = .flag(true) }
        record(
            "sosial.rehabilitasi_" + name,
            .resident(resident.index),
            form,
            at: time,
            person: [("nama", resident.name)]
        )
    }

    private mutating func disasterVictims() {
        let isServed = chance.chance(0.4)
        let persons = chance.number(2...7)
        var form: Form = [
            "jenis_bencana": .text(chance.pick(["banjir", "longsor", "kebakaran", "angin_kencang", "rob"])),
            "jumlah_jiwa": .number(persons), "mengungsi": maybe(0.4),
            "jiwa_rentan": .number(chance.number(0...persons)),
            "status": .text(isServed ? "dilayani" : "diajukan"),
        ]
        if isServed { form["bantuan_permakanan"] = .flag(true) }
        let person = reporter("nama_kk", ["nik", "alamat", "no_hp"])
        record("sosial.korban_bencana", household(), form, at: sometime(), person: person)
    }
}
