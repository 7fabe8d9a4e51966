// The social sector: reads its tables and parameter once and lists a handler for each record type.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Social services of a posyandu. Confidential, apart from the education sessions.
///
/// To change what a record means, open the file of its family: `SocialEducation`, `Poverty`, `Assistance`,
/// `Complaint`, `Rehabilitation`, `DisasterVictims`.
@main
struct SosialSector: SectorPlugin {
    let handlers: [any RecordHandler]

    init(_ setup: Setup) throws {
        guard let documentDays = setup.parameters.integer("tenggat_dokumen") else {
            throw SetupError("parameter tenggat_dokumen is missing")
        }
        let desk = CaseDesk(documentDays: documentDays, request: OfficePapers.request)
        let ages = try AgeLimits(setup.table("kelompok"))
        handlers = [
            SocialEducation(), PoorHousehold(documentDays: desk.documentDays),
            SocioEconomicCheck(score: try PovertyScore(setup.table("skor_kemiskinan"))), Assistance(),
            Complaint<ComplaintForm>(
                "sosial.keluhan",
                kinds: KindServices(try setup.table("keluhan")),
                desk: desk,
                reasonPrefix: "",
                standard: .medium,
                countsKinds: true
            ),
            DisasterVictims(),
            Rehabilitation(.disability, ages: ages, desk: desk), Rehabilitation(.child, ages: ages, desk: desk),
            Rehabilitation(.elderly, ages: ages, desk: desk), Rehabilitation(.homeless, ages: ages, desk: desk),
        ]
    }
}

extension Tally {
    /// Counts under the indicators of this sector.
    init(_ context: Context) { self.init(context, sector: "sosial") }
}
