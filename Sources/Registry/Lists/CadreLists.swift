// Makes the lists by which cadres visit people at home and fetch them to the open day.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import PluginKit
package import PostgresClient

/// A resident on a list, with every reason why.
package struct ListedResident: Sendable {
    package var resident: UUID
    package var birthDate: CivilDate
    package var sex: String
    /// Sentences for the cadre: the rule's title, and what a task asks for.
    package var reasons: [String]
    /// The earliest day by which something is asked; nil when nothing has a day.
    package var due: CivilDate?
    package var cadre: UUID?
    /// Name and address, only when they were asked for.
    package var name: String?
    package var address: String?
}

/// Lists of one posyandu on a day that the operator gives, by rules that the sectors declare. Nothing here knows a sector.
package struct CadreLists: Sendable {
    private let cipher: ResidentCipher

    package init(cipher: ResidentCipher) {
        self.cipher = cipher
    }

    private struct Row {
        var listed: ListedResident
        var sector: String
        var household: UUID?
        var sealed: [UInt8]?
    }

    /// Call inside a transaction.
    /// - Parameters:
    ///   - rules: rules of one list, with the code of the sector that declares them.
    ///   - reason: who asks for names and why; each resident shown goes into `registry.access_log`. Nil: no names.
    /// - Returns: residents by cadre, then by due day and id.
    package func make(
        _ connection: isolated PostgresConnection,
        posyandu: Int32,
        on day: CivilDate,
        rules: [(sector: String, rule: Manifest.ListRule)],
        cadre: UUID?,
        reason: AccessReason?
    ) throws -> [ListedResident] {
        var rows: [UUID: Row] = [:]
        for (sector, rule) in rules {
            for var row in try residents(connection, posyandu, day, rule) {
                row.sector = sector
                if let known = rows[row.listed.resident] {
                    var merged = known
                    let due = [known.listed.due, row.listed.due].compactMap { $0 }.min()
                    merged.listed.reasons += row.listed.reasons.filter { !known.listed.reasons.contains($0) }
                    merged.listed.due = due
                    row = merged
                }
                rows[row.listed.resident] = row
            }
        }
        let share = try CadreShare(connection, posyandu: [posyandu], on: day.daysSince1970)
        var list: [ListedResident] = []
        for row in rows.values {
            var listed = row.listed
            let person = try row.sealed.map { try cipher.open($0, .residentPerson, row: listed.resident) }
            let group = CadreShare.group(person: person, household: row.household, resident: listed.resident)
            listed.cadre = share.cadre(posyandu: posyandu, sector: row.sector, group: group)
            if let cadre, listed.cadre != cadre { continue }
            if reason != nil, let members = person.flatMap({ Person($0) })?.members {
                listed.name = members["nama"]?.string
                listed.address = members["alamat"]?.string
            }
            list.append(listed)
        }
        list.sort(by: Self.precedes)
        if let reason, !list.isEmpty { try note(list, reason, connection) }
        return list
    }

    private static func precedes(_ left: ListedResident, _ right: ListedResident) -> Bool {
        func key(_ one: ListedResident) -> (String, Int32, String) {
            (one.cadre?.uuidString ?? "~", one.due?.daysSince1970 ?? Int32.max, one.resident.uuidString)
        }
        return key(left) < key(right)
    }

    private func note(
        _ list: [ListedResident],
        _ reason: AccessReason,
        _ connection: isolated PostgresConnection
    ) throws {
        let notes = list.map { AccessNote("list of a cadre", $0.resident.uuidString.lowercased()) }
        try AccessLog(cipher).append(connection, notes, reason)
    }

    /// Persons whom the posyandu serves on the day, alive, of the rule's age and sex, and for whom its condition holds.
    private func residents(
        _ connection: isolated PostgresConnection,
        _ posyandu: Int32,
        _ day: CivilDate,
        _ rule: Manifest.ListRule
    ) throws -> [Row] {
        let who = """
            from registry.resident p where p.posyandu_id = $1 and (p.died is null or p.died > $2) and p.birth_date <= $2
              and ($3::text is null or p.sex = $3)
              and not exists (select from registry.resident_person m where m.resident_id = p.id and m.person_id <> p.id)
            """
        var values: [PostgresValue] = [
            .int4(posyandu), .date(day.daysSince1970), rule.sex.map { .text($0.rawValue) } ?? .null,
        ]
        let rows: PostgresRows
        let columns = "p.id, p.birth_date, p.sex::text, p.household, p.person_sealed"
        switch rule.condition {
        case .missing(let types):
            let first = Period.month(of: day).first
            values += [.textArray(types), .date(first.daysSince1970)]
            rows = try connection.query(
                """
                select \(columns), null::text, null::date \(who) and not exists (
                  select from registry.record r join registry.record_type t on t.id = r.type_id
                  where r.subject = p.id and t.name = any($4::text[]) and r.state = 0 and r.date between $5 and $2)
                """,
                values
            )
        case .tasks(let kinds, let overdue):
            values += [.textArray(kinds), .bool(overdue)]
            rows = try connection.query(
                """
                select \(columns), case when y.is_confidential then null else t.reason end, t.due
                from (select * \(who)) p
                join registry.task_state t on t.subject = p.id
                left join registry.record c on c.id = t.record_id
                left join registry.record_type y on y.id = c.type_id
                where t.kind = any($4::text[]) and t.raised <= $2 and (t.is_open or t.answered_on > $2)
                  and (not $5 or t.due < $2) order by t.due, t.reason
                """,
                values
            )
        }
        return try rows.compactMap { row in
            let birth = CivilDate(daysSince1970: try row.date(1))
            guard rule.months?.contains(birth.months(until: day)) ?? true else { return nil }
            let asked = try row.optionalString(5)
            return Row(
                listed: ListedResident(
                    resident: try row.uuid(0),
                    birthDate: birth,
                    sex: try row.string(2),
                    reasons: [asked.map { "\(rule.title.id): \($0)" } ?? rule.title.id],
                    due: try row.optionalDate(6).map { CivilDate(daysSince1970: $0) },
                    cadre: nil,
                    name: nil,
                    address: nil
                ),
                sector: "",
                household: try row.optionalUUID(3),
                sealed: try row.optionalBytes(4)
            )
        }
    }
}
