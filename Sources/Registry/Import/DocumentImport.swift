// Imports decrees and the other papers of posyandu.
// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials
internal import PluginKit
internal import PostgresClient

/// Columns: `jenis, nomor, tanggal, salinan`, and `posyandu_uuid` or `kode_desa`; optional `pejabat, berlaku_dari,
/// berlaku_sampai`.
///
/// `jenis` is a kind of the list of papers in force (`config/reference/posyandu-documents.csv`); kinds that have a term
/// need `berlaku_sampai`. A line with `kode_desa` is a paper of every posyandu that serves in that desa. What an
/// operator told by `posyanductl posyandu dossier set` is never changed here.
struct DocumentImport: ImportTable {
    static let columns: [ImportColumn] = [
        .optional("posyandu_uuid"), .optional("kode_desa"), .required("jenis"), .required("nomor"),
        .required("tanggal"), .optional("pejabat"), .optional("berlaku_dari"), .optional("berlaku_sampai"),
        .required("salinan"),
    ]

    private let today: CivilDate
    private var directory: [UUID: Int32] = [:]
    private var villages: [String: [Int32]] = [:]
    private var kinds: [PaperKind] = []

    init(_ request: ImportRequest) {
        today = request.today
    }

    mutating func begin(_ connection: isolated PostgresConnection) throws {
        guard let list = DocumentList.inForce(try DossierStore.lists(connection), on: today) else {
            throw RegistryError(
                .request,
                "No list of papers is in force today.",
                hint: "Start the daemon with the folder of reference lists (reference.folder)."
            )
        }
        kinds = list.kinds
        directory = try PosyanduImport.ids(connection)
        let rows = try connection.query(
            """
            select village_code, array_agg(id order by id) from registry.posyandu
            where active_to is null or active_to >= $1 group by village_code
            """,
            [.date(today.daysSince1970)]
        )
        for row in rows { villages[try row.string(0)] = try row.intArray(1).map { Int32(truncatingIfNeeded: $0) } }
        try connection.run(
            script: """
                create temp table import_document (line bigint not null, posyandu_id int not null, kind text not null,
                    number text not null, dated date not null, decided_by text, valid_from date, valid_to date,
                    copy_at text not null, outcome text) on commit drop
                """
        )
    }

    mutating func stage(
        _ rows: inout [ImportRow],
        _ findings: inout ImportFindings,
        _ connection: isolated PostgresConnection
    ) throws {
        var buffer = CopyBuffer(columns: 9)
        for place in rows.indices { stage(&rows[place], &buffer) }
        _ = try connection.copyIn(
            """
            copy pg_temp.import_document (line, posyandu_id, kind, number, dated, decided_by, valid_from, valid_to,
                copy_at) from stdin with (format binary)
            """,
            buffer
        )
    }

    private func stage(_ row: inout ImportRow, _ buffer: inout CopyBuffer) {
        let posyandu = posyandu(&row)
        let kind = row.choice("jenis", of: kinds.map(\.code), required: true)
        let number = row.required("nomor")
        let dated = row.date("tanggal", required: true)
        let decidedBy = row.optional("pejabat")
        let from = row.date("berlaku_dari", required: false)
        let hasTerm = kinds.first { $0.code == kind }?.hasTerm ?? false
        let until = row.date("berlaku_sampai", required: hasTerm)
        let copy = row.required("salinan")
        if let dated, dated > today.daysSince1970 {
            row.complain("tanggal", "document_future", "The date lies after today.", "Correct it.")
        }
        if let until, let first = from ?? dated, until < first {
            row.complain(
                "berlaku_sampai",
                "end_before_start",
                "The end lies before the start.",
                "Correct one of the dates."
            )
        }
        guard row.isGood, let kind, let number, let dated, let copy else { return }
        for id in posyandu {
            buffer.startRow()
            buffer.append(int8: Int64(row.line))
            buffer.append(int4: id)
            buffer.append(text: kind)
            buffer.append(text: number)
            buffer.append(date: dated)
            buffer.append(decidedBy.map(PostgresValue.text) ?? .null)
            buffer.append(from.map(PostgresValue.date) ?? .null)
            buffer.append(until.map(PostgresValue.date) ?? .null)
            buffer.append(text: copy)
        }
    }

    /// The posyandu that a line is about: one, or those of a desa.
    private func posyandu(_ row: inout ImportRow) -> [Int32] {
        let uuid = row.uuid("posyandu_uuid", required: false)
        let village = row.optional("kode_desa")
        guard row.isGood else { return [] }
        switch (uuid, village) {
        case (let uuid?, nil):
            if let id = directory[uuid] { return [id] }
            row.complain(
                "posyandu_uuid",
                "posyandu_unknown",
                "No posyandu of the registry has this uuid.",
                "Import the posyandu first, or correct the uuid."
            )
        case (nil, let village?):
            if let ids = villages[village] { return ids }
            row.complain(
                "kode_desa",
                "village_without_posyandu",
                "Found \(ValueClass.of(village)): no posyandu serves in a desa of that code.",
                "Write the Kemendagri code with dots, PP.KK.CC.XXXX."
            )
        default:
            row.complain(
                "posyandu_uuid",
                "posyandu_or_village",
                "The line must name either a posyandu or a desa.",
                "Fill in exactly one of posyandu_uuid and kode_desa."
            )
        }
        return []
    }

    private static let newest = """
        left join lateral (select d.* from registry.document d where (d.posyandu_id, d.kind, d.number)
            = (new.posyandu_id, new.kind, new.number) order by d.revision desc limit 1) old on true
        """

    /// What the registry would have after the line: an empty cell leaves what is there.
    private static let merged = """
        new.dated, coalesce(new.decided_by, old.decided_by), coalesce(new.valid_from, old.valid_from, new.dated),
        coalesce(new.valid_to, old.valid_to), new.copy_at
        """

    private static let checks: [StagedCheck] = [
        StagedCheck(
            table: "import_document",
            column: "nomor",
            code: "document_twice",
            query: """
                select line, min(first)::text from (select line,
                    min(line) over (partition by posyandu_id, kind, number) as first from pg_temp.import_document) lines
                where line > first group by line order by line
                """,
            message: { "Line \($0) is about the same paper of the same posyandu." },
            fix: "Remove one of the two."
        ),
        StagedCheck(
            table: "import_document",
            column: nil,
            code: "dossier_submitted",
            query: """
                select line, min(p.uuid::text) from pg_temp.import_document new
                join registry.posyandu p on p.id = new.posyandu_id
                where (select to_state from registry.dossier_move m where m.posyandu_id = new.posyandu_id
                        order by seq desc limit 1) = 'diajukan'
                    and not exists (select from registry.posyandu_registration held
                        where held.posyandu_id = new.posyandu_id)
                group by line order by line
                """,
            message: { "The dossier of \($0) is submitted; its papers rest." },
            fix: "Return it first: posyanductl posyandu dossier return."
        ),
        StagedCheck(
            table: "import_document",
            column: nil,
            code: "document_by_act",
            query: """
                select line, min(p.uuid::text) from pg_temp.import_document new
                join registry.posyandu p on p.id = new.posyandu_id \(newest)
                where old.lineage is not null and ((\(merged)) is distinct from
                    (old.dated, old.decided_by, old.valid_from, old.valid_to, old.copy_at) or old.is_withdrawn)
                group by line order by line
                """,
            message: { "An operator told this paper of \($0) otherwise." },
            fix: "Correct it by posyanductl posyandu dossier set, or leave the line out."
        ),
        StagedCheck(
            table: "import_document",
            column: "berlaku_sampai",
            code: "end_before_start",
            query: """
                select line, null::text from pg_temp.import_document new \(newest)
                where coalesce(new.valid_to, old.valid_to) < coalesce(new.valid_from, old.valid_from, new.dated)
                group by line order by line
                """,
            message: { _ in "With what the registry has, the end lies before the start." },
            fix: "Fill in both dates."
        ),
    ]

    mutating func check(_ findings: inout ImportFindings, _ connection: isolated PostgresConnection) throws {
        try connection.execute("analyze pg_temp.import_document")
        for check in Self.checks { try check.run(&findings, connection) }
    }

    /// Counts are lines: a line of a desa counts once.
    mutating func apply(_ connection: isolated PostgresConnection) throws -> ImportCounts {
        try connection.execute(
            """
            update pg_temp.import_document target set outcome = judged.outcome
            from (select new.line, new.posyandu_id, case when old.revision is null then 'new'
                    when old.is_withdrawn or (\(Self.merged)) is distinct from
                        (old.dated, old.decided_by, old.valid_from, old.valid_to, old.copy_at) then 'changed'
                    else 'same' end as outcome
                from pg_temp.import_document new \(Self.newest)) judged
            where (judged.line, judged.posyandu_id) = (target.line, target.posyandu_id)
            """
        )
        let counts = try connection.query(
            """
            select count(*) filter (where best = 1), count(*) filter (where best = 2), count(*) filter (where best = 3)
            from (select line, min(case outcome when 'new' then 1 when 'changed' then 2 else 3 end) as best
                from pg_temp.import_document group by line) lines
            """
        )[0]
        try connection.execute(
            """
            insert into registry.document (posyandu_id, kind, number, revision, dated, decided_by, valid_from, valid_to,
                copy_at)
            select new.posyandu_id, new.kind, new.number, coalesce(old.revision, 0) + 1, \(Self.merged)
            from pg_temp.import_document new \(Self.newest)
            where new.outcome <> 'same' order by new.line, new.posyandu_id
            """
        )
        return ImportCounts(inserted: try counts.int(0), updated: try counts.int(1), unchanged: try counts.int(2))
    }
}
