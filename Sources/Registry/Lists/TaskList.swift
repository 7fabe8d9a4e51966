// Lists tasks: what is asked, of whom, why and by when.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import PluginKit
package import PostgresClient

/// A task as a person reads it. Without names: who may see those uses the lists of cadres.
package struct ListedTask: Sendable {
    package var record: UUID
    package var subject: UUID?
    package var posyandu: UUID
    package var sector: String
    package var kind: String
    package var topic: String?
    package var reason: String
    package var role: String?
    package var raised: CivilDate
    package var due: CivilDate?
    package var answered: CivilDate?
    package var cadre: UUID?
}

/// Which tasks are listed.
package struct TaskQuery: Sendable {
    /// A region code, or nil.
    package var area: String?
    package var posyandu: UUID?
    package var cadre: UUID?
    package var kind: String?
    /// Only tasks with a day up to this one.
    package var due: CivilDate?
    package var withAnswered = false
    package var limit = 1_000

    package init() {}
}

package struct TaskList: Sendable {
    private let cipher: ResidentCipher

    package init(cipher: ResidentCipher) {
        self.cipher = cipher
    }

    /// Tasks in the order of their days. A resident who moved takes hers along: they are listed where she is served now. Of a
    /// confidential record neither the resident nor the reason is told.
    /// - Parameter today: the day on which the cadres are in office.
    package func read(
        _ connection: isolated PostgresConnection,
        _ query: TaskQuery,
        today: CivilDate
    ) throws -> [ListedTask] {
        let rows = try connection.query(
            """
            select t.record_id, case when y.is_confidential then null else t.subject end, p.uuid, p.id, s.code, t.kind,
              t.topic, case when y.is_confidential then 'rahasia' else t.reason end, t.role, t.raised,
              t.due, t.answered_on, r.household, r.person_sealed, r.id
            from registry.task_state t
            left join registry.resident r on r.id = t.subject
            join registry.posyandu p on p.id = coalesce(r.posyandu_id, t.posyandu_id)
            join registry.record c on c.id = t.record_id
            join registry.record_type y on y.id = c.type_id
            join registry.sector s on s.id = y.sector_id
            where ($1::text is null or p.village_code like $1 || '%') and ($2::uuid is null or p.uuid = $2)
              and ($3::text is null or t.kind = $3) and ($4::date is null or t.due <= $4) and ($5 or t.is_open)
              and ($6::uuid is null or p.id in (select posyandu_id from registry.cadre_term where cadre_id = $6))
            order by t.due nulls last, t.record_id, t.kind, t.topic, t.reason
            """,
            [
                query.area.map { .text($0) } ?? .null, query.posyandu.map { .uuid($0) } ?? .null,
                query.kind.map { .text($0) } ?? .null, query.due.map { .date($0.daysSince1970) } ?? .null,
                .bool(query.withAnswered), query.cadre.map { .uuid($0) } ?? .null,
            ]
        )
        let posts = Set(try rows.map { Int32(try $0.int(3)) })
        let share = try CadreShare(connection, posyandu: Array(posts), on: today.daysSince1970)
        var tasks: [ListedTask] = []
        for row in rows {
            guard tasks.count < query.limit else { break }
            let sector = try row.string(4)
            var cadre: UUID?
            if let resident = try row.optionalUUID(14) {
                let person = try row.optionalBytes(13).map { try cipher.open($0, .residentPerson, row: resident) }
                let group = CadreShare.group(person: person, household: try row.optionalUUID(12), resident: resident)
                cadre = share.cadre(posyandu: Int32(try row.int(3)), sector: sector, group: group)
            }
            if let wanted = query.cadre, wanted != cadre { continue }
            tasks.append(
                ListedTask(
                    record: try row.uuid(0),
                    subject: try row.optionalUUID(1),
                    posyandu: try row.uuid(2),
                    sector: sector,
                    kind: try row.string(5),
                    topic: try row.optionalString(6),
                    reason: try row.string(7),
                    role: try row.optionalString(8),
                    raised: CivilDate(daysSince1970: try row.date(9)),
                    due: try row.optionalDate(10).map { CivilDate(daysSince1970: $0) },
                    answered: try row.optionalDate(11).map { CivilDate(daysSince1970: $0) },
                    cadre: cadre
                )
            )
        }
        return tasks
    }
}
