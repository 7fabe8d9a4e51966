// What the complaint form of this sector asks.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// The common questions, the RT's letter and the place to build at, with the papers of the office.
enum ComplaintForm: ComplaintQuestions {
    static let texts = ComplaintWords.texts + ["no_surat_permohonan", "lokasi_pembangunan"]
    static let points = ["titik"]
    static let names = OfficePapers.names
}
