// How far a destination's own people have come with a document it holds.
// SPDX-License-Identifier: Apache-2.0

/// The destination's word on a document after it was stored; human verification takes days to weeks.
package struct Standing: Sendable, Hashable {
    package enum Stage: String, Sendable, Hashable, CaseIterable {
        /// Held, nobody has looked yet (`TERSIMPAN`).
        case stored = "tersimpan"
        /// The data custodian agrees (`TERVERIFIKASI`).
        case verified = "terverifikasi"
        /// The data supervisor agrees too (`FINAL`).
        case final
        /// Sent back with a note (`DIKEMBALIKAN`).
        case returned = "dikembalikan"
    }

    package var stage: Stage
    /// The verifier's words, when the document was sent back.
    package var note: String?

    package init(_ stage: Stage, note: String? = nil) {
        self.stage = stage
        self.note = note
    }

    /// From the two verdicts of walidata and pembina data, `Y`, `N` or nothing.
    init(custodian: String?, supervisor: String?, note: String?) {
        let words = note.map(Scrub.words).flatMap { $0.isEmpty ? nil : $0 }
        switch (custodian?.uppercased(), supervisor?.uppercased()) {
        case ("N", _) where words != nil, (_, "N") where words != nil: self.init(.returned, note: words)
        case ("Y", "Y"): self.init(.final)
        case ("Y", _): self.init(.verified)
        default: self.init(.stored)
        }
    }
}
