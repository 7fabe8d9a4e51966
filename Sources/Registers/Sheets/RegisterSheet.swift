// A register as data: typed cells in rows, the same for the same registry, before any file format.
// SPDX-License-Identifier: Apache-2.0
package import PluginKit

/// One cell.
package enum SheetCell: Hashable, Sendable {
    /// Not reported, or not recorded: not zero.
    case empty
    case number(ExactDecimal)
    /// Never taken for a formula, whatever it begins with.
    case text(String)
}

/// One column with its place on the sheet.
package struct SheetColumn: Hashable, Sendable {
    /// From the group down to the column.
    package var heading: [String]
    /// What a reader must know of it.
    package var note: String?
}

/// Where the figures of a row come from.
package enum SheetOrigin: String, Hashable, Sendable {
    /// Nobody reported.
    case none
    case records
    /// All of it was entered from a paper recap.
    case paper
    /// Some figures are from paper, others from records; never both in one figure.
    case mixed
}

package struct SheetRow: Hashable, Sendable {
    package var cells: [SheetCell]
    package var origin: SheetOrigin = .none
}

/// A block of columns and rows with its own headings.
package struct SheetTable: Hashable, Sendable {
    package var title: String
    package var columns: [SheetColumn]
    package var rows: [SheetRow]
    /// The line under the rows; nil when nothing may be added up.
    package var total: SheetRow?
    /// Whether a line of column numbers stands under the headings, as on the printed sheets.
    package var isNumbered: Bool

    /// How many lines the headings take.
    package var headingDepth: Int { columns.map(\.heading.count).max() ?? 0 }
}

/// A whole register of one posyandu or area and one year or month.
package struct RegisterSheet: Hashable, Sendable {
    package var sector: String
    package var register: String
    package var title: String
    /// Posyandu, desa, kecamatan, tahun, bulan: as printed above the table.
    package var head: [(label: String, value: String)]
    package var table: SheetTable
    /// Sentences under the table.
    package var notes: [String]
    /// Lists of persons; empty unless they were asked for.
    package var lists: [SheetTable]

    package static func == (left: RegisterSheet, right: RegisterSheet) -> Bool {
        left.sector == right.sector && left.register == right.register && left.title == right.title
            && left.head.map(\.label) == right.head.map(\.label) && left.head.map(\.value) == right.head.map(\.value)
            && left.table == right.table && left.notes == right.notes && left.lists == right.lists
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(register)
        hasher.combine(table)
    }
}

/// Indonesian names of months.
package enum MonthName {
    package static let all = [
        "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
        "Desember",
    ]
    static let short = ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"]
}
