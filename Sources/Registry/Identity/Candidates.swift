// Finds pairs of residents that may be one person and says why, rule by rule.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
internal import PluginKit
package import PostgresClient

/// Two residents that may be one person. A proposal only: a person decides.
package struct Candidate: Sendable {
    package var first: UUID
    package var second: UUID
    package var score: Int
    /// Rules that hold, with their points, in the order of the table.
    package var rules: [(code: String, points: Int)]
    /// Posyandu and birth dates of the two, for a person to look at.
    package var posyandu: [UUID]
    package var births: [String]
    package var sexes: [String]
}

/// The points of the rules, from `config/reference/identity-rules.csv`.
package struct IdentityRules: Sendable {
    package static let threshold = "ambang"
    package private(set) var points: [(code: String, points: Int)] = []
    package private(set) var version = ""

    package init(points: [(code: String, points: Int)], version: String = "") {
        self.points = points
        self.version = version
    }

    /// As loaded at start.
    package init(_ connection: isolated PostgresConnection) throws {
        let rows = try connection.query("select code, points, version from registry.identity_rule order by no")
        points = try rows.map { (try $0.string(0), try $0.int(1)) }
        version = try rows.first?.string(2) ?? ""
    }

    /// Candidates have at least so many points.
    package var least: Int { points.first { $0.code == Self.threshold }?.points ?? 0 }

    /// The rules that hold of a pair and their sum.
    package func judge(_ holds: Set<String>) -> (score: Int, rules: [(code: String, points: Int)]) {
        let rules = points.filter { holds.contains($0.code) }
        return (rules.reduce(0) { $0 + $1.points }, rules)
    }
}

package enum Candidates {
    /// Candidates with the most points first. The name index must be up to date; see ``NameIndex``.
    ///
    /// Pairs that are compared share the birth date and a word of the name as it sounds, or the whole name as it sounds with
    /// birth dates at most 400 days apart. Pairs on which somebody has decided, either way, are left out.
    /// - Parameter area: a region code; at least one of the two is served there. Nil for all.
    package static func find(
        _ connection: isolated PostgresConnection,
        area: String?,
        rules: IdentityRules,
        limit: Int
    ) throws -> [Candidate] {
        let rows = try connection.query(
            """
            with one as materialized (
              select r.id, r.birth_date, r.sex::text as sex, r.mother_id, r.household, r.nik_index, p.uuid as posyandu,
                p.village_code as village, n.exact_index, n.sound_index, n.words, n.nik_is_odd
              from registry.resident r join registry.resident_name n on n.resident_id = r.id
              join registry.posyandu p on p.id = r.posyandu_id)
            , near as (
              select a.id as first, b.id as second from one a join one b on b.birth_date = a.birth_date
              where b.id > a.id and a.words && b.words
              union
              select a.id, b.id from one a join one b on b.sound_index = a.sound_index
              where b.id > a.id and abs(b.birth_date - a.birth_date) <= 400)
            select a.id, b.id, a.birth_date, b.birth_date, a.sex, b.sex, a.posyandu, b.posyandu,
              a.village = b.village, a.exact_index = b.exact_index, a.sound_index = b.sound_index, a.words && b.words,
              coalesce(a.mother_id = b.mother_id, false), coalesce(a.mother_id <> b.mother_id, false),
              coalesce(a.household = b.household, false), coalesce(a.nik_index <> b.nik_index, false),
              a.nik_is_odd or b.nik_is_odd
            from near join one a on a.id = near.first join one b on b.id = near.second
            where ($1::text is null or a.village like $1 || '%' or b.village like $1 || '%')
              and not exists (select from registry.resident_link l where l.first = a.id and l.second = b.id)
              and not exists (
                select from registry.resident_person x join registry.resident_person y on y.person_id = x.person_id
                where x.resident_id = a.id and y.resident_id = b.id)
            """,
            [area.map { .text($0) } ?? .null]
        )
        var found: [Candidate] = []
        for row in rows {
            let births = [CivilDate(daysSince1970: try row.date(2)), CivilDate(daysSince1970: try row.date(3))]
            let (score, holding) = rules.judge(try holds(row, births[0], births[1]))
            guard score >= rules.least else { continue }
            found.append(
                Candidate(
                    first: try row.uuid(0),
                    second: try row.uuid(1),
                    score: score,
                    rules: holding,
                    posyandu: [try row.uuid(6), try row.uuid(7)],
                    births: births.map(\.description),
                    sexes: [try row.string(4), try row.string(5)]
                )
            )
        }
        found.sort {
            if $0.score != $1.score { return $0.score > $1.score }
            return ($0.first.uuidString, $0.second.uuidString) < ($1.first.uuidString, $1.second.uuidString)
        }
        return Array(found.prefix(limit))
    }

    private static func holds(_ row: PostgresRow, _ one: CivilDate, _ other: CivilDate) throws -> Set<String> {
        var rules: Set<String> = []
        func note(_ holds: Bool, _ code: String) { if holds { rules.insert(code) } }
        let (isExact, sounds, shares) = (try row.bool(9), try row.bool(10), try row.bool(11))
        note(isExact, "nama_sama")
        note(!isExact && sounds, "nama_mirip")
        note(!isExact && !sounds && shares, "nama_sebagian")
        let isSameDay = one == other
        note(isSameDay, "lahir_sama")
        note(!isSameDay && isNear(one, other), "lahir_dekat")
        let isSameSex = try row.string(4) == row.string(5)
        note(isSameSex, "jk_sama")
        note(!isSameSex, "jk_beda")
        let (isSameMother, isSameHousehold) = (try row.bool(12), try row.bool(14))
        note(isSameMother, "ibu_sama")
        note(try row.bool(13), "ibu_beda")
        note(isSameHousehold, "rumah_tangga_sama")
        note(isSameDay && (isSameMother || isSameHousehold) && (!sounds || !isSameSex), "kembar")
        note(try row.uuid(6) == row.uuid(7), "posyandu_sama")
        note(try row.bool(8), "desa_sama")
        let isOdd = try row.bool(16)
        note(try row.bool(15) && !isOdd, "nik_beda")
        note(isOdd, "nik_tidak_cocok")
        return rules
    }

    /// Days at most three apart, day and month exchanged, or the same day and month of neighbouring years.
    private static func isNear(_ one: CivilDate, _ other: CivilDate) -> Bool {
        if abs(one.daysSince1970 - other.daysSince1970) <= 3 { return true }
        if one.year == other.year, one.day == other.month, one.month == other.day { return true }
        return abs(one.year - other.year) == 1 && one.month == other.month && one.day == other.day
    }
}
