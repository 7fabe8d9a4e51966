// What a destination was sent before, as disclosure control has to know it.
// SPDX-License-Identifier: Apache-2.0

package import Summaries

/// A frozen snapshot and the documents of it that a destination was sent, or is going to be.
package struct EarlierSnapshot: Sendable {
    package var snapshot: PeriodSnapshot
    package var documents: [OutboundDocument]

    package init(snapshot: PeriodSnapshot, documents: [OutboundDocument]) {
        self.snapshot = snapshot
        self.documents = documents
    }
}

/// The place of a number in a document, in the destination's names.
package struct ShownFigure: Sendable, Hashable {
    package var code: String
    package var area: String
    /// Empty where the dialect has no disaggregation.
    package var option: String

    package init(code: String, area: String, option: String = "") {
        self.code = code
        self.area = area
        self.option = option
    }
}
