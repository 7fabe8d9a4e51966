// The papers that the social office asks for with a case.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// KTP, KK and the statement of the village government `[C: PRD-Tegal]`.
enum OfficePapers: PaperList {
    static let names = ["dok_ktp", "dok_kk", "dok_pernyataan"]
    /// What a kader is asked for when one is missing.
    static let request = "lengkapi KTP, KK, dan surat pernyataan Pemdes/Kelurahan"
}
