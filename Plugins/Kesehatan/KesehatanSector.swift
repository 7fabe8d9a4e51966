// The health sector: reads tables and parameters once and lists a handler for each record type.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Health services of a posyandu over the whole life cycle.
///
/// To change what a record means, open the file of its family: `Weighing`, `Immunisation`, `ChildCare`, `Mothers`,
/// `Births`, `Examinations`, `Screenings`, `Residents` (home visit, contraception, death), `PostReports`.
@main
struct KesehatanSector: SectorPlugin {
    let handlers: [any RecordHandler]

    init(_ setup: Setup) throws {
        let limits = try Limits(setup)
        let nutrition = try Nutrition(setup)
        let windows = try VisitWindows(setup.table("kunjungan"))
        let bodyMass = try BodyMass(setup.table("imt_dewasa"))
        handlers = [
            Weighing(
                minimumGain: try MinimumGain(setup.table("kbm")),
                nutrition: nutrition,
                limits: limits
            ),
            Immunisation(schedule: try Schedule(setup.table("immunisation"))),
            VitaminA(), Deworming(), Diarrhoea(),
            AntenatalVisit(limits: limits), PostpartumVisit(limits: limits, windows: windows),
            Delivery(), Birth(limits: limits), NewbornVisit(limits: limits, windows: windows),
            SchoolAgeVisit(limits: limits),
            AdultVisit(limits: limits, bodyMass: bodyMass),
            ElderlyVisit(limits: limits, bodyMass: bodyMass, dailyLiving: try DailyLiving(setup.table("aks"))),
            TuberculosisScreening(limits: limits),
            LungScreening(limits: limits, scores: try LungScores(setup.table("puma"))),
            MindScreening(limits: limits),
            HomeVisit(limits: limits), Contraception(), Death(),
            Education(), Complaint(), OpenDay(), Targets(), Supplies(),
        ]
    }
}
