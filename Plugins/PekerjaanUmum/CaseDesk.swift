// The papers that the public works office asks for with a case.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Copies of identity and family card, letter of request by RT, RW or Kadus, point on the map (domain §4.4).
enum OfficePapers: PaperList {
    static let names = ["dok_ktp", "dok_kk", "dok_permohonan", mapPoint]
    /// A point or line on the form is this paper.
    static let mapPoint = "dok_titik_lokasi"
}

/// A form together with its papers.
typealias Documented<Form: Decodable & Sendable> = FormWithPapers<Form, OfficePapers>
