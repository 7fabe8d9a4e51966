// The papers that the education office asks for with a case.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Copy of the identity card, copy of the family card, statement of poverty by the RT (domain §4.2).
enum OfficePapers: PaperList {
    static let names = ["dok_ktp", "dok_kk", "dok_tidak_mampu"]
}

/// A form together with its papers.
typealias Documented<Form: Decodable & Sendable> = FormWithPapers<Form, OfficePapers>
