// Basic social rehabilitation outside institutions: the legal services 33 to 36.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// From and up to which age, in completed years, somebody belongs to a target group: `kelompok.csv`.
struct AgeLimits: Sendable {
    private let limits: [String: (from: Int?, upTo: Int?)]

    init(_ table: Table) throws(SetupError) {
        var limits: [String: (from: Int?, upTo: Int?)] = [:]
        for row in table.rows {
            guard let group = row["kelompok"] else { throw SetupError("kelompok.csv: a row without kelompok") }
            limits[group] = (row.integer("umur_dari"), row.integer("umur_sampai"))
        }
        self.limits = limits
    }

    /// Why somebody of this age does not belong to the group; a group without limits takes everybody.
    func refusal(_ group: Rehabilitation.Group, _ years: Int?) -> Violation? {
        guard let limit = limits[group.rawValue], limit.from != nil || limit.upTo != nil else { return nil }
        guard let years else {
            return Violation("subjek.tanggal_lahir", "tanggal lahir belum diisi: lengkapi data warga")
        }
        if let from = limit.from, years < from {
            return Violation("subjek.umur", "umur \(years) tahun: \(group.rawValue) terlantar mulai \(from) tahun")
        }
        if let upTo = limit.upTo, years > upTo {
            return Violation("subjek.umur", "umur \(years) tahun: \(group.rawValue) terlantar sampai \(upTo) tahun")
        }
        return nil
    }
}

/// Rehabilitation of one target group. `diajukan` opens a case, `dilayani` counts as served.
struct Rehabilitation: RecordHandler {
    /// The four target groups; each is a record type and a legal service of its own.
    enum Group: String, Sendable {
        case disability = "disabilitas"
        case child = "anak"
        case elderly = "lansia"
        case homeless = "tuna_sosial"
    }

    enum Form: Questions {
        static let texts = ["jenis_disabilitas", "jenis_tuna_sosial", "status"]
        static let flags = Rehabilitation.services
    }
    typealias Payload = FormWithPapers<Answers<Form>, OfficePapers>

    static let services = [
        "layanan_permakanan", "layanan_sandang", "layanan_alat_bantu", "layanan_perbekalan_kesehatan",
        "layanan_bimbingan", "layanan_dokumen_kependudukan", "layanan_akses_layanan", "layanan_penelusuran_keluarga",
    ]

    let type: RecordType
    let group: Group
    let ages: AgeLimits
    let desk: CaseDesk

    init(_ group: Group, ages: AgeLimits, desk: CaseDesk) {
        type = RecordType("sosial.rehabilitasi_" + group.rawValue)
        self.group = group
        self.ages = ages
        self.desk = desk
    }

    func validate(_ payload: Payload) -> [Violation] {
        guard payload.fields.text("status") == "dilayani", payload.fields.yes(Rehabilitation.services) == 0 else {
            return []
        }
        return [Violation("rehabilitasi.layanan", field: "status", "dilayani: pilih layanan yang diberikan")]
    }

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        let years = context.subject?.ageInYears(on: context.date)
        if let refusal = ages.refusal(group, years) { return [.reject(refusal)] }
        let answers = own(payload.fields)
        var fields = answers
        payload.documents.put(into: &fields)
        fields["umur_tahun"] = years.map { .integer($0) }
        let waiting = context.latest(type)?.fields.text("status") == "diajukan"
        guard answers.text("status") == "diajukan", !waiting else { return [.put(fields)] }
        return [.put(fields)]
            + desk.open("rehabilitasi_" + group.rawValue, priority: .medium, documents: payload.documents)
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        var tally = Tally(record.context)
        tally.add("rehabilitasi_\(group.rawValue)_didata")
        tally.add("rehabilitasi_\(group.rawValue)_dilayani", if: record.payload.fields.text("status") == "dilayani")
        return tally.contributions
    }

    /// The answers without the question that only another group's form asks.
    private func own(_ answers: Fields) -> Fields {
        var answers = answers
        if group != .disability { answers["jenis_disabilitas"] = nil }
        if group != .homeless { answers["jenis_tuna_sosial"] = nil }
        return answers
    }
}
