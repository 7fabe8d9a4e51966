// The papers that the housing office asks for with a case.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Identity and family card, no earlier aid, income, land title, photographs of three sides of the house (§4.5).
enum OfficePapers: PaperList {
    static let names =
        [
            "dok_ktp", "dok_kk", "dok_belum_pernah_bantuan", "dok_penghasilan", "dok_tanah",
        ] + photographs
    /// The house from three sides.
    static let photographs = ["dok_foto_depan", "dok_foto_samping", "dok_foto_belakang"]
}

/// A form together with its papers.
typealias Documented<Form: Decodable & Sendable> = FormWithPapers<Form, OfficePapers>
