// The housing sector: which handler decides which record type.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Sub-standard houses, a clean environment, gardens and what residents ask for.
@main
struct PerumahanRakyatSector: SectorPlugin {
    let handlers: [any RecordHandler]

    init(_ setup: Setup) throws {
        guard let days = setup.parameters.integer("tenggat_dokumen") else {
            throw SetupError("parameter 'tenggat_dokumen' is not a whole number")
        }
        guard let minimum = setup.parameters.decimal("skor_rtlh_minimum") else {
            throw SetupError("parameter 'skor_rtlh_minimum' is not a number")
        }
        let desk = CaseDesk(documentDays: days)
        let rule = try HouseScore(components: setup.table("komponen_rtlh"), minimum: minimum)
        handlers = [
            House(rule: rule, desk: desk),
            Environment(),
            Garden(),
            Complaint<ComplaintForm>(
                "perumahan_rakyat.keluhan",
                kinds: KindServices(try setup.table("keluhan")),
                desk: desk
            ),
        ]
    }
}
