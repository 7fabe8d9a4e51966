// The public works sector: which handler decides which record type.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Water, waste water, basins, water lines, wells, roads and what residents ask for.
@main
struct PekerjaanUmumSector: SectorPlugin {
    let handlers: [any RecordHandler]

    init(_ setup: Setup) throws {
        guard let days = setup.parameters.integer("tenggat_dokumen") else {
            throw SetupError("parameter 'tenggat_dokumen' is not a whole number")
        }
        guard let distance = setup.parameters.decimal("jarak_septik_minimum") else {
            throw SetupError("parameter 'jarak_septik_minimum' is not a number")
        }
        guard let tolerance = setup.parameters.integer("toleransi_panjang") else {
            throw SetupError("parameter 'toleransi_panjang' is not a whole number")
        }
        let desk = CaseDesk(documentDays: days)
        handlers = [
            WaterAndWaste(desk: desk),
            Inspection<Basin>(desk: desk),
            Inspection<WaterLine>(desk: desk),
            Inspection<Road>(desk: desk) { $0.tooLong(tolerance: tolerance) },
            Well(safeDistance: distance, desk: desk),
            Complaint<ComplaintForm>(
                "pekerjaan_umum.keluhan",
                kinds: KindServices(try setup.table("keluhan")),
                desk: desk,
                mapPaper: OfficePapers.mapPoint
            ),
        ]
    }
}
