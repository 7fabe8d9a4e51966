// What messages say about cadres: the end of a term, who was present, who announced an absence.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import PluginKit
package import PostgresClient

/// One term of a cadre or board member.
package struct CadreTerm: Hashable, Sendable {
    package struct Key: Hashable, Sendable {
        package let cadre: UUID
        package let posyanduID: Int32
        package let role: String
        package let started: CivilDate

        package init(cadre: UUID, posyanduID: Int32, role: String, started: CivilDate) {
            self.cadre = cadre
            self.posyanduID = posyanduID
            self.role = role
            self.started = started
        }
    }

    package let key: Key
    package let sector: String?
    /// Last day in office.
    package var ended: CivilDate?
    package var reason: String?
    package var saidBy: String?
    /// Log entry of the newest message about its end.
    package var lineage: Int64?
}

/// Who took part in an activity of a day at a posyandu.
package struct PresenceList: Hashable, Sendable {
    package struct Key: Hashable, Sendable {
        package let posyanduID: Int32
        package let day: CivilDate
        package let activity: String

        package init(posyanduID: Int32, day: CivilDate, activity: String) {
            self.posyanduID = posyanduID
            self.day = day
            self.activity = activity
        }
    }

    package let key: Key
    package var cadres: [UUID]
    package var lineage: Int64

    package init(key: Key, cadres: [UUID], lineage: Int64) {
        self.key = key
        self.cadres = cadres
        self.lineage = lineage
    }
}

/// An absence that a cadre announced.
package struct CadreNotice: Hashable, Sendable {
    package struct Key: Hashable, Sendable {
        package let cadre: UUID
        package let posyanduID: Int32
        package let from: CivilDate

        package init(cadre: UUID, posyanduID: Int32, from: CivilDate) {
            self.cadre = cadre
            self.posyanduID = posyanduID
            self.from = from
        }
    }

    package let key: Key
    /// Last day; nil: taken back.
    package var until: CivilDate?
    package var lineage: Int64

    package init(key: Key, until: CivilDate?, lineage: Int64) {
        self.key = key
        self.until = until
        self.lineage = lineage
    }
}

/// A version of the reasons for which a term may end.
package struct TermRules: Hashable, Sendable {
    package let version: String
    package let validFrom: CivilDate
    /// Code → meaning, in the order of codes.
    package let reasons: [String]
    /// Months without presence or notice after which a term should end; nil when the version sets none.
    package let inactiveMonths: Int?

    package static func inForce(_ rules: [TermRules], on day: CivilDate) -> TermRules? {
        rules.filter { $0.validFrom <= day }.max { ($0.validFrom, $0.version) < ($1.validFrom, $1.version) }
    }

    package static func all(_ connection: isolated PostgresConnection) throws -> [TermRules] {
        try connection.query(
            """
            select version, min(valid_from),
                coalesce(array_agg(code order by code) filter (where kind = 'end_reason'), '{}'),
                max(value) filter (where kind = 'inactive_months')
            from registry.term_rule group by version order by version
            """
        ).map {
            TermRules(
                version: try $0.string(0),
                validFrom: CivilDate(daysSince1970: try $0.date(1)),
                reasons: try $0.stringArray(2),
                inactiveMonths: try $0.optionalInt(3)
            )
        }
    }
}

package enum CadreActs {
    /// Every term of cadres; a cadre that the registry does not have is absent.
    package static func terms(
        _ connection: isolated PostgresConnection,
        of cadres: [UUID]
    ) throws -> [UUID: [CadreTerm]] {
        guard !cadres.isEmpty else { return [:] }
        let rows = try connection.query(
            """
            select c.id, t.posyandu_id, t.role, t.sector_code, t.started, t.ended, t.end_reason, t.end_said_by,
                t.end_lineage
            from registry.cadre c left join registry.cadre_term t on t.cadre_id = c.id
            where c.id = any($1) order by c.id, t.started, t.role, t.posyandu_id
            """,
            [.uuidArray(cadres)]
        )
        var terms: [UUID: [CadreTerm]] = [:]
        for row in rows {
            let cadre = try row.uuid(0)
            terms[cadre, default: []] += []
            guard let place = try row.optionalInt(1) else { continue }
            terms[cadre, default: []].append(
                CadreTerm(
                    key: CadreTerm.Key(
                        cadre: cadre,
                        posyanduID: Int32(truncatingIfNeeded: place),
                        role: try row.string(2),
                        started: CivilDate(daysSince1970: try row.date(4))
                    ),
                    sector: try row.optionalString(3),
                    ended: try row.optionalDate(5).map { CivilDate(daysSince1970: $0) },
                    reason: try row.optionalString(6),
                    saidBy: try row.optionalString(7),
                    lineage: try row.optionalInt(8).map(Int64.init)
                )
            )
        }
        return terms
    }

    package static func presences(
        _ connection: isolated PostgresConnection,
        _ keys: [PresenceList.Key]
    ) throws -> [PresenceList] {
        guard !keys.isEmpty else { return [] }
        return try connection.query(
            """
            select p.posyandu_id, p.day, p.activity, p.cadres, p.lineage
            from unnest($1::int[], $2::date[], $3::text[]) as k (posyandu_id, day, activity)
            join registry.presence p using (posyandu_id, day, activity)
            """,
            [
                .int4Array(keys.map(\.posyanduID)), .dateArray(keys.map(\.day.daysSince1970)),
                .textArray(keys.map(\.activity)),
            ]
        ).map {
            PresenceList(
                key: PresenceList.Key(
                    posyanduID: Int32(truncatingIfNeeded: try $0.int(0)),
                    day: CivilDate(daysSince1970: try $0.date(1)),
                    activity: try $0.string(2)
                ),
                cadres: try $0.uuidArray(3),
                lineage: Int64(try $0.int(4))
            )
        }
    }

    package static func notices(
        _ connection: isolated PostgresConnection,
        of cadres: [UUID]
    ) throws -> [CadreNotice] {
        guard !cadres.isEmpty else { return [] }
        return try connection.query(
            """
            select cadre_id, posyandu_id, from_day, to_day, lineage from registry.cadre_notice
            where cadre_id = any($1) order by cadre_id, from_day
            """,
            [.uuidArray(cadres)]
        ).map {
            CadreNotice(
                key: CadreNotice.Key(
                    cadre: try $0.uuid(0),
                    posyanduID: Int32(truncatingIfNeeded: try $0.int(1)),
                    from: CivilDate(daysSince1970: try $0.date(2))
                ),
                until: try $0.optionalDate(3).map { CivilDate(daysSince1970: $0) },
                lineage: Int64(try $0.int(4))
            )
        }
    }
}
