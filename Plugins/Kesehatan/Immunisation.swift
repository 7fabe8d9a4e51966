// One dose of a vaccine given to a child or a woman, with the old labels of the SIP sheets mapped.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// A dose given. A dose that is reported again in the same month counts once, because its indicator is distinct.
struct Immunisation: RecordHandler {
    enum Form: Questions {
        static let texts = ["dosis", "nomor_batch", "tempat_imunisasi"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "kesehatan.imunisasi"
    let schedule: Schedule

    func validate(_ payload: Payload) -> [Violation] {
        guard let label = payload.fields.text("dosis") else { return [] }
        switch schedule.meaning(of: label) {
        case .dose, .contained, .unnumbered:
            return []
        case .ask(let choices):
            let message = "\(label) dapat berarti \(choices): pilih salah satu"
            return [Violation("imunisasi.tanya", field: "dosis", message)]
        case .unknown:
            return [Violation("imunisasi.dosis", field: "dosis", "dosis \(label) tidak ada dalam jadwal imunisasi")]
        }
    }

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let client = Client(context) else { return Client.refusal(context) }
        guard let label = payload.fields.text("dosis") else { return [] }
        var fields = payload.fields.adding("umur_bulan", .integer(client.months))
        switch schedule.meaning(of: label) {
        case .dose(let dose):
            guard !dose.womenOnly || client.sex == .female else { return Client.notFemale("imunisasi \(dose.code)") }
            fields["dosis"] = .text(dose.code)
            if dose.code != label { fields["label_asal"] = .text(label) }
        case .contained(let code):
            fields["dosis"] = .text(code)
            fields["label_asal"] = .text(label)
        case .unnumbered:
            guard client.sex == .female else { return Client.notFemale("imunisasi \(label)") }
        case .ask, .unknown:
            return [.reject(validate(payload))]
        }
        return [.put(fields)]
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        var tally = Tally(record.context)
        switch record.payload.fields.text("dosis").map({ schedule.meaning(of: $0) }) {
        case .dose(let dose)?:
            if dose.womenOnly { tally.add(dose.indicator) } else { tally.split(dose.indicator) }
        case .unnumbered?:
            tally.add("imunisasi_tt_tanpa_nomor")
        case .contained?, .ask?, .unknown?, nil:
            break
        }
        return tally.contributions
    }
}

/// The doses of `immunisation.csv`, found by code or by an old label.
struct Schedule: Sendable {
    struct Dose: Hashable, Sendable {
        let code: String
        /// For the WUS series and HPV.
        let womenOnly: Bool
        let indicator: String
    }

    /// What a label on a form stands for `[I]`: mapped, never dropped.
    enum Meaning: Hashable, Sendable {
        case dose(Dose)
        /// Part of the dose named, which is reported by itself: kept, never counted twice.
        case contained(in: String)
        /// A dose whose number is not known.
        case unnumbered
        case ask(String)
        case unknown
    }

    private let meanings: [String: Meaning]

    init(_ table: Table) throws(SetupError) {
        var meanings: [String: Meaning] = [:]
        for row in table.rows {
            guard let code = row["dose_code"], let kind = row["kind"], let labels = row["legacy_label"] else {
                throw SetupError("immunisation.csv: a row without kind, dose_code or legacy_label")
            }
            let girls = row["condition"]?.hasPrefix("girls") ?? false
            let dose = Dose(code: code, womenOnly: kind == "wus" || girls, indicator: Schedule.indicator(code))
            meanings[Schedule.key(code)] = .dose(dose)
            for part in labels.split(separator: ";") {
                let label = Schedule.key(part)
                if label.hasPrefix("hepb") {
                    // Hepatitis B is part of the combined dose; the first may also stand for the dose at birth.
                    meanings[label] = label == "hepbi" ? .ask("HB0 atau \(code)") : .contained(in: code)
                } else if kind == "wus" {
                    meanings[label] = .unnumbered
                } else {
                    meanings[label] = .dose(dose)
                }
            }
        }
        self.meanings = meanings
    }

    func meaning(of label: String) -> Meaning { meanings[Schedule.key(label)] ?? .unknown }

    /// Upper and lower case, blanks and dashes do not tell labels apart.
    private static func key(_ label: some StringProtocol) -> String {
        String(decoding: label.utf8.compactMap { alphanumeric($0) }, as: UTF8.self)
    }

    /// `DPT-HB-Hib1` is counted as `imunisasi_dpt_hb_hib1`.
    private static func indicator(_ code: String) -> String {
        let words = code.utf8.map { alphanumeric($0) ?? UInt8(ascii: " ") }.split(separator: UInt8(ascii: " "))
        return (["imunisasi"] + words.map { String(decoding: $0, as: UTF8.self) }).joined(separator: "_")
    }

    private static func alphanumeric(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
        default: nil
        }
    }
}
