// What a posyandu reports about itself: open day, target numbers, supplies, education, complaints.
// SPDX-License-Identifier: Apache-2.0

extension MonthPlan {
    mutating func planReports() {
        record(
            "kesehatan.hari_buka",
            nil,
            [
                "kader_l": .number(chance.number(0...1)), "kader_p": .number(chance.number(3...7)),
                "plkb_l": .number(0), "plkb_p": .number(chance.number(0...1)), "medis_l": .number(chance.number(0...1)),
                "medis_p": .number(chance.number(1...2)), "langkah_lengkap": maybe(0.9),
            ],
            at: atOpenDay()
        )
        for _ in 0..<chance.times(1.1) { education() }
        targets()
        for _ in 0..<chance.times(1.7) { supplies() }
        for _ in 0..<chance.times(0.16) { healthComplaint() }
    }

    private mutating func education() {
        let form: Form = [
            "tema": .text(chance.pick(["gizi", "asi_mp_asi", "imunisasi", "kesehatan_ibu", "tbc", "kb", "lansia"])),
            "peserta_l": .number(chance.number(0...9)), "peserta_p": .number(chance.number(8...32)),
            "metode": .text(chance.pick(["ceramah", "diskusi", "demonstrasi", "kelas"])),
        ]
        record("kesehatan.penyuluhan", nil, form, at: atOpenDay())
    }

    private mutating func targets() {
        let last = month.last
        let children = (residents(.child, on: last) + residents(.newborn, on: last)).filter {
            last.completedMonths(since: $0.birth) < 60
        }
        let boys = children.count { $0.isMale }
        let girls = children.count - boys
        let pregnant = residents(.mother, on: last).count { ($0.delivery?.due).map { $0 > last } ?? false }
        var form: Form = [
            "s_l": .number(boys), "s_p": .number(girls),
            "k_l": .number(max(0, boys - chance.times(0.3))), "k_p": .number(max(0, girls - chance.times(0.3))),
            "bayi_0_6": .number(children.count { last.completedMonths(since: $0.birth) <= 6 }),
            "bumil": .number(pregnant), "busui": .number(chance.number(4...11)),
            "anak_36": .number(children.count { last.completedMonths(since: $0.birth) == 36 }),
        ]
        if chance.chance(0.8) {
            form["wus"] = .number(chance.number(30...80))
            form["pus"] = .number(chance.number(25...60))
            form["kb_aktif"] = .number(chance.number(15...50))
            form["remaja_6_14"] = .number(chance.number(20...60))
            form["remaja_15_18"] = .number(chance.number(8...25))
            form["dewasa"] = .number(chance.number(90...220))
            form["lansia"] = .number(chance.number(15...50))
        }
        record("kesehatan.sasaran", nil, form, at: Moment(last, hour: 15, minute: chance.number(0...50)))
    }

    private mutating func supplies() {
        let before = chance.number(0...40)
        let got = chance.number(0...60)
        let given = chance.number(0...(before + got))
        let item = chance.pick(["kms", "oralit", "vitamin_a_biru", "vitamin_a_merah", "ttd", "obat_cacing"])
        let form: Form = [
            "barang": .text(item), "sisa_lalu": .number(before), "diterima": .number(got), "diberikan": .number(given),
            "sisa": .number(before + got - given),
        ]
        record("kesehatan.logistik", nil, form, at: sometime(from: 20))
    }

    private mutating func healthComplaint() {
        let time = sometime()
        var form: Form = [
            "jenis": .text(
                chance.pick(["pelayanan", "tenaga", "sarana", "obat", "jaminan_kesehatan", "lingkungan", "lainnya"])
            ),
            "isi_keluhan": .text(
                chance.pick(["obat habis sejak awal bulan", "timbangan \"dacin\" rusak", "antre lama"])
            ),
            "lokasi": .text(Names.neighbourhood(&chance)),
        ]
        finishComplaint(&form, time)
        record(
            "kesehatan.keluhan",
            nil,
            form,
            at: time,
            person: reporter("nama_pelapor", ["nik", "no_hp", "alamat"])
        )
    }

    /// What complaints of all sectors may say.
    mutating func finishComplaint(_ form: inout Form, _ time: Moment) {
        if chance.chance(0.5) { form["jk"] = .text(chance.pick(["L", "P"])) }
        if chance.chance(0.4) { form["tanggal_penyampaian"] = .date(time.day.adding(-chance.number(0...5))) }
        if chance.chance(0.5) {
            form["penerima_aspirasi"] = .text(chance.pick(["kader", "pengurus", "bidan", "pemdes"]))
        }
        if chance.chance(0.6) { form["prioritas"] = .text(chance.pick(["rendah", "sedang", "tinggi", "darurat"])) }
    }
}
