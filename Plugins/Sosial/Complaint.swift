// What the complaint form of this sector asks.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// The common questions without the text of the complaint: what is complained of, and by whom, stays in the envelope,
/// since the sector is confidential.
enum ComplaintForm: ComplaintQuestions {
    static let texts = ComplaintWords.texts.filter { $0 != "isi_keluhan" }
    static let names = OfficePapers.names
}
