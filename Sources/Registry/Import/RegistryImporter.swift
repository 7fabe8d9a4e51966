// Runs one import: reads, stages, checks, applies or rolls back, reports.
// SPDX-License-Identifier: Apache-2.0
package import PostgresClient

/// Imports CSV files into the registry, each in one transaction.
///
/// An empty optional cell or an absent optional column leaves what the registry holds. The same file twice changes
/// nothing. Columns of each file: see the `columns` of `RegionImport`, `PosyanduImport` and their neighbours.
package struct RegistryImporter: Sendable {
    /// Rows read, checked and copied at a time.
    package static let chunk = 5_000

    private let pool: PostgresPool
    private let cipher: ResidentCipher

    package init(pool: PostgresPool, cipher: ResidentCipher) {
        self.pool = pool
        self.cipher = cipher
    }

    /// Imports one file. `progress` is called with the number of rows read, after every chunk.
    ///
    /// Wrong lines are in the report, not thrown. Throws `RegistryError` for a file that cannot be read or a request
    /// that makes no sense, `PostgresError` when the database fails; nothing is kept then.
    package func run(
        _ request: ImportRequest,
        _ source: CSVSource,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> ImportReport {
        let cipher = cipher
        return try await whole { connection in
            try Self.run(request, source, cipher, progress, connection)
        }
    }

    /// Imports a file of another room, under the same rules. `kind` is the word after `posyanductl import`.
    package func run<Table: ImportTable>(
        _ table: Table,
        kind: String,
        mode: ImportMode,
        _ source: CSVSource,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> ImportReport {
        try await whole { connection in
            try Self.run(table, kind, mode, source, progress, connection)
        }
    }

    /// One transaction for the whole of `body`, undone unless its report says that it is kept.
    private func whole(
        _ body: @escaping @Sendable (isolated PostgresConnection) throws -> ImportReport
    ) async throws -> ImportReport {
        let usual = pool.configuration.statementTimeout
        do {
            return try await pool.withConnection { connection in
                // A whole file is one transaction: longer than a message's, and with pauses while a chunk is sealed.
                try connection.setStatementTimeout(.seconds(600))
                defer { try? connection.setStatementTimeout(usual) }
                return try connection.transaction {
                    try connection.run(script: "set local idle_in_transaction_session_timeout = '10min'")
                    guard try connection.query("select pg_try_advisory_xact_lock(7205759403792793602)")[0].bool(0)
                    else {
                        throw RegistryError(
                            .request,
                            "Another import is running.",
                            hint: "Wait until it has ended."
                        )
                    }
                    let report = try body(connection)
                    guard report.committed else { throw RolledBack(report: report) }
                    return report
                }
            }
        } catch let rolledBack as RolledBack {
            return rolledBack.report
        }
    }

    /// Carries the report of an import that keeps nothing out of its transaction.
    private struct RolledBack: Error {
        let report: ImportReport
    }

    private static func run(
        _ request: ImportRequest,
        _ source: CSVSource,
        _ cipher: ResidentCipher,
        _ progress: @Sendable (Int) -> Void,
        _ connection: isolated PostgresConnection
    ) throws -> ImportReport {
        switch request.kind {
        case .regions:
            return try run(RegionImport(request), request, source, progress, connection)
        case .posyandu:
            return try run(PosyanduImport(request), request, source, progress, connection)
        case .cadres:
            return try run(CadreImport(request, cipher), request, source, progress, connection)
        case .residents:
            return try run(ResidentImport(request, cipher), request, source, progress, connection)
        case .offices:
            return try run(OfficeImport(request), request, source, progress, connection)
        case .facilities:
            return try run(FacilityImport(request), request, source, progress, connection)
        case .decrees:
            return try run(DocumentImport(request), request, source, progress, connection)
        case .competences:
            return try run(CompetenceImport(request, cipher), request, source, progress, connection)
        case .trainings:
            return try run(TrainingImport(request, cipher), request, source, progress, connection)
        case .nomenclature:
            return try run(NomenclatureImport(request), request, source, progress, connection)
        case .programmes:
            return try run(ProgrammeImport(request), request, source, progress, connection)
        }
    }

    private static func run<Table: ImportTable>(
        _ table: Table,
        _ request: ImportRequest,
        _ source: CSVSource,
        _ progress: @Sendable (Int) -> Void,
        _ connection: isolated PostgresConnection
    ) throws -> ImportReport {
        try run(table, request.kind.rawValue, request.mode, source, progress, connection)
    }

    private static func run<Table: ImportTable>(
        _ table: Table,
        _ kind: String,
        _ mode: ImportMode,
        _ source: CSVSource,
        _ progress: @Sendable (Int) -> Void,
        _ connection: isolated PostgresConnection
    ) throws -> ImportReport {
        var table = table
        var findings = ImportFindings()
        var report = ImportReport(kind: kind, mode: mode)
        try table.begin(connection)
        report.rows = try read(source, &table, &findings, progress, connection)
        if !findings.isFatal {
            try table.check(&findings, connection)
            if findings.complaints.isEmpty || mode != .allOrNothing {
                let counts = try table.apply(connection)
                (report.inserted, report.updated, report.unchanged) = (
                    counts.inserted, counts.updated, counts.unchanged
                )
            }
        }
        report.rejected = findings.badLines.count
        report.complaints = findings.complaints.sorted { ($0.line, $0.column ?? "") < ($1.line, $1.column ?? "") }
        report.warnings = findings.warnings
        report.warningCount = findings.warningCount
        switch mode {
        case .dryRun: report.committed = false
        case .allOrNothing: report.committed = findings.complaints.isEmpty
        case .skipBad:
            report.committed = !findings.isFatal
            if report.committed, !findings.complaints.isEmpty {
                report.rejects = Redacted(try RejectsFile.text(source, complaints: report.complaints))
            }
        }
        return report
    }

    private static func read<Table: ImportTable>(
        _ source: CSVSource,
        _ table: inout Table,
        _ findings: inout ImportFindings,
        _ progress: @Sendable (Int) -> Void,
        _ connection: isolated PostgresConnection
    ) throws -> Int {
        var count = 0
        do {
            var reader = try CSVReader(source)
            guard let first = try reader.next() else {
                findings.fatal(
                    ImportComplaint(
                        line: 1,
                        column: nil,
                        code: "empty_file",
                        message: "The file is empty.",
                        fix: "Its first line must name the columns."
                    )
                )
                return 0
            }
            let header = ImportHeader(first, columns: Table.columns, findings: &findings)
            guard !findings.isFatal else { return 0 }
            var rows: [ImportRow] = []
            rows.reserveCapacity(chunk)
            while true {
                let next = try reader.next()
                if let next { rows.append(ImportRow(next, header)) }
                if rows.count == chunk || (next == nil && !rows.isEmpty) {
                    count += rows.count
                    try table.stage(&rows, &findings, connection)
                    try findings.add(rows)
                    rows.removeAll(keepingCapacity: true)
                    progress(count)
                }
                guard next != nil else { return count }
            }
        } catch let error as CSVError {
            findings.fatal(
                ImportComplaint(line: error.line, column: nil, code: "csv", message: error.message, fix: error.fix)
            )
            return count
        }
    }
}

/// The lines an import refused, as a file that can be corrected and imported again.
enum RejectsFile {
    static func text(_ source: CSVSource, complaints: [ImportComplaint]) throws -> String {
        var reasons: [Int: String] = [:]
        for complaint in complaints {
            let reason = complaint.column.map { "\($0): \(complaint.message)" } ?? complaint.message
            reasons[complaint.line, default: ""] += reasons[complaint.line] == nil ? reason : " " + reason
        }
        var output: [UInt8] = Array("baris_asal,alasan,".utf8)
        var reader = try CSVReader(source)
        guard let header = try reader.next() else { return "" }
        let skipped = ImportHeader.ignored.flatMap { name in
            (0..<header.count).filter { header.text($0)?.trimmed == name }
        }
        append(header, without: skipped, to: &output)
        while let row = try reader.next() {
            guard let reason = reasons[row.line] else { continue }
            output.append(contentsOf: "\(row.line),".utf8)
            CSVWriter.field(Array(reason.utf8), to: &output)
            output.append(UInt8(ascii: ","))
            append(row, without: skipped, to: &output)
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func append(_ row: CSVRow, without skipped: [Int], to output: inout [UInt8]) {
        var isFirst = true
        for index in 0..<row.count where !skipped.contains(index) {
            if !isFirst { output.append(UInt8(ascii: ",")) }
            CSVWriter.field(row.bytes(index), to: &output)
            isFirst = false
        }
        output.append(0x0A)
    }
}
