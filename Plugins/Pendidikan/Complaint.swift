// What the complaint form of this sector asks.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// The common questions, with the papers of the office.
enum ComplaintForm: ComplaintQuestions {
    static let names = OfficePapers.names
}
