// The health sector: reads tables and parameters once and lists a handler for each record type.
// SPDX-License-Identifier: Apache-2.0

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
        let services: [any RecordHandler] = [
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
            Education(), Complaint(), OpenDay(), Targets(), Supplies(), try MonthlyRecap(setup),
        ]
        handlers = services + (try Self.lifeCourse(setup, limits, nutrition, schedule))
    }
}
