// The education sector: which handler decides which record type.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Early education, drop-outs, reading, digital literacy, learning aids and what residents ask for.
@main
struct PendidikanSector: SectorPlugin {
    let handlers: [any RecordHandler]

    init(_ setup: Setup) throws {
        let desk = CaseDesk(documentDays: try setup.count("tenggat_dokumen"))
        let ages = AgeRule(toleranceMonths: try setup.count("toleransi_umur"))
        handlers = [
            EarlyChildhood(ages: ages, desk: desk),
            DropOut(ages: ages, desk: desk),
            ReadingFacility(),
            DigitalLiteracy(),
            LearningAid(),
            Proposal(desk: desk),
            Complaint<ComplaintForm>("pendidikan.keluhan", kinds: KindServices(try setup.table("keluhan")), desk: desk),
        ]
    }
}

extension Setup {
    /// A whole number among the parameters.
    ///
    /// - Throws: ``SetupError`` when the manifest and the daemon give none.
    func count(_ parameter: String) throws(SetupError) -> Int {
        guard let value = parameters.integer(parameter) else {
            throw SetupError("parameter '\(parameter)' is not a whole number")
        }
        return value
    }
}
