// The resident that a health record is about: sex and age on the day of the service.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// A resident whose sex and age are known, as nearly every health rule needs.
struct Client: Sendable {
    let sex: Sex
    /// Days since birth.
    let days: Int
    /// Completed months.
    let months: Int
    /// Completed years.
    var years: Int { months / 12 }

    /// nil when sex or birth date is missing, or the service came before birth; ``refusal(_:)`` says which.
    init?(_ context: Context) {
        guard let subject = context.subject, let sex = subject.sex,
            let days = subject.ageInDays(on: context.date), let months = subject.ageInMonths(on: context.date)
        else { return nil }
        self.sex = sex
        self.days = days
        self.months = months
    }

    /// Why ``init(_:)`` gave nothing.
    static func refusal(_ context: Context) -> [Effect] {
        guard let birth = context.subject?.birthDate else {
            return [.reject(Violation("subjek.tanggal_lahir", "tanggal lahir belum diisi: lengkapi data warga"))]
        }
        guard context.subject?.sex != nil else {
            return [.reject(Violation("subjek.jenis_kelamin", "jenis kelamin belum diisi: lengkapi data warga"))]
        }
        let message = "tanggal pelayanan \(context.date) sebelum tanggal lahir \(birth): periksa kedua tanggal"
        return [.reject(Violation("subjek.belum_lahir", message))]
    }

    /// Refuses a record for an age outside what its form is for.
    static func wrongAge(_ message: String) -> [Effect] { [.reject(Violation("subjek.umur", message))] }

    /// Refuses a record of a form for women.
    static func notFemale(_ what: String) -> [Effect] {
        [.reject(Violation("subjek.perempuan", "\(what) hanya untuk perempuan: periksa warga yang dipilih"))]
    }
}

extension Tally {
    /// Counts under the indicators of this sector.
    init(_ context: Context) { self.init(context, sector: "kesehatan") }
}
