// Handlers of school age, adults, elderly, their screenings, visits and answers to referrals.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

extension KesehatanSector {
    /// What residents from 6 years on are served with, and visits of all ages.
    static func lifeCourse(
        _ setup: Setup,
        _ limits: Limits,
        _ nutrition: Nutrition,
        _ schedule: ImmunisationSchedule
    ) throws -> [any RecordHandler] {
        let bands = try setup.table("kelompok_umur")
        let groups = try AgeGroups(bands, scheme: "ilp")
        let followUp = try FollowUp(setup)
        let bodyMass = try BodyMass(setup.table("imt_dewasa"))
        func grownUps(_ name: String) throws -> GrownUps {
            GrownUps(name: name, ages: try groups.group(name), limits: limits, bodyMass: bodyMass)
        }
        return [
            SchoolAgeVisit(
                ages: try groups.group("remaja"),
                bands: try AgeGroups(bands, scheme: "ilp_remaja"),
                limits: limits,
                bodyMass: try SchoolBodyMass(nutrition, bodyMass, words: setup.table("imt_umur")),
                followUp: followUp
            ),
            AdultVisit(grownUps: try grownUps("dewasa"), followUp: followUp),
            ElderlyVisit(
                grownUps: try grownUps("lansia"),
                dailyLiving: try DailyLiving(setup.table("aks")),
                screening: ElderlyScreening(armLimit: try setup.decimal("lila_lansia_cm")),
                followUp: followUp
            ),
            TuberculosisScreening(
                groups: groups,
                adultYears: try setup.integer("tbc_lesu_umur_tahun"),
                followUp: followUp
            ),
            LungScreening(limits: limits, scores: try LungScores(setup.table("puma")), followUp: followUp),
            MindScreening(limits: limits, followUp: followUp),
            AdolescentScreening(
                ages: try groups.group("remaja"),
                referral: try setup.integer("heeadsss_rujuk"),
                followUp: followUp
            ),
            PosyanduVisit(
                groups: try AgeGroups(bands, scheme: "sip_6"),
                childbearing: try AgeGroups(bands, scheme: "sip_6_wus"),
                schedule: schedule,
                limits: limits
            ),
            ReferralAnswer(limits: limits),
        ]
    }
}
