// K1, K4 and K6: which contacts of a pregnancy make them.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// The contacts by trimester that each target asks for, from `trimester.csv` and `antenatal.csv` `[G]`.
struct AntenatalTargets: Sendable {
    private struct Target: Sendable {
        let name: String
        /// Least days with a contact, by trimester.
        let contacts: [Int]
        /// Least days on which a doctor examined with ultrasound.
        let doctor: Int
    }

    /// The last week of each trimester.
    private let lastWeeks: [Int]
    private let targets: [Target]

    init(trimesters: Table, targets: Table) throws(SetupError) {
        lastWeeks = trimesters.rows.compactMap { $0.integer("minggu_sampai") }
        guard lastWeeks.count == 3, lastWeeks == lastWeeks.sorted() else {
            throw SetupError("trimester.csv: needs three rows with rising minggu_sampai")
        }
        var read: [Target] = []
        for row in targets.rows {
            guard let name = row["capaian"], let first = row.integer("trimester_1"),
                let second = row.integer("trimester_2"), let third = row.integer("trimester_3"),
                let doctor = row.integer("dokter_usg")
            else { throw SetupError("antenatal.csv: a row without capaian, trimester_1-3 or dokter_usg") }
            read.append(Target(name: name, contacts: [first, second, third], doctor: doctor))
        }
        self.targets = read
    }

    /// 1, 2 or 3.
    func trimester(week: Int) -> Int { 1 + lastWeeks.dropLast().count { week > $0 } }

    /// What the contacts of a pregnancy have reached. Two contacts on one day are one; a kader's contact is none.
    func reached(_ contacts: [AntenatalContact]) -> [String] {
        let examinations = contacts.filter(\.isExamination)
        guard let first = examinations.first else { return [] }
        var reached = ["k1_akses"]
        if trimester(week: first.week) == 1 { reached.append("k1_murni") }
        var days: [Set<CivilDate>] = [[], [], []]
        for contact in examinations where !days.contains(where: { $0.contains(contact.date) }) {
            days[trimester(week: contact.week) - 1].insert(contact.date)
        }
        let doctor = Set(examinations.filter { $0.examiner == "dokter" && $0.ultrasound }.map(\.date)).count
        for target in targets where doctor >= target.doctor {
            if zip(days, target.contacts).allSatisfy({ $0.count >= $1 }) { reached.append(target.name) }
        }
        return reached
    }
}
