// Closes months of case registers, and reads back what they said.
// SPDX-License-Identifier: Apache-2.0
import Cases
import Crypto
import FoundationEssentials
package import PluginKit
import PostgresClient
import Registry
import Summaries

/// A closed month.
package struct ClosedMonth: Hashable, Sendable {
    package var month: String
    /// Microseconds since 1970 UTC.
    package var closedAt: Int64
    package var closedBy: String
    /// Registers of a posyandu and sector that it holds.
    package var registers: Int
    /// SHA-256 over the digests of its registers.
    package var digest: [UInt8]
    /// False when it was closed before: nothing was changed.
    package var isNew: Bool
}

enum ClosedMonths {
    static func closedAt(_ connection: isolated PostgresConnection, _ month: Period) throws -> Int64? {
        try connection.query(
            "select closed_at from registry.case_month where month = $1",
            [.text(month.description)]
        ).first?.timestamp(0)
    }

    /// The frozen registers of a sector by posyandu. Their digests are checked.
    static func registers(
        _ connection: isolated PostgresConnection,
        _ month: Period,
        _ posyandu: [Int32],
        sector: String?
    ) throws -> [Int32: FrozenCases] {
        var found: [Int32: FrozenCases] = [:]
        for (post, frozen) in try all(connection, month, posyandu, sector: sector) { found[post] = frozen }
        return found
    }

    /// The frozen registers of all sectors, or of one.
    static func all(
        _ connection: isolated PostgresConnection,
        _ month: Period,
        _ posyandu: [Int32],
        sector: String? = nil
    ) throws -> [(posyandu: Int32, frozen: FrozenCases)] {
        try connection.query(
            """
            select posyandu_id, digest, bytes from registry.case_month_register
            where month = $1 and posyandu_id = any($2) and ($3::text is null or sector = $3)
            order by posyandu_id, sector
            """,
            [.text(month.description), .int4Array(posyandu), sector.map { .text($0) } ?? .null]
        ).map { row in
            let bytes = try row.bytes(2)
            guard FrozenCases.digest(bytes) == (try row.bytes(1)) else {
                throw RegisterError(
                    "A closed register of \(month) does not have the digest it was closed with.",
                    hint: "restore registry.case_month_register from a backup"
                )
            }
            return (Int32(try row.int(0)), try FrozenCases(bytes))
        }
    }
}

extension CaseRegisters {
    /// The months that are closed, oldest first.
    package func closedMonths() async throws -> [ClosedMonth] {
        try await pool.withConnection { try Self.closedMonths($0, nil) }
    }

    private static func closedMonths(
        _ connection: isolated PostgresConnection,
        _ month: String?
    ) throws -> [ClosedMonth] {
        try connection.query(
            """
            select m.month, m.closed_at, m.closed_by, m.digest,
              (select count(*) from registry.case_month_register r where r.month = m.month)
            from registry.case_month m where $1::text is null or m.month = $1 order by m.month
            """,
            [month.map { .text($0) } ?? .null]
        ).map { row in
            ClosedMonth(
                month: try row.string(0),
                closedAt: try row.timestamp(1),
                closedBy: try row.string(2),
                registers: try row.int(4),
                digest: try row.bytes(3),
                isNew: false
            )
        }
    }

    /// Freezes what the registers of a month say, of every posyandu and sector with a case in it. A month is closed once.
    ///
    /// - Throws: ``RegisterError`` when the month is not over.
    package func close(_ month: Period, _ manifests: [Manifest], by actor: String, now: Int64) async throws
        -> ClosedMonth
    {
        guard month.kind == .month, month.last < settings.day(now) else {
            throw RegisterError("The month \(month) is not over.", hint: "a month is closed after its last day")
        }
        return try await pool.transaction(.init(isolation: .repeatableRead)) { connection in
            try connection.run(script: "lock table registry.case_month in share row exclusive mode")
            try LongReading.allow(connection)
            if let closed = try Self.closedMonths(connection, month.description).first { return closed }
            let frozen = try freeze(connection, month, manifests)
            var digests: [[UInt8]] = []
            var bytes: [[UInt8]] = []
            var whole = SHA256()
            for entry in frozen {
                let text = entry.frozen.bytes
                bytes.append(text)
                digests.append(FrozenCases.digest(text))
                whole.update(data: digests[digests.count - 1])
            }
            try connection.execute(
                "insert into registry.case_month(month, closed_at, closed_by, digest) values ($1, $2, $3, $4)",
                [.text(month.description), .timestamptz(now), .text(actor), .bytea(Array(whole.finalize()))]
            )
            try connection.execute(
                """
                insert into registry.case_month_register(month, posyandu_id, sector, digest, bytes)
                select $1, n.posyandu, n.sector, n.digest, n.bytes
                from unnest($2::int[], $3::text[], $4::bytea[], $5::bytea[]) as n(posyandu, sector, digest, bytes)
                """,
                [
                    .text(month.description), .int4Array(frozen.map(\.posyandu)),
                    .textArray(frozen.map(\.frozen.sector)), .byteaArray(digests), .byteaArray(bytes),
                ]
            )
            guard var closed = try Self.closedMonths(connection, month.description).first else {
                throw RegisterError("The month \(month) was not closed.")
            }
            closed.isNew = true
            return closed
        }
    }

    private func freeze(
        _ connection: isolated PostgresConnection,
        _ month: Period,
        _ manifests: [Manifest]
    ) throws -> [(posyandu: Int32, frozen: FrozenCases)] {
        let sectors = sectors(manifests, try CaseReading.words(connection))
        let posts = try RegisterPost.all(connection, month)
        let stories = try CaseReading.stories(
            connection,
            posyandu: posts.map(\.id),
            month: month,
            through: month.last,
            utcOffset: settings.utcOffset
        )
        let known = Dictionary(uniqueKeysWithValues: stories.map { ($0.id, $0) })
        var workdays = WorkdayCounter(settings.calendar)
        var counts: [Int32: [String: CaseCounts]] = [:]
        let rules = Dictionary(uniqueKeysWithValues: sectors.map { ($0.rules.id, $0.rules) })
        for story in stories {
            guard let sector = rules[String(story.type.prefix { $0 != "." })] else { continue }
            counts[story.posyandu, default: [:]][sector.id, default: CaseCounts()]
                .add(story, sector, month: month, endOf: month.last, &workdays)
        }
        var registers: [Int32: [String: [FrozenCases.Register]]] = [:]
        for (sector, manifest) in sectors {
            for register in manifest.registers where register.recap == nil && register.columns.contains("case.tl") {
                let rows = try CaseReading.rows(
                    connection,
                    posyandu: posts.map(\.id),
                    types: register.types,
                    month: month
                )
                let reading = CaseRegisterReading(
                    cipher: cipher,
                    settings: settings,
                    sector: sector,
                    register: register,
                    columns: CaseColumns(register, manifest),
                    posts: posts,
                    month: month,
                    day: month.last
                )
                for (post, made) in zip(posts, reading.registers(rows, known)) where !made.rows.isEmpty {
                    registers[post.id, default: [:]][sector.id, default: []].append(made)
                }
            }
        }
        return posts.flatMap { post in
            sectors.compactMap { sector -> (posyandu: Int32, frozen: FrozenCases)? in
                let id = sector.rules.id
                let count = counts[post.id]?[id] ?? CaseCounts()
                guard !count.isEmpty else { return nil }
                let frozen = FrozenCases(
                    month: month.description,
                    posyandu: post.uuid,
                    sector: id,
                    counts: count,
                    registers: registers[post.id]?[id] ?? []
                )
                return (post.id, frozen)
            }
        }
    }
}
