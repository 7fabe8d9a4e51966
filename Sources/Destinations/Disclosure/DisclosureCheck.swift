// Refuses a document that shows a small count or lets it be worked out, before it is frozen.
// SPDX-License-Identifier: Apache-2.0

/// The last look at what is about to be planned, by the attack alone.
enum DisclosureCheck {
    /// - Parameter isKept: whether a row of the table is in the document.
    /// - Returns: the entries that the attack touched.
    /// - Throws: ``PlanError`` `.disclosure`, with indicator and area of the first cell and never its number.
    @discardableResult
    static func verify(
        _ table: DisclosureTable,
        workLimit: Int = Attack.usualWorkLimit,
        rows isKept: (Int) -> Bool
    ) throws(PlanError) -> Int {
        var work = 0
        for view in table.views { work += try verify(view: view, workLimit, isKept) }
        return work
    }

    private static func verify(
        view table: DisclosureTable,
        _ workLimit: Int,
        _ isKept: (Int) -> Bool
    ) throws(PlanError) -> Int {
        let shown = table.shown(rows: isKept)
        var ours = Array(repeating: false, count: table.cells.count)
        for (index, row) in table.rows.enumerated() where isKept(index) {
            for cell in row { ours[cell] = true }
        }
        var attack = Attack(table, workLimit: workLimit)
        for disclosure in attack.disclosures(shown) {
            let name = table.cells[disclosure.cell].name
            if disclosure.among.isEmpty {
                guard ours[disclosure.cell] else { continue }
                throw PlanError(.disclosure, "the document shows the small count of \(name). \(remedy)")
            }
            // What follows from earlier documents alone is out of this one's hands.
            let among = Set(disclosure.among)
            let isOurs = table.relations.contains { relation in
                relation.contains { among.contains($0.cell) }
                    && relation.contains { ours[$0.cell] && !table.cells[$0.cell].wasShown }
            }
            guard isOurs else { continue }
            throw PlanError(
                .disclosure,
                "the small count of \(name) could be worked out from the figures beside it. \(remedy)"
            )
        }
        return attack.work
    }

    private static let remedy =
        "Leave the indicator or its disaggregation out of the mapping (unmapped: skip), and report this: "
        + "the suppression should have found it."
}
