// A child of 0 to 6 years: in early education (PAUD) or not.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Lists a young child. A child of 5 or 6 outside early education concerns legal service 9 and opens a case, once.
struct EarlyChildhood: RecordHandler {
    struct Form: Decodable, Sendable {
        var years: Int?
        var months: Int?
        var attends: Bool
        var school: String?
        var development: String?

        enum CodingKeys: String, CodingKey {
            case years = "umur_tahun"
            case months = "umur_bulan"
            case attends = "status_paud"
            case school = "nama_paud"
            case development = "catatan_perkembangan"
        }

        var age: StatedAge { StatedAge(years: years, months: months) }
    }

    /// 0 to 6 years in completed months (domain §4.2).
    static let ages = 0..<84
    /// 5 to 6 years, the target of service 9 (domain §4.9).
    static let serviceAges = 60..<84

    let type: RecordType = "pendidikan.anak_usia_dini"
    let ages: AgeRule
    let desk: CaseDesk

    func validate(_ payload: Documented<Form>) -> [Violation] {
        var violations = payload.age.violations
        if payload.attends, !payload.school.isWritten {
            violations.append(Violation("anak_usia_dini.nama_paud", field: "nama_paud", "nama PAUD belum diisi"))
        }
        if !payload.attends, payload.school.isWritten {
            violations.append(
                Violation("anak_usia_dini.status_paud", field: "status_paud", "nama PAUD diisi, tetapi anak tidak PAUD")
            )
        }
        return violations
    }

    func apply(_ payload: Documented<Form>, in context: Context) -> [Effect] {
        if let violation = ages.violation(payload.age, context) { return [.reject(violation)] }
        guard let months = ages.months(payload.age, context), Self.ages.contains(months) else {
            return [.reject(Violation("anak_usia_dini.umur", field: "umur_tahun", "anak sudah lebih dari 6 tahun"))]
        }
        let unserved = isUnserved(payload, months)
        var fields: Fields = ["status_paud": .flag(payload.attends), "umur": .integer(months)]
        fields["nama_paud"] = payload.school.map { .text($0) }
        fields["catatan_perkembangan"] = payload.development.map { .text($0) }
        fields["layanan_spm"] = unserved ? .text("9") : nil
        payload.documents.put(into: &fields)
        let known = context.latest(type)?.fields.text("layanan_spm") != nil
        guard unserved, !known else { return [.put(fields)] }
        return [.put(fields)] + desk.open("di_luar_paud", priority: nil, documents: payload.documents)
    }

    func summarise(_ record: Record<Documented<Form>>) -> [Contribution] {
        guard let months = ages.months(record.payload.age, record.context) else { return [] }
        var indicators = ["pendidikan.anak_usia_dini"]
        indicators.append(record.payload.attends ? "pendidikan.anak_paud" : "pendidikan.anak_di_luar_paud")
        if isUnserved(record.payload, months) { indicators.append("pendidikan.anak_5_6_di_luar_paud") }
        let child = record.context.subject?.id
        return indicators.map { Contribution($0, record.date.period, subject: child) }
    }

    private func isUnserved(_ payload: Documented<Form>, _ months: Int) -> Bool {
        !payload.attends && Self.serviceAges.contains(months)
    }
}
