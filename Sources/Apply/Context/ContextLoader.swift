// Reads from the registry what a batch of records needs to be decided.
// SPDX-License-Identifier: Apache-2.0
import Cases
import FoundationEssentials
import PluginKit
import PostgresClient
import Registry

/// What a batch asks of the registry.
struct ContextQuestions: Sendable {
    /// Ids of records that the batch brings, corrects or retracts.
    var records: Set<UUID> = []
    var residents: Set<UUID> = []
    var cases: Set<UUID> = []
    /// Codes of which must be known whether a case has them.
    var receipts: Set<ReceiptCode> = []
    /// Subject and type → how many of the newest records.
    var newest: [SubjectType: Int] = [:]
    /// Subject and type of which every record is needed.
    var all: Set<SubjectType> = []
    /// Residents whose revisions are needed: which messages made them.
    var histories: Set<UUID> = []
    /// Residents of whom must be known with whom they are one person.
    var persons: Set<UUID> = []
    /// Residents whose links to others are needed, whole persons.
    var links: Set<UUID> = []
    /// Persons of whom every record is needed, of every type.
    var everything: Set<UUID> = []
    var posyandu = PosyanduQuestions()

    /// Asks for at least so many of the newest records.
    mutating func ask(_ key: SubjectType, newest count: Int) {
        func widen(_ limit: inout Int) { limit = max(limit, count) }
        widen(&newest[key, default: 0])
    }

    var isEmpty: Bool {
        records.isEmpty && residents.isEmpty && cases.isEmpty && receipts.isEmpty && newest.isEmpty && all.isEmpty
            && histories.isEmpty
            && persons.isEmpty && links.isEmpty && everything.isEmpty && posyandu.isEmpty
    }
}

enum ContextLoader {
    static let columns = """
        r.id, r.type_id, r.revision, r.posyandu_id, r.subject, r.date, r.lineage, r.state, r.version, r.body, r.body_sealed
        """

    /// Answers the questions into the working set.
    static func load(
        _ questions: ContextQuestions,
        into set: inout WorkingSet,
        sectors: [Int16: Int16],
        cipher: ResidentCipher,
        _ connection: isolated PostgresConnection
    ) throws {
        if !questions.records.isEmpty {
            let ids = questions.records.sorted { $0.precedes($1) }
            let rows = try connection.query(
                "select \(columns) from registry.record r where r.id = any($1::uuid[])",
                [.uuidArray(ids)]
            )
            set.load(try rows.map { try RecordState($0, sectors: sectors, cipher) })
            try loadAliases(of: ids, into: &set, sectors, cipher, connection)
        }
        if !questions.receipts.isEmpty {
            for row in try connection.query(
                "select receipt, id from registry.case where receipt = any($1)",
                [.textArray(questions.receipts.map(\.plain))]
            ) {
                if let code = try? ReceiptCode(try row.string(0)) { set.receipts[code] = try row.uuid(1) }
            }
        }
        if !questions.residents.isEmpty {
            for (id, row) in try SubjectStore.subjects(connection, ids: Array(questions.residents))
            where set.residents[id] == nil {
                set.residents[id] = SubjectFacts(
                    posyandu: row.posyanduID,
                    sex: row.sex,
                    birthDate: CivilDate(daysSince1970: row.birthDate),
                    died: row.died.map { CivilDate(daysSince1970: $0) }
                )
            }
        }
        if !questions.newest.isEmpty { try loadNewest(questions.newest, into: &set, sectors, cipher, connection) }
        if !questions.all.isEmpty {
            let keys = Array(questions.all)
            let rows = try connection.query(
                """
                select \(columns) from unnest($1::uuid[], $2::smallint[]) as q(subject, type_id)
                join registry.record r using (subject, type_id)
                """,
                [.uuidArray(keys.map(\.subject)), .int2Array(keys.map(\.type))]
            )
            set.load(try rows.map { try RecordState($0, sectors: sectors, cipher) })
            for key in keys { set.markLoaded(key, .all) }
        }
        try PersonLoader.load(questions.persons, into: &set.persons, connection)
        if !questions.links.isEmpty {
            try PersonLoader.loadLinks(Array(questions.links), into: &set.persons, connection)
        }
        if !questions.everything.isEmpty {
            let rows = try connection.query(
                "select \(columns) from registry.record r where r.subject = any($1::uuid[])",
                [.uuidArray(Array(questions.everything))]
            )
            set.load(try rows.map { try RecordState($0, sectors: sectors, cipher) })
        }
        if !questions.histories.isEmpty { try loadHistories(questions.histories, into: &set, connection) }
        try set.posyandu.load(questions.posyandu, connection)
        if !questions.cases.isEmpty { try CaseLoader.load(questions.cases, into: &set, connection) }
    }

    private static func loadAliases(
        of ids: [UUID],
        into set: inout WorkingSet,
        _ sectors: [Int16: Int16],
        _ cipher: ResidentCipher,
        _ connection: isolated PostgresConnection
    ) throws {
        let rows = try connection.query(
            """
            select \(columns), k.key, k.lineage from registry.record_key k join registry.record r on r.id = k.record_id
            where k.key = any($1::uuid[]) and k.lineage is not null
            """,
            [.uuidArray(ids)]
        )
        for row in rows {
            let state = try RecordState(row, sectors: sectors, cipher)
            set.load([state])
            set.aliases[try row.uuid(11)] = WorkingSet.Alias(record: state.id, lineage: Int64(try row.int(12)))
        }
    }

    private static func loadHistories(
        _ residents: Set<UUID>,
        into set: inout WorkingSet,
        _ connection: isolated PostgresConnection
    ) throws {
        let rows = try connection.query(
            """
            select id, lineage from registry.resident where id = any($1::uuid[]) and lineage is not null
            union all select id, lineage from registry.resident_revision where id = any($1::uuid[]) and lineage is not null
            union all select resident_id, lineage from registry.resident_message where resident_id = any($1::uuid[])
            """,
            [.uuidArray(Array(residents))]
        )
        for id in residents { set.residentLineages[id] = [] }
        for row in rows { set.residentLineages[try row.uuid(0), default: []].append(Int64(try row.int(1))) }
    }

    private static func loadNewest(
        _ wanted: [SubjectType: Int],
        into set: inout WorkingSet,
        _ sectors: [Int16: Int16],
        _ cipher: ResidentCipher,
        _ connection: isolated PostgresConnection
    ) throws {
        let keys = Array(wanted.keys)
        let limits = keys.map { Int32(wanted[$0] ?? 1) }
        let rows = try connection.query(
            """
            select \(columns) from unnest($1::uuid[], $2::smallint[], $3::int[]) as q(subject, type_id, n)
            cross join lateral (
              select * from registry.record r where r.subject = q.subject and r.type_id = q.type_id
              order by r.date desc limit q.n) r
            """,
            [.uuidArray(keys.map(\.subject)), .int2Array(keys.map(\.type)), .int4Array(limits)]
        )
        let states = try rows.map { try RecordState($0, sectors: sectors, cipher) }
        set.load(states)
        var found: [SubjectType: [CivilDate]] = [:]
        for state in states {
            guard let subject = state.subject else { continue }
            found[SubjectType(subject: subject, type: state.type), default: []].append(state.date)
        }
        for (key, limit) in zip(keys, limits) {
            let dates = found[key] ?? []
            if dates.count == Int(limit), let oldest = dates.min() {
                set.markLoaded(key, .after(oldest))
            } else {
                set.markLoaded(key, .all)
            }
        }
    }
}

extension RecordState {
    /// A row of `ContextLoader.columns`.
    init(_ row: PostgresRow, sectors: [Int16: Int16], _ cipher: ResidentCipher) throws {
        let type = Int16(try row.int(1))
        let id = try row.uuid(0)
        self.init(
            id: id,
            type: type,
            sector: sectors[type] ?? 0,
            revision: Int16(try row.int(2)),
            posyandu: Int32(try row.int(3)),
            subject: try row.optionalUUID(4),
            date: CivilDate(daysSince1970: try row.date(5)),
            lineage: Int64(try row.int(6)),
            state: Int16(try row.int(7)),
            version: Int16(try row.int(8)),
            body: try row.optionalBytes(10).map { try cipher.open($0, .recordBody, row: id) }
                ?? Array(try row.string(9).utf8),
            person: nil
        )
    }
}
