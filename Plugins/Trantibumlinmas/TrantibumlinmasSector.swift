// The public order sector: which handler decides which record type.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Victims of disasters, education and drills, incidents, patrols and complaints. Everything in it is confidential.
@main
struct TrantibumlinmasSector: SectorPlugin {
    let handlers: [any RecordHandler]

    init(_ setup: Setup) throws {
        guard let childAge = setup.parameters.integer("umur_anak") else {
            throw SetupError("parameter 'umur_anak' is not a whole number")
        }
        guard let anonymous = setup.parameters.flag("kasus_tanpa_identitas") else {
            throw SetupError("parameter 'kasus_tanpa_identitas' is not yes or no")
        }
        let kinds = EventKinds(try setup.table("jenis_kejadian"))
        handlers = [
            TraumaVictim(childAge: childAge),
            EducationAndDrill(),
            Incident(kinds: kinds),
            Patrol(),
            ConfidentialComplaint(kinds: kinds, followsAnonymous: anonymous),
        ]
    }
}
