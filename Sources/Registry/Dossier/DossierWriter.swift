// Writes what messages did to dossiers, terms, presence lists and notices.
// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials
internal import PluginKit
package import PostgresClient

/// What a batch of messages changed, each list in the order of the messages.
package struct PosyanduChanges: Sendable {
    package var papers: [(posyanduID: Int32, paper: DossierPaper)] = []
    package var numbers: [(posyanduID: Int32, number: HeldNumber)] = []
    package var moves: [(posyanduID: Int32, move: DossierMove)] = []
    package var terms: [CadreTerm] = []
    package var presences: [PresenceList] = []
    package var notices: [CadreNotice] = []

    package init() {}

    package var isEmpty: Bool {
        papers.isEmpty && numbers.isEmpty && moves.isEmpty && terms.isEmpty && presences.isEmpty && notices.isEmpty
    }
}

package enum DossierWriter {
    /// Inside the caller's transaction, at most one statement for each kind of change and message.
    package static func write(_ changes: PosyanduChanges, _ connection: isolated PostgresConnection) throws {
        guard !changes.isEmpty else { return }
        try writePapers(changes.papers, connection)
        try writeNumbers(changes.numbers, connection)
        try writeMoves(changes.moves, connection)
        for term in changes.terms { try write(term, connection) }
        for list in changes.presences { try write(list, connection) }
        for notice in changes.notices { try write(notice, connection) }
    }

    private static func writePapers(
        _ rows: [(posyanduID: Int32, paper: DossierPaper)],
        _ connection: isolated PostgresConnection
    ) throws {
        guard !rows.isEmpty else { return }
        try connection.execute(
            """
            insert into registry.document (posyandu_id, kind, number, revision, dated, decided_by, valid_from, valid_to,
                copy_at, is_withdrawn, said_by, lineage)
            select * from unnest($1::int[], $2::text[], $3::text[], $4::int[], $5::date[], $6::text[], $7::date[],
                $8::date[], $9::text[], $10::bool[], $11::text[], $12::bigint[])
            """,
            [
                .int4Array(rows.map(\.posyanduID)), .textArray(rows.map(\.paper.kind)),
                .textArray(rows.map(\.paper.number)), .int4Array(rows.map(\.paper.revision)),
                .dateArray(rows.map(\.paper.dated.daysSince1970)), .textOptionalArray(rows.map(\.paper.decidedBy)),
                .dateArray(rows.map(\.paper.validFrom.daysSince1970)),
                .dateOptionalArray(rows.map { $0.paper.validTo?.daysSince1970 }),
                .textOptionalArray(rows.map(\.paper.copyAt)), .boolArray(rows.map(\.paper.isWithdrawn)),
                .textOptionalArray(rows.map(\.paper.saidBy)), .int8OptionalArray(rows.map(\.paper.lineage)),
            ]
        )
    }

    private static func writeNumbers(
        _ rows: [(posyanduID: Int32, number: HeldNumber)],
        _ connection: isolated PostgresConnection
    ) throws {
        guard !rows.isEmpty else { return }
        try connection.execute(
            """
            insert into registry.posyandu_registration (number, posyandu_id, issued_under, registered_on, lineage)
            select * from unnest($1::text[], $2::int[], $3::smallint[], $4::date[], $5::bigint[])
            """,
            [
                .textArray(rows.map(\.number.number)), .int4Array(rows.map(\.posyanduID)),
                .int2Array(rows.map(\.number.issuedUnder)),
                .dateArray(rows.map(\.number.registeredOn.daysSince1970)),
                .int8OptionalArray(rows.map(\.number.lineage)),
            ]
        )
    }

    private static func writeMoves(
        _ rows: [(posyanduID: Int32, move: DossierMove)],
        _ connection: isolated PostgresConnection
    ) throws {
        guard !rows.isEmpty else { return }
        try connection.execute(
            """
            insert into registry.dossier_move (posyandu_id, seq, from_state, to_state, day, said_by, reason, number,
                document_list, lineage)
            select * from unnest($1::int[], $2::int[], $3::text[], $4::text[], $5::date[], $6::text[], $7::text[],
                $8::text[], $9::text[], $10::bigint[])
            """,
            [
                .int4Array(rows.map(\.posyanduID)), .int4Array(rows.map(\.move.seq)),
                .textArray(rows.map(\.move.from.rawValue)), .textArray(rows.map(\.move.to.rawValue)),
                .dateArray(rows.map(\.move.day.daysSince1970)), .textArray(rows.map(\.move.saidBy)),
                .textOptionalArray(rows.map(\.move.reason)), .textOptionalArray(rows.map(\.move.number)),
                .textOptionalArray(rows.map(\.move.documentList)), .int8Array(rows.map(\.move.lineage)),
            ]
        )
    }

    private static func write(_ term: CadreTerm, _ connection: isolated PostgresConnection) throws {
        try connection.execute(
            """
            update registry.cadre_term set ended = $5, end_reason = $6, end_said_by = $7, end_lineage = $8
            where (cadre_id, posyandu_id, role, started) = ($1, $2, $3, $4)
            """,
            [
                .uuid(term.key.cadre), .int4(term.key.posyanduID), .text(term.key.role),
                .date(term.key.started.daysSince1970), term.ended.map { .date($0.daysSince1970) } ?? .null,
                term.reason.map { .text($0) } ?? .null, term.saidBy.map { .text($0) } ?? .null,
                term.lineage.map { .int8($0) } ?? .null,
            ]
        )
    }

    private static func write(_ list: PresenceList, _ connection: isolated PostgresConnection) throws {
        try connection.execute(
            """
            insert into registry.presence (posyandu_id, day, activity, cadres, lineage) values ($1, $2, $3, $4, $5)
            on conflict (posyandu_id, day, activity) do update set cadres = excluded.cadres, lineage = excluded.lineage
            """,
            [
                .int4(list.key.posyanduID), .date(list.key.day.daysSince1970), .text(list.key.activity),
                .uuidArray(list.cadres), .int8(list.lineage),
            ]
        )
    }

    private static func write(_ notice: CadreNotice, _ connection: isolated PostgresConnection) throws {
        try connection.execute(
            """
            insert into registry.cadre_notice (cadre_id, posyandu_id, from_day, to_day, lineage)
            values ($1, $2, $3, $4, $5)
            on conflict (cadre_id, posyandu_id, from_day) do update set to_day = excluded.to_day,
                lineage = excluded.lineage
            """,
            [
                .uuid(notice.key.cadre), .int4(notice.key.posyanduID), .date(notice.key.from.daysSince1970),
                notice.until.map { .date($0.daysSince1970) } ?? .null, .int8(notice.lineage),
            ]
        )
    }
}
