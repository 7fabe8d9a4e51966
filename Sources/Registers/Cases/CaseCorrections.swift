// What became of a closed register afterwards: rows that came late, went, or changed, each with its reason.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient
import Registry

/// One change of a closed register.
struct CaseCorrection: Hashable, Sendable {
    enum Kind: String, Sendable {
        case late = "masuk terlambat"
        case gone = "ditarik"
        case changed = "diperbaiki"
    }

    var id: UUID
    var type: String
    var kind: Kind
    /// Number of the row in the closed register; nil for one that came late.
    var number: Int?
    /// `Hal pengaduan: air → jalan`
    var what: String

    /// - Parameters:
    ///   - headings: words of the columns, in order.
    static func between(
        _ closed: FrozenCases.Register,
        _ now: FrozenCases.Register,
        headings: [String: String]
    ) -> [CaseCorrection] {
        var known = Dictionary(uniqueKeysWithValues: now.rows.map { ($0.id, $0) })
        var found: [CaseCorrection] = []
        for (place, row) in closed.rows.enumerated() {
            guard let other = known.removeValue(forKey: row.id) else {
                found.append(
                    CaseCorrection(
                        id: row.id,
                        type: row.type,
                        kind: .gone,
                        number: place + 1,
                        what: words(row, closed.columns, headings)
                    )
                )
                continue
            }
            guard row != other else { continue }
            var changes: [String] = []
            for (column, cell) in zip(closed.columns, row.cells) where column != "no" {
                guard let place = now.columns.firstIndex(of: column), other.cells[place] != cell else { continue }
                changes.append("\(headings[column] ?? column): \(word(cell)) → \(word(other.cells[place]))")
            }
            if changes.isEmpty { changes = ["isi yang tidak ditampilkan"] }
            found.append(
                CaseCorrection(
                    id: row.id,
                    type: row.type,
                    kind: .changed,
                    number: place + 1,
                    what: changes.joined(separator: "; ")
                )
            )
        }
        for row in now.rows where known[row.id] != nil {
            found.append(
                CaseCorrection(
                    id: row.id,
                    type: row.type,
                    kind: .late,
                    number: nil,
                    what: words(row, now.columns, headings)
                )
            )
        }
        return found
    }

    private static func words(_ row: FrozenCases.Row, _ columns: [String], _ headings: [String: String]) -> String {
        zip(columns, row.cells).filter { $0.1 != .empty && $0.1 != .text(CaseColumns.mark) }
            .map { "\(headings[$0.0] ?? $0.0): \(word($0.1))" }.joined(separator: "; ")
    }

    private static func word(_ cell: SheetCell) -> String {
        switch cell {
        case .empty: "kosong"
        case .number(let number): number.normalised.description
        case .text(let text): text
        }
    }

    /// When a record was last changed by a message, and the reason its sender gave.
    struct Reason: Sendable {
        /// Microseconds since 1970 UTC.
        var at: Int64
        var text: String?
    }

    /// The newest word on each record: of corrections and retractions, else of the case's own history.
    static func reasons(
        _ connection: isolated PostgresConnection,
        of records: [UUID],
        cipher: ResidentCipher
    ) throws -> [UUID: Reason] {
        guard !records.isEmpty else { return [:] }
        var found: [UUID: Reason] = [:]
        for row in try connection.query(
            """
            select distinct on (record_id) record_id, at, reason_sealed from registry.record_change
            where record_id = any($1) order by record_id, at desc, lineage desc
            """,
            [.uuidArray(records)]
        ) {
            let id = try row.uuid(0)
            let text = try row.optionalBytes(2).map { sealed in
                String(decoding: try cipher.open(sealed, .changeReason, row: id), as: UTF8.self)
            }
            found[id] = Reason(at: try row.timestamp(1), text: text)
        }
        return found
    }

    /// When the newest step of each case was made.
    static func lastSteps(_ connection: isolated PostgresConnection, of cases: [UUID]) throws -> [UUID: Int64] {
        var found: [UUID: Int64] = [:]
        for row in try connection.query(
            "select case_id, max(at) from registry.case_move where case_id = any($1) group by case_id",
            [.uuidArray(cases)]
        ) { found[try row.uuid(0)] = try row.timestamp(1) }
        return found
    }
}
