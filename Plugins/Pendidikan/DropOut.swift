// A child of 7 to 18 years who is out of school.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Lists a drop-out: legal services 10 (7-15 years) and 11 (7-18 years). The first listing of a child opens a case.
struct DropOut: RecordHandler {
    struct Form: Decodable, Sendable {
        var years: Int?
        var months: Int?
        var lastLevel: String
        var reason: String
        var willing: Bool?
        var note: String?

        enum CodingKeys: String, CodingKey {
            case years = "umur_tahun"
            case months = "umur_bulan"
            case lastLevel = "jenjang_terakhir"
            case reason = "alasan"
            case willing = "bersedia_kembali"
            case note = "catatan"
        }

        var age: StatedAge { StatedAge(years: years, months: months) }
    }

    /// 7 to 18 years in completed months, the target of service 11 (domain §4.9).
    static let ages = 84..<228
    /// 7 to 15 years, the target of service 10 (domain §4.9).
    static let basicAges = 84..<192

    let type: RecordType = "pendidikan.putus_sekolah"
    let ages: AgeRule
    let desk: CaseDesk

    func validate(_ payload: Documented<Form>) -> [Violation] { payload.age.violations }

    func apply(_ payload: Documented<Form>, in context: Context) -> [Effect] {
        if let violation = ages.violation(payload.age, context) { return [.reject(violation)] }
        guard let months = ages.months(payload.age, context), Self.ages.contains(months) else {
            return [
                .reject(Violation("putus_sekolah.umur", field: "umur_tahun", "umur anak di luar 7 sampai 18 tahun"))
            ]
        }
        var fields: Fields = [
            "jenjang_terakhir": .text(payload.lastLevel),
            "alasan": .text(payload.reason),
            "umur": .integer(months),
            "layanan_spm": .text(Self.basicAges.contains(months) ? "10 11" : "11"),
        ]
        fields["bersedia_kembali"] = payload.willing.map { .flag($0) }
        fields["catatan"] = payload.note.map { .text($0) }
        payload.documents.put(into: &fields)
        guard context.latest(type) == nil else { return [.put(fields)] }
        return [.put(fields)] + desk.open("putus_sekolah", priority: nil, documents: payload.documents)
    }

    func summarise(_ record: Record<Documented<Form>>) -> [Contribution] {
        guard let months = ages.months(record.payload.age, record.context) else { return [] }
        let child = record.context.subject?.id
        let all = Contribution("pendidikan.anak_putus_sekolah", record.date.period, subject: child)
        guard Self.basicAges.contains(months) else { return [all] }
        return [all, Contribution("pendidikan.putus_sekolah_dikdas", record.date.period, subject: child)]
    }
}
