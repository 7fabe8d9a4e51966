// One basic service of the SPM as a worksheet lists it.
// SPDX-License-Identifier: Apache-2.0

/// A row of the list of basic services: which office's sheet it is on and how it is called.
package struct BasicService: Sendable, Hashable {
    /// What a mapping names it by: the label id of the list, `15`.
    package var code: String
    /// One of the six sectors.
    package var sector: String
    package var name: String

    package init(code: String, sector: String, name: String) {
        self.code = code
        self.sector = sector
        self.name = name
    }
}
