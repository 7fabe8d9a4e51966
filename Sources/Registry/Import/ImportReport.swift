// What an import did, and what it had to complain about, line by line.
// SPDX-License-Identifier: Apache-2.0

/// One thing wrong (or odd) in one line. Never repeats a personal value.
package struct ImportComplaint: Hashable, Sendable, CustomStringConvertible {
    /// 1 is the header.
    package let line: Int
    /// Nil when the whole line is meant.
    package let column: String?
    /// A stable word for programs, `birth_date_future`.
    package let code: String
    /// What is wrong, telling the class of the value found.
    package let message: String
    /// What to do.
    package let fix: String

    package init(line: Int, column: String?, code: String, message: String, fix: String) {
        self.line = line
        self.column = column
        self.code = code
        self.message = message
        self.fix = fix
    }

    package var description: String {
        let place = column.map { "line \(line), column \($0)" } ?? "line \(line)"
        return "\(place): \(message) \(fix)"
    }
}

/// The outcome of one import.
package struct ImportReport: Sendable {
    /// The word after `posyanductl import`.
    package var kind: String
    package var mode: ImportMode
    /// Data rows read, without the header.
    package var rows = 0
    package var inserted = 0
    package var updated = 0
    package var unchanged = 0
    /// Rows with at least one complaint.
    package var rejected = 0
    /// In the order of lines.
    package var complaints: [ImportComplaint] = []
    /// Odd but accepted; at most ``ImportFindings/warningsKept`` of ``warningCount``.
    package var warnings: [ImportComplaint] = []
    package var warningCount = 0
    /// Whether anything above was kept. False for a dry run and for a refused file.
    package var committed = false
    /// With `skipBad` and rejected rows: a CSV file with the columns `baris_asal`, `alasan` and those of the input.
    /// Holds personal data in clear: give it to the operator, never to a log.
    package var rejects: Redacted<String>?

    /// One sentence for a person.
    package var summary: String {
        let counts = "\(rows) rows: \(inserted) new, \(updated) changed, \(unchanged) as before, \(rejected) refused."
        if committed {
            return inserted + updated == 0 ? "\(counts) Nothing had to be changed." : "\(counts) Kept."
        }
        if mode == .dryRun { return "\(counts) Dry run: nothing was kept." }
        return "\(counts) Nothing was kept. Correct the file, or import it with --skip-bad."
    }
}

/// Collects complaints and warnings while an import runs.
package struct ImportFindings {
    /// A file with more wrong things than this is another file than it was taken for.
    static let complaintLimit = 100_000
    /// Warnings kept for the report.
    static let warningsKept = 1_000

    private(set) var complaints: [ImportComplaint] = []
    private(set) var warnings: [ImportComplaint] = []
    private(set) var warningCount = 0
    private(set) var badLines: Set<Int> = []
    /// The file could not be read to its end, or its header is wrong: nothing may be kept in any mode.
    private(set) var isFatal = false

    package mutating func add(_ complaint: ImportComplaint) throws(RegistryError) {
        complaints.append(complaint)
        badLines.insert(complaint.line)
        guard complaints.count <= Self.complaintLimit else {
            throw RegistryError(
                .file,
                "The file has more than \(Self.complaintLimit) errors.",
                hint: "Is it the right file? The first: \(complaints[0].description)"
            )
        }
    }

    mutating func fatal(_ complaint: ImportComplaint) {
        complaints.append(complaint)
        isFatal = true
    }

    package mutating func warn(_ complaint: ImportComplaint) {
        warningCount += 1
        if warnings.count < Self.warningsKept { warnings.append(complaint) }
    }
}
