// Age on the service date: from the birth date, else as the kader wrote it.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// An age as written on a form: years, and months after the last birthday.
struct StatedAge: Sendable {
    var years: Int?
    var months: Int?

    var violations: [Violation] {
        guard months != nil, years == nil else { return [] }
        return [Violation("umur.tahun", field: "umur_tahun", "umur dalam bulan ditulis, umur dalam tahun belum")]
    }

    /// The ages in months that the words allow: one when months are written, a year of them otherwise.
    var range: ClosedRange<Int>? {
        guard let years, (0...150).contains(years) else { return nil }
        guard let months else { return (years * 12)...(years * 12 + 11) }
        guard (0...11).contains(months) else { return nil }
        return (years * 12 + months)...(years * 12 + months)
    }
}

/// Age groups always come from birth date and service date (domain §11); the stated age is a check on them.
struct AgeRule: Sendable {
    /// How far, in months, the stated age may be from the birth date's.
    let toleranceMonths: Int

    /// Completed months on the day of the service; nil when neither the registry nor the form says it.
    func months(_ stated: StatedAge, _ context: Context) -> Int? {
        if context.subject?.birthDate != nil { return context.subject?.ageInMonths(on: context.date) }
        return stated.range?.lowerBound
    }

    /// Why the age cannot be used; nil when it can.
    func violation(_ stated: StatedAge, _ context: Context) -> Violation? {
        guard let months = months(stated, context) else {
            let born = context.subject?.birthDate != nil
            return born
                ? Violation("umur.lahir", "tanggal lahir anak sesudah tanggal layanan")
                : Violation("umur.kosong", field: "umur_tahun", "tanggal lahir dan umur anak belum diisi")
        }
        guard let range = stated.range else { return nil }
        let early = range.lowerBound - months
        let late = months - range.upperBound
        guard early > toleranceMonths || late > toleranceMonths else { return nil }
        return Violation(
            "umur.tidak_cocok",
            field: "umur_tahun",
            "umur yang ditulis tidak cocok dengan tanggal lahir (\(months / 12) tahun \(months % 12) bulan)"
        )
    }
}
