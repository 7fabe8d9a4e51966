// Reads the list of days on which the offices of a kabupaten are closed.
// SPDX-License-Identifier: Apache-2.0
package import PluginKit

/// Holidays and joint leave of a kabupaten, as CSV: a column `date` (or `tanggal`), anything else is for people.
///
/// The national days come from the yearly Surat Keputusan Bersama of three ministers, the others from the kabupaten: a file that
/// the operator keeps, never a list in the program.
package struct HolidayList: Hashable, Sendable {
    package let days: Set<CivilDate>

    /// What is wrong with a line, and the remedy.
    package struct Finding: Hashable, Sendable {
        package let line: Int
        package let message: String
        package let fix: String
    }

    /// Why a list cannot be used: every line that is wrong.
    package struct Problem: Error, Hashable, Sendable {
        package let findings: [Finding]
    }

    /// - Throws: ``Problem`` naming every line whose date cannot be read. Nothing of such a list is used, because a deadline
    ///   that misses a holiday looks as right as any other.
    package init(csv text: String) throws(Problem) {
        var days: Set<CivilDate> = []
        var findings: [Finding] = []
        var column: Int?
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        for (index, line) in lines.enumerated() {
            let line = index == 0 && line.first == "\u{FEFF}" ? line.dropFirst() : line
            guard line.contains(where: { !$0.isWhitespace }) else { continue }
            let fields = Self.fields(line)
            guard let column else {
                column = fields.firstIndex { ["date", "tanggal"].contains($0.lowercased()) }
                if column == nil {
                    let fix = "write a first line such as date,kind,name"
                    findings.append(Finding(line: index + 1, message: "no column is named date or tanggal", fix: fix))
                    break
                }
                continue
            }
            let value = column < fields.count ? fields[column] : ""
            if let day = CivilDate(value) {
                days.insert(day)
            } else {
                findings.append(
                    Finding(
                        line: index + 1,
                        message: value.isEmpty ? "the date is missing" : "`\(value)` is not a date",
                        fix: "write it as 2026-08-17"
                    )
                )
            }
        }
        guard findings.isEmpty else { throw Problem(findings: findings) }
        self.days = days
    }

    /// The fields of one line: commas inside double quotes do not separate.
    private static func fields(_ line: Substring) -> [String] {
        var fields = [""]
        var isQuoted = false
        for character in line {
            switch character {
            case "\"": isQuoted.toggle()
            case "," where !isQuoted: fields.append("")
            default: fields[fields.count - 1].append(character)
            }
        }
        return fields.map { String($0.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()) }
    }
}
