// What turns out to be wrong later: corrections, retractions, messages that are sent again.
// SPDX-License-Identifier: Apache-2.0

enum Corrections {
    /// The corrected form of a record; nil when its kind is never corrected here.
    static func corrected(_ record: StandingRecord, _ chance: inout SplitMix) -> Form? {
        var form = record.form
        switch record.type {
        case "kesehatan.penimbangan":
            let grams = form.number("berat_gram") ?? 5_000
            form["berat_gram"] = .number(max(1_800, grams + 50 * chance.number(-8...8)))
        case "kesehatan.penyuluhan", "sosial.kie":
            form["peserta_p"] = .number((form.number("peserta_p") ?? 0) + chance.number(1...5))
        case "kesehatan.hari_buka": form["kader_p"] = .number(chance.number(2...7))
        case "kesehatan.sasaran":
            form["s_l"] = .number((form.number("s_l") ?? 0) + 1)
            form["bumil"] = .number(chance.number(1...6))
        case "kesehatan.dewasa", "kesehatan.lansia": form["sistolik"] = .number(chance.number(100...165))
        case "kesehatan.kunjungan_ibu_hamil": form["lila_cm"] = .hundredths(10 * chance.number(215...290))
        case "perumahan_rakyat.pekarangan": form["jumlah"] = .number(chance.number(1...60))
        case "pekerjaan_umum.sumur": form["kondisi"] = .text(chance.pick(["baik", "rusak_ringan", "rusak_berat"]))
        case "pendidikan.perpustakaan":
            guard form.text("ketersediaan") == "ada" else { return nil }
            form["jumlah_buku"] = .number(chance.number(20...400))
        default: return nil
        }
        return form
    }
}

extension SourceLife {
    /// Decides whether a record will be corrected, withdrawn or sent again.
    mutating func planFollowUps(_ record: Int, at time: Moment) {
        let draw = chance.unit()
        let day = time.day.adding(chance.number(1...24))
        let later = Moment(day, hour: chance.number(8...15), minute: chance.number(0...59))
        switch draw {
        case ..<0.014: plan(later, .correct(record: record))
        case ..<0.018: plan(later, .retract(record: record))
        case ..<0.020: plan(later, .repeatMessage(record: record))
        default: break
        }
    }
}
