// The lists of a register that name residents: who came in which month.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient
import Registry

/// Reads the name lists of one posyandu and year.
struct NameLists {
    let search: ResidentSearch
    let reason: AccessReason

    private struct Person {
        var id: UUID
        var sex: String
        var birth: CivilDate
        var months: Set<Int> = []
    }

    func read(
        _ connection: isolated PostgresConnection,
        _ lists: [Manifest.NameList],
        of post: RegisterPost,
        year: Int,
        register: String
    ) throws -> [SheetTable] {
        let found = try lists.map { try people(connection, $0, post, year) }
        let all = Set(found.flatMap { $0.map(\.id) }).sorted { $0.uuidString < $1.uuidString }
        let names = try search.names(
            connection,
            of: all,
            list: "\(register) \(post.uuid.uuidString.lowercased()) \(year)",
            withNIK: true,
            reason
        )
        return zip(lists, found).map { list, people in table(list, people, names, year) }
    }

    /// Everyone with a record of the list's types at the posyandu in the year and, for a list by age, the residents of the
    /// posyandu who were of that age during the year.
    private func people(
        _ connection: isolated PostgresConnection,
        _ list: Manifest.NameList,
        _ post: RegisterPost,
        _ year: Int
    ) throws -> [Person] {
        guard let first = CivilDate(year: year, month: 1, day: 1), let last = CivilDate(year: year, month: 12, day: 31)
        else { return [] }
        let rows = try connection.query(
            """
            with came as (
              select k.subject, extract(month from k.date)::int as month, k.date
              from registry.contribution k join registry.record r on r.id = k.record_id
              where k.posyandu_id = $1 and k.subject is not null and k.date between $3 and $4
                and r.type_id = any(array(select id from registry.record_type where name = any($2))))
            , person as (
              select subject as id, min(date) as day from came group by 1
              union all
              select id, null from registry.resident
              where $5 and posyandu_id = $1 and birth_date <= $4 and (died is null or died >= $3)
                and not exists (select from came where came.subject = resident.id))
            select p.id, s.sex::text, s.birth_date, p.day,
              array(select distinct month from came where came.subject = p.id order by 1)
            from person p join registry.resident s on s.id = p.id
            """,
            [
                .int4(post.id), .textArray(list.types), .date(first.daysSince1970), .date(last.daysSince1970),
                .bool(list.months != nil),
            ]
        )
        var people: [Person] = []
        for row in rows {
            let birth = CivilDate(daysSince1970: try row.date(2))
            if let months = list.months {
                if let day = try row.optionalDate(3) {
                    guard months.contains(birth.months(until: CivilDate(daysSince1970: day))) else { continue }
                } else {
                    let youngest = birth > first ? 0 : birth.months(until: first)
                    guard youngest <= months.upperBound, birth.months(until: last) >= months.lowerBound else {
                        continue
                    }
                }
            }
            people.append(
                Person(id: try row.uuid(0), sex: try row.string(1), birth: birth, months: Set(try row.intArray(4)))
            )
        }
        return people
    }

    private func table(_ list: Manifest.NameList, _ people: [Person], _ names: [UUID: ResidentName], _ year: Int)
        -> SheetTable
    {
        let sorted = people.sorted { left, right in
            let (one, two) = (names[left.id]?.name ?? "", names[right.id]?.name ?? "")
            return (one, left.birth, left.id.uuidString) < (two, right.birth, right.id.uuidString)
        }
        let rows = sorted.enumerated().map { place, person in
            let name = names[person.id]
            let marks = (1...12).map { person.months.contains($0) ? SheetCell.text("v") : .empty }
            return SheetRow(
                cells: [
                    .number(ExactDecimal(place + 1)), .optional(name?.nik), .optional(name?.name), .text(person.sex),
                    .text(person.birth.description), .optional(name?.mother),
                ] + marks + [.number(ExactDecimal(person.months.count))],
                origin: person.months.isEmpty ? .none : .records
            )
        }
        let fixed = ["No", "NIK", "Nama", "L/P", "Tanggal lahir", "Nama ibu"].map { SheetColumn(heading: [$0]) }
        let months = MonthName.short.map { SheetColumn(heading: ["Kunjungan \(year)", $0]) }
        let attended = (0..<12).map { month in
            SheetCell.number(ExactDecimal(people.count { $0.months.contains(month + 1) }))
        }
        let visits = people.reduce(0) { $0 + $1.months.count }
        return SheetTable(
            title: list.title.id,
            columns: fixed + months + [SheetColumn(heading: ["Kunjungan \(year)", "Jumlah"])],
            rows: rows,
            total: SheetRow(
                cells: [.empty, .empty, .text("JUMLAH HADIR"), .empty, .empty, .empty] + attended
                    + [.number(ExactDecimal(visits))]
            ),
            isNumbered: false
        )
    }
}

extension SheetCell {
    static func optional(_ text: String?) -> SheetCell { text.map { .text($0) } ?? .empty }
}
