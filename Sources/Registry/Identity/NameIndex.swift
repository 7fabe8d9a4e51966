// Keeps keyed hashes of residents' names, by which two rows of one person are found without opening every name.
// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials
internal import PluginKit
package import PostgresClient

/// `registry.resident_name` follows `registry.resident` on demand: before candidates are sought, rows of residents that are new or
/// were revised are made. So registering and importing pay nothing for it.
package struct NameIndex: Sendable {
    private static let rowsAtOnce = 2_000
    private let cipher: ResidentCipher

    package init(cipher: ResidentCipher) {
        self.cipher = cipher
    }

    /// Brings the index up to date, in transactions of some thousand residents.
    /// - Returns: how many residents were indexed.
    package func follow(_ pool: PostgresPool) async throws -> Int {
        var done = 0
        var last: UUID?
        while true {
            let after = last
            let end = try await pool.transaction { connection in
                let rows = try connection.query(
                    """
                    select r.id, r.revision, r.person_sealed, r.nik_sealed, r.sex::text, r.birth_date from registry.resident r
                    where ($1::uuid is null or r.id > $1) and not exists (
                      select from registry.resident_name n where n.resident_id = r.id and n.revision = r.revision)
                    order by r.id limit $2
                    """,
                    [after.map { .uuid($0) } ?? .null, .int8(Int64(Self.rowsAtOnce))]
                )
                try write(rows.map(read), connection)
                return (last: try rows.last?.uuid(0), count: rows.count)
            }
            guard let id = end.last else { return done }
            last = id
            done += end.count
        }
    }

    private struct Row {
        var id: UUID
        var revision: Int32
        var exact: [UInt8]
        var sound: [UInt8]
        var words: [[UInt8]]
        var isOdd: Bool
    }

    private func read(_ row: PostgresRow) throws -> Row {
        let id = try row.uuid(0)
        let person = try row.optionalBytes(2).map { try cipher.open($0, .residentPerson, row: id) }
        let name = NameSound(person.flatMap { Person($0) }?.name ?? "")
        var isOdd = false
        if let sealed = try row.optionalBytes(3) {
            let birth = CivilDate(daysSince1970: try row.date(5))
            let nik = try cipher.openNIK(sealed, .residentNIK, row: id)
            isOdd = !nik.oddities(sex: try row.string(4), year: birth.year, month: birth.month, day: birth.day).isEmpty
        }
        return Row(
            id: id,
            revision: Int32(try row.int(1)),
            exact: cipher.index(ofName: name.words.joined(separator: " "), "exact"),
            sound: cipher.index(ofName: name.sounds.joined(separator: " "), "sound"),
            words: name.sounds.map { Array(cipher.index(ofName: $0, "word").prefix(8)) },
            isOdd: isOdd
        )
    }

    private func write(_ rows: [Row], _ connection: isolated PostgresConnection) throws {
        guard !rows.isEmpty else { return }
        let words = rows.flatMap { row in row.words.map { (id: row.id, word: $0) } }
        try connection.execute(
            """
            with word as (
              select id, array_agg(word order by word) as words from unnest($6::uuid[], $7::bytea[]) as w(id, word) group by id)
            insert into registry.resident_name as n (resident_id, revision, exact_index, sound_index, words, nik_is_odd)
            select g.id, g.revision, g.exact, g.sound, coalesce(w.words, '{}'), g.odd
            from unnest($1::uuid[], $2::int[], $3::bytea[], $4::bytea[], $5::bool[]) as g(id, revision, exact, sound, odd)
            left join word w on w.id = g.id
            on conflict (resident_id) do update set revision = excluded.revision, exact_index = excluded.exact_index,
              sound_index = excluded.sound_index, words = excluded.words, nik_is_odd = excluded.nik_is_odd
            """,
            [
                .uuidArray(rows.map(\.id)), .int4Array(rows.map(\.revision)), .byteaArray(rows.map(\.exact)),
                .byteaArray(rows.map(\.sound)), .boolArray(rows.map(\.isOdd)), .uuidArray(words.map(\.id)),
                .byteaArray(words.map(\.word)),
            ]
        )
    }
}
