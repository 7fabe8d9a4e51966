// What a posyandu reports about itself: education, complaints, open days, target numbers, supplies.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// A session of health education.
struct Education: RecordHandler {
    enum Form: Questions {
        static let texts = ["tema", "metode"]
        static let integers = ["peserta_l", "peserta_p"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "kesehatan.penyuluhan"

    func apply(_ payload: Payload, in context: Context) -> [Effect] { [.put(payload.fields)] }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let answers = record.payload.fields
        var tally = Tally(record.context)
        tally.add("penyuluhan")
        tally.number("penyuluhan_peserta", answers.total(["peserta_l", "peserta_p"]))
        tally.number("penyuluhan_peserta_l", answers.integer("peserta_l"))
        tally.number("penyuluhan_peserta_p", answers.integer("peserta_p"))
        return tally.contributions
    }
}

/// A complaint or proposal about health services: opens a case. Who complains stays in the envelope.
struct Complaint: RecordHandler {
    enum Form: Questions {
        static let texts = ["jenis", "isi_keluhan", "lokasi", "jk", "penerima_aspirasi", "prioritas", "status"]
        static let flags = ["lampiran"]
        static let dates = ["tanggal_penyampaian"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "kesehatan.keluhan"

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        let answers = payload.fields
        if let reported = answers.date("tanggal_penyampaian"), reported > context.date {
            let message = "tanggal penyampaian \(reported) sesudah tanggal catatan \(context.date)"
            return [.reject(Violation("keluhan.tanggal", field: "tanggal_penyampaian", message))]
        }
        let kind = answers.text("jenis") ?? "lainnya"
        return [.put(answers), .openCase(reason: kind, priority: answers.text("prioritas") ?? "sedang")]
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        var tally = Tally(record.context)
        tally.add("keluhan")
        tally.sort("keluhan", record.payload.fields.text("jenis"))
        return tally.contributions
    }
}

/// An open day and who was there to serve.
struct OpenDay: RecordHandler {
    enum Form: Questions {
        static let integers = OpenDay.staff
        static let flags = ["langkah_lengkap"]
    }
    typealias Payload = Answers<Form>

    static let staff = ["kader_l", "kader_p", "plkb_l", "plkb_p", "medis_l", "medis_p"]

    let type: RecordType = "kesehatan.hari_buka"

    func apply(_ payload: Payload, in context: Context) -> [Effect] { [.put(payload.fields)] }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let answers = record.payload.fields
        var tally = Tally(record.context)
        tally.add("hari_buka")
        tally.add("hari_buka_lengkap", if: answers.flag("langkah_lengkap"))
        for name in OpenDay.staff { tally.number("hadir_" + name, answers.integer(name)) }
        return tally.contributions
    }
}

/// Numbers of people at the end of a month: S and K of the SKDN balance, and the targets of the other groups.
struct Targets: RecordHandler {
    enum Form: Questions {
        static let integers = ["s_l", "s_p", "k_l", "k_p"] + Targets.groups
    }
    typealias Payload = Answers<Form>

    static let groups = [
        "bayi_0_6", "bumil", "busui", "wus", "pus", "kb_aktif", "anak_36", "remaja_6_14", "remaja_15_18", "dewasa",
        "lansia",
    ]

    let type: RecordType = "kesehatan.sasaran"

    func apply(_ payload: Payload, in context: Context) -> [Effect] { [.put(payload.fields)] }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let answers = record.payload.fields
        var tally = Tally(record.context)
        for letter in ["s", "k"] {
            tally.number(letter, answers.total([letter + "_l", letter + "_p"]))
            tally.number(letter + "_l", answers.integer(letter + "_l"))
            tally.number(letter + "_p", answers.integer(letter + "_p"))
        }
        for group in Targets.groups { tally.number("sasaran_" + group, answers.integer(group)) }
        return tally.contributions
    }
}

/// Supplies of one kind over a month: left over, received, given out, left.
struct Supplies: RecordHandler {
    enum Form: Questions {
        static let texts = ["barang"]
        static let integers = ["sisa_lalu", "diterima", "diberikan", "sisa"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "kesehatan.logistik"

    func validate(_ payload: Payload) -> [Violation] {
        guard let available = payload.fields.total(["sisa_lalu", "diterima"]),
            let accounted = payload.fields.total(["diberikan", "sisa"]), available != accounted
        else { return [] }
        let message = "sisa lalu + diterima = \(available), tetapi diberikan + sisa = \(accounted)"
        return [Violation("logistik.jumlah", field: "sisa", message)]
    }

    func apply(_ payload: Payload, in context: Context) -> [Effect] { [.put(payload.fields)] }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let answers = record.payload.fields
        guard let item = answers.text("barang") else { return [] }
        var tally = Tally(record.context)
        tally.number("logistik_sisa_" + item, answers.integer("sisa"))
        tally.number("logistik_diberikan_" + item, answers.integer("diberikan"))
        return tally.contributions
    }
}
