// Levels of cadres (Purwa, Madya, Utama) from the skills shown, by rules that are data.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import PluginKit
package import PostgresClient

/// What a cadre has shown by a day.
package struct CadreSkills: Sendable {
    package let cadre: UUID
    package let posyandu: UUID
    package let village: RegionCode
    /// Skills shown, by group of the reference list.
    package var byGroup: [String: Int] = [:]
    package var trainings = 0

    package var skills: Int { byGroup.values.reduce(0, +) }
}

/// A version of the rule for the levels (`config/reference/kader-levels.csv`).
package struct LevelRules: Sendable {
    package enum Rule: String, Sendable {
        /// At least so many skills in all.
        case skills
        /// At least so many skills of a group.
        case skillsOfGroup = "skills_of_group"
        /// At least so many groups of which every skill was shown.
        case groupsComplete = "groups_complete"
        /// At least so many trainings.
        case trainings
    }

    package struct Requirement: Sendable {
        package let level: String
        package let rank: Int
        package let rule: Rule
        package let group: String
        package let least: Int
    }

    package let version: String
    package let requirements: [Requirement]
    /// Skills of each group in the reference list.
    package let groups: [String: Int]

    package init(version: String, requirements: [Requirement], groups: [String: Int]) {
        self.version = version
        self.requirements = requirements
        self.groups = groups
    }

    /// The levels from the lowest up.
    package var levels: [String] {
        var ranks: [String: Int] = [:]
        for requirement in requirements { ranks[requirement.level] = requirement.rank }
        return ranks.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key)
    }

    /// The highest level of which every requirement holds; nil when none does.
    package func level(of cadre: CadreSkills) -> String? {
        levels.last { level in requirements.allSatisfy { $0.level != level || holds($0, cadre) } }
    }

    private func holds(_ requirement: Requirement, _ cadre: CadreSkills) -> Bool {
        switch requirement.rule {
        case .skills: cadre.skills >= requirement.least
        case .skillsOfGroup: cadre.byGroup[requirement.group, default: 0] >= requirement.least
        case .groupsComplete:
            groups.count { cadre.byGroup[$0.key, default: 0] >= $0.value } >= requirement.least
        case .trainings: cadre.trainings >= requirement.least
        }
    }

    /// The version in force on a day; nil before the first.
    package static func inForce(
        _ connection: isolated PostgresConnection,
        on day: CivilDate
    ) throws -> LevelRules? {
        let rows = try connection.query(
            """
            select version, level, rank, rule, group_code, least from registry.level_rule
            where version = (select version from registry.level_rule where valid_from <= $1
                order by valid_from desc, version desc limit 1)
            order by rank, rule, group_code
            """,
            [.date(day.daysSince1970)]
        )
        guard let version = try rows.first?.string(0) else { return nil }
        var groups: [String: Int] = [:]
        for row in try connection.query("select group_code, count(*) from registry.competence group by group_code") {
            groups[try row.string(0)] = try row.int(1)
        }
        let requirements = try rows.compactMap { row -> Requirement? in
            guard let rule = Rule(rawValue: try row.string(3)) else { return nil }
            return Requirement(
                level: try row.string(1),
                rank: try row.int(2),
                rule: rule,
                group: try row.string(4),
                least: try row.int(5)
            )
        }
        return LevelRules(version: version, requirements: requirements, groups: groups)
    }

    /// Every kader in office on a day in an area, with what she has shown by then; one row a term.
    package static func cadres(
        _ connection: isolated PostgresConnection,
        area: String,
        posyanduID: Int32? = nil,
        on day: CivilDate
    ) throws -> [CadreSkills] {
        let rows = try connection.query(
            """
            with term as (
                select distinct t.cadre_id, p.uuid, p.village_code from registry.cadre_term t
                join registry.posyandu p on p.id = t.posyandu_id
                where t.role = 'kader' and t.started <= $1 and (t.ended is null or t.ended >= $1)
                    and p.village_code like $2::text || '%' and ($3::int is null or p.id = $3)
                    and p.active_from <= $1 and (p.active_to is null or p.active_to >= $1)
            ), counted as (
                select s.cadre_id, c.group_code, count(*)::int as n from registry.cadre_competence s
                join registry.competence c on c.no = s.competence_no where s.attained <= $1 group by 1, 2
            ), shown as (
                select cadre_id, array_agg(group_code) as groups, array_agg(n) as counts from counted group by cadre_id
            ), trained as (
                select cadre_id, count(*) as n from registry.training where ended <= $1 group by cadre_id
            )
            select term.cadre_id, term.uuid, term.village_code, shown.groups, shown.counts, coalesce(trained.n, 0)
            from term left join shown using (cadre_id) left join trained using (cadre_id)
            order by term.village_code, term.uuid, term.cadre_id
            """,
            [.date(day.daysSince1970), .text(area), posyanduID.map { .int4($0) } ?? .null]
        )
        return try rows.compactMap { row in
            guard let village = RegionCode(try row.string(2)) else { return nil }
            var cadre = CadreSkills(cadre: try row.uuid(0), posyandu: try row.uuid(1), village: village)
            cadre.trainings = try row.int(5)
            if try !row.isNull(3) {
                for (group, count) in zip(try row.stringArray(3), try row.intArray(4)) { cadre.byGroup[group] = count }
            }
            return cadre
        }
    }
}
