// Aligned columns of text.
// SPDX-License-Identifier: Apache-2.0

/// A table for people: numbers to the right, words to the left, two spaces between.
struct TextTable {
    struct Column {
        var title: String
        var isRight: Bool

        static func left(_ title: String) -> Column { Column(title: title, isRight: false) }
        static func right(_ title: String) -> Column { Column(title: title, isRight: true) }
    }

    private let columns: [Column]
    private var rows: [[String]] = []

    init(_ columns: Column...) { self.columns = columns }

    init(list columns: [Column]) { self.columns = columns }

    var isEmpty: Bool { rows.isEmpty }

    /// - Precondition: as many cells as columns.
    mutating func add(_ cells: String...) { add(cells: cells) }

    /// - Precondition: as many cells as columns.
    mutating func add(cells: [String]) {
        precondition(cells.count == columns.count, "a row has as many cells as the table has columns")
        rows.append(cells)
    }

    /// Title line and rows, without a line feed at the end.
    /// - Parameter isStyled: whether the title line may be bold.
    func text(_ isStyled: Bool) -> String {
        let titles = columns.map(\.title)
        let widths = columns.indices.map { column in ([titles] + rows).map { $0[column].count }.max() ?? 0 }
        let heading = line(titles, widths)
        return ([isStyled ? "\u{1B}[1m\(heading)\u{1B}[0m" : heading] + rows.map { line($0, widths) })
            .joined(separator: "\n")
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var text = ""
        for (column, cell) in cells.enumerated() {
            let padding = String(repeating: " ", count: widths[column] - cell.count)
            if column > 0 { text += "  " }
            text += columns[column].isRight ? padding + cell : cell + padding
        }
        while text.last == " " { text.removeLast() }
        return text
    }
}

/// Names and values, a line each, the values below one another.
struct Facts {
    private var rows: [(name: String, value: String)] = []

    mutating func add(_ name: String, _ value: String) { rows.append((name, value)) }

    var text: String {
        let width = rows.map(\.name.count).max() ?? 0
        return rows.map { name, value in
            name + String(repeating: " ", count: width - name.count + 2) + value
        }.joined(separator: "\n")
    }
}
