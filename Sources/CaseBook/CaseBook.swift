// Cases as the office sees them: where each stands, what is due, who has it.
// SPDX-License-Identifier: Apache-2.0
package import Cases
package import FoundationEssentials
package import PluginKit
package import PostgresClient

/// Which cases are read.
package struct CaseQuery: Sendable {
    /// A region code from kabupaten to desa.
    package var area: String?
    package var sector: String?
    package var state: String?
    /// Role of the office that has it.
    package var office: String?
    package var id: UUID?
    /// Those that have ended too.
    package var withClosed = false
    /// Only those with a limit that has passed.
    package var isLate = false
    package var limit = Int.max

    package init() {}
}

/// A case with its deadlines on the day of asking.
package struct ListedCase: Sendable {
    package var row: CaseRow
    package var deadlines: [RunningDeadline]
    /// Whether its record type is confidential: then its reason and remarks are not shown.
    package var isConfidential: Bool

    /// The limit that is due first; of those that stand still, none.
    package var first: RunningDeadline? {
        deadlines.filter { $0.due != nil }.min { ($0.due ?? $0.start) < ($1.due ?? $1.start) }
    }
    package var isLate: Bool { deadlines.contains { $0.passed > 0 } }
}

/// Reads cases and reckons their deadlines with the calendar of today, in the kabupaten's zone.
package struct CaseBook: Sendable {
    let pool: PostgresPool
    package let time: CaseTime
    /// What the kabupaten set of the sectors' parameters.
    let parameters: [String: Fields]
    let sectors: @Sendable () -> [Manifest]

    package init(
        pool: PostgresPool,
        time: CaseTime,
        parameters: [String: Fields] = [:],
        sectors: @escaping @Sendable () -> [Manifest]
    ) {
        self.pool = pool
        self.time = time
        self.parameters = parameters
        self.sectors = sectors
    }

    /// Cases of sectors that are installed, those due first at the head.
    package func list(_ query: CaseQuery, today: CivilDate) async throws -> [ListedCase] {
        let rows = try await pool.withConnection { try CaseRow.read($0, query, offices: true, today: today) }
        var listed = reckon(rows, today: today)
        if query.isLate { listed.removeAll { !$0.isLate } }
        listed.sort { left, right in
            let (one, other) = (left.first?.due?.daysSince1970 ?? .max, right.first?.due?.daysSince1970 ?? .max)
            return (one, left.row.id.uuidString) < (other, right.row.id.uuidString)
        }
        return Array(listed.prefix(query.limit))
    }

    /// A day of the kabupaten.
    package func day(of microseconds: Int64) -> CivilDate { time.day(of: microseconds) }

    func reckon(_ rows: [CaseRow], today: CivilDate) -> [ListedCase] {
        var rules: [String: (flow: Manifest.Workflow, values: Fields, confidential: Set<String>)] = [:]
        for manifest in sectors() {
            guard let flow = manifest.workflow else { continue }
            var values = manifest.parameterDefaults
            for element in parameters[manifest.id]?.elements ?? [] where manifest.parameter(element.name) != nil {
                values[element.name] = element.value
            }
            let hidden = manifest.records.filter { $0.sensitivity == .confidential }.map(\.type)
            rules[manifest.id] = (flow, values, Set(hidden))
        }
        return rows.map { row in
            guard let rule = rules[row.sector] else {
                return ListedCase(row: row, deadlines: [], isConfidential: true)
            }
            let running = rule.flow.running(
                row.timeline(time),
                parameters: rule.values,
                calendar: time.calendar,
                today: today
            )
            return ListedCase(row: row, deadlines: running, isConfidential: rule.confidential.contains(row.type))
        }
    }

    /// The roles that a sector's escalations tell, lowest first.
    func ladder(of sector: String) -> [Manifest.Workflow.Role] {
        sectors().first { $0.id == sector }?.workflow?.escalation ?? []
    }
}
