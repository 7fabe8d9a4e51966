// The health sector: reads tables and parameters once and lists a handler for each record type.
// SPDX-License-Identifier: Apache-2.0

import Growth
import PluginKit

/// Health services of a posyandu over the whole life cycle.
///
/// To change what a record means, open the file of its family: `Weighing`, `ChildCare`, the folders `Immunisation`,
/// `Mothers` (pregnancy to newborn, deaths), `People` (school age, adults, elderly) and `Screening`, `Residents` (home visit,
/// contraception), `PosyanduVisit`, `FollowUp` and `ReferralAnswer`, `PostReports`.
@main
struct KesehatanSector: SectorPlugin {
    let handlers: [any RecordHandler]

    init(_ setup: Setup) throws {
        let limits = try Limits(setup)
        let windows = try VisitWindows(setup.table("kunjungan"))
        let schedule = try ImmunisationSchedule(setup)
        let campaigns = try Campaigns(setup)
        let pregnancies = try PregnancyRules(setup)
        let targets = try AntenatalTargets(trimesters: setup.table("trimester"), targets: setup.table("antenatal"))
        let nutrition = try Nutrition(setup)
        handlers =
            [
                Weighing(
                    minimumGain: try MinimumGain(setup.table("kbm")),
                    nutrition: nutrition,
                    limits: limits
                ),
                Immunisation(schedule: schedule, limits: limits, pregnancies: pregnancies),
                VitaminA(schedule: schedule, campaigns: campaigns, limits: limits),
                Deworming(schedule: schedule, campaigns: campaigns, limits: limits),
                Diarrhoea(), try GirlsTablets(setup),
                AntenatalVisit(limits: limits, pregnancies: pregnancies, targets: targets),
                PostpartumVisit(limits: limits, windows: windows, pregnancies: pregnancies),
                Delivery(limits: limits, pregnancies: pregnancies, windows: windows), Birth(limits: limits),
                NewbornVisit(limits: limits, windows: windows),
                Death(pregnancies: pregnancies, limits: limits),
                HomeVisit(limits: limits), Contraception(),
                Education(), Complaint(), OpenDay(), Targets(), Supplies(), ReferralAnswer(limits: limits),
                try MonthlyRecap(setup),
            ] + (try Self.lifeCourse(setup, limits, nutrition))
    }

    /// School age, adults, elderly, their screenings, and visits.
    private static func lifeCourse(
        _ setup: Setup,
        _ limits: Limits,
        _ nutrition: Nutrition
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
                bodyMass: try SchoolBodyMass(
                    nutrition.tables,
                    nutrition.categories,
                    bodyMass,
                    words: setup.table("imt_umur")
                ),
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
                childbearing: try AgeGroups(bands, scheme: "sip_6_wus")
            ),
        ]
    }
}
