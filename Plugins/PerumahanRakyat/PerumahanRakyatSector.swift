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
        guard let minimum = setup.parameters.integer("komponen_buruk_minimum") else {
            throw SetupError("parameter 'komponen_buruk_minimum' is not a whole number")
        }
        let desk = CaseDesk(documentDays: days)
        let rule = CategoryRule(components: try setup.table("komponen_rtlh"), minimum: minimum)
        handlers = [
            House(rule: rule, desk: desk),
            Environment(),
            Garden(),
            Complaint(kinds: try setup.table("keluhan"), desk: desk),
        ]
    }
}
