// Reads cases with their histories, and the rows of case registers, for some posyandu and one month.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
import PluginKit
import PostgresClient
import Registry

/// Of whom a case register or recap is.
package enum CasePlace: Hashable, Sendable {
    case posyandu(UUID)
    /// Code of a desa, kecamatan or kabupaten.
    case area(String)

    func scope(_ month: Period) -> RegisterScope {
        switch self {
        case .posyandu(let uuid): .year(posyandu: uuid, year: month.first.year)
        case .area(let code): .month(area: code, month: month)
        }
    }
}

/// A row of a register before it is cut into cells.
struct CaseRow: Sendable {
    var id: UUID
    var posyandu: Int32
    var type: String
    var date: CivilDate
    var revision: Int
    var body: JSONValue
    var person: [UInt8]?
    var subject: UUID?
    var sex: String?
}

enum CaseReading {
    /// Steps of a case that ended within this many days before the month still matter: a clock may have run behind.
    private static let margin = 31

    /// The cases that can matter to a month, of all sectors, in the order of their ids; those whose record was retracted are gone.
    static func stories(
        _ connection: isolated PostgresConnection,
        posyandu: [Int32],
        month: Period,
        through day: CivilDate,
        utcOffset: Int
    ) throws -> [CaseStory] {
        try stories(
            try connection.query(
                """
                \(selection)
                where r.posyandu_id = any($2) and r.date <= $3
                  and (c.closed_at is null or r.date >= $4 or c.closed_at >= $5::date)
                order by c.id, m.seq
                """,
                [
                    .int4(Int32(utcOffset)), .int4Array(posyandu), .date(max(month.last, day).daysSince1970),
                    .date(month.first.daysSince1970), .date(month.first.adding(days: -margin).daysSince1970),
                ]
            )
        )
    }

    /// One case; nil when its record was retracted.
    static func story(_ connection: isolated PostgresConnection, _ id: UUID, utcOffset: Int) throws -> CaseStory? {
        try stories(
            try connection.query(
                "\(selection) where c.id = $2 order by m.seq",
                [.int4(Int32(utcOffset)), .uuid(id)]
            )
        ).first
    }

    /// Cases joined with their records and steps; $1 is the distance of civil time from UTC in seconds.
    private static let selection = """
        select c.id, r.posyandu_id, t.name, r.date, c.priority, c.office, m.kind, m.from_state, m.to_state, m.by_role,
          floor((extract(epoch from m.at) + $1) / 86400)::int, m.office
        from registry.case c
        join registry.record r on r.id = c.id and r.state = 0
        join registry.record_type t on t.id = c.type_id
        join registry.case_move m on m.case_id = c.id
        """

    private static func stories(_ rows: PostgresRows) throws -> [CaseStory] {
        var stories: [CaseStory] = []
        var steps: [CaseStory.Step] = []
        for (place, row) in rows.enumerated() {
            steps.append(
                CaseStory.Step(
                    kind: try row.string(6),
                    from: try row.optionalString(7),
                    to: try row.string(8),
                    by: try row.string(9),
                    day: CivilDate(daysSince1970: Int32(try row.int(10))),
                    office: try row.optionalString(11)
                )
            )
            let id = try row.uuid(0)
            if place + 1 < rows.count, try rows[place + 1].uuid(0) == id { continue }
            stories.append(
                CaseStory(
                    id: id,
                    posyandu: Int32(try row.int(1)),
                    type: try row.string(2),
                    opened: CivilDate(daysSince1970: try row.date(3)),
                    priority: try row.optionalString(4),
                    office: try row.optionalString(5),
                    steps: steps
                )
            )
            steps = []
        }
        return stories
    }

    /// Records of these types that opened a case and whose service date is in the month, by date and id.
    static func rows(
        _ connection: isolated PostgresConnection,
        posyandu: [Int32],
        types: [String],
        month: Period
    ) throws -> [CaseRow] {
        try connection.query(
            """
            select r.id, r.posyandu_id, t.name, r.date, r.revision, r.body, r.person_sealed, r.subject, s.sex::text
            from registry.case c
            join registry.record r on r.id = c.id and r.state = 0
            join registry.record_type t on t.id = r.type_id
            left join registry.resident s on s.id = r.subject
            where r.posyandu_id = any($1) and t.name = any($2) and r.date between $3 and $4
            order by r.date, r.id
            """,
            [
                .int4Array(posyandu), .textArray(types), .date(month.first.daysSince1970),
                .date(month.last.daysSince1970),
            ]
        ).map { row in
            CaseRow(
                id: try row.uuid(0),
                posyandu: Int32(try row.int(1)),
                type: try row.string(2),
                date: CivilDate(daysSince1970: try row.date(3)),
                revision: try row.int(4),
                body: try JSONParser.parse(Array(try row.string(5).utf8)),
                person: try row.optionalBytes(6),
                subject: try row.optionalUUID(7),
                sex: try row.optionalString(8)
            )
        }
    }

    /// The sealed persons of records as they were at a revision.
    static func persons(
        _ connection: isolated PostgresConnection,
        _ revisions: [(id: UUID, revision: Int)]
    ) throws -> [UUID: (person: [UInt8]?, subject: UUID?)] {
        let rows = try connection.query(
            """
            select n.id, coalesce(v.person_sealed, r.person_sealed), coalesce(v.subject, r.subject)
            from unnest($1::uuid[], $2::smallint[]) as n(id, revision)
            left join registry.record r on r.id = n.id
            left join registry.record_revision v on v.id = n.id and v.revision = n.revision
            """,
            [.uuidArray(revisions.map(\.id)), .int2Array(revisions.map { Int16(clamping: $0.revision) })]
        )
        var found: [UUID: (person: [UInt8]?, subject: UUID?)] = [:]
        for row in rows { found[try row.uuid(0)] = (try row.optionalBytes(1), try row.optionalUUID(2)) }
        return found
    }

    /// State in words, class and next step, by state.
    static func words(_ connection: isolated PostgresConnection) throws -> [String: CaseWord] {
        var words: [String: CaseWord] = [:]
        for row in try connection.query("select state, class, words, next_step from registry.case_word") {
            guard let word = CaseClass(rawValue: try row.string(1)) else { continue }
            words[try row.string(0)] = CaseWord(
                word: word,
                text: try row.string(2),
                next: try row.optionalString(3)
            )
        }
        return words
    }
}

/// What a state is called, for residents and in registers.
struct CaseWord: Hashable, Sendable {
    var word: CaseClass
    var text: String
    var next: String?
}
