// Imports sub kegiatan of the offices with their amounts and tags.
// SPDX-License-Identifier: Apache-2.0
internal import PluginKit
internal import PostgresClient

/// Columns: `tahun, opd, sub_kegiatan`, optional `spm, pekerjaan, wilayah, label_sipd, pagu, realisasi, realisasi_per,
/// ditandai_oleh, ditandai_tanggal, bukti, dicabut`.
///
/// A line is a sub kegiatan of an office in a budget year with at most one tag: a legal SPM service (`spm`, 9 to 37) or a work
/// item (`pekerjaan`, `sector.item`). A sub kegiatan with several tags has several lines; amounts stand in one of them, or in all
/// of them alike. A new tag says who tagged, when, and by what proof; `dicabut` ends one.
struct ProgrammeImport: ImportTable {
    static let columns: [ImportColumn] = [
        .required("tahun"), .required("opd"), .required("sub_kegiatan"), .optional("spm"), .optional("pekerjaan"),
        .optional("wilayah"), .optional("label_sipd"), .optional("pagu"), .optional("realisasi"),
        .optional("realisasi_per"), .optional("ditandai_oleh"), .optional("ditandai_tanggal"), .optional("bukti"),
        .optional("dicabut"),
    ]

    private let workItems: Set<String>
    private let regency: RegionCode?
    private let today: Int32

    init(_ request: ImportRequest) {
        workItems = request.workItems
        regency = request.regency
        today = request.today.daysSince1970
    }

    mutating func begin(_ connection: isolated PostgresConnection) throws {
        try connection.run(
            script: """
                create temp table import_programme (line bigint not null, year smallint not null, office text not null,
                    code text not null, service smallint, work_item text, area text, label_id text, ceiling bigint,
                    realisation bigint, realised_on date, tagged_by text, tagged_on date, proof text, withdrawn_on date,
                    office_id int, version_id smallint, programme_id int, tag_id int, is_new boolean,
                    is_changed boolean) on commit drop
                """
        )
    }

    mutating func stage(
        _ rows: inout [ImportRow],
        _ findings: inout ImportFindings,
        _ connection: isolated PostgresConnection
    ) throws {
        var buffer = CopyBuffer(columns: 15)
        for place in rows.indices { stage(&rows[place], &buffer) }
        _ = try connection.copyIn(
            """
            copy pg_temp.import_programme (line, year, office, code, service, work_item, area, label_id, ceiling,
                realisation, realised_on, tagged_by, tagged_on, proof, withdrawn_on) from stdin with (format binary)
            """,
            buffer
        )
    }

    private func stage(_ row: inout ImportRow, _ buffer: inout CopyBuffer) {
        let year = row.number("tahun", 2000...2999, isRequired: true, example: "2026")
        let office = row.word("opd")
        let code = subActivity(&row)
        let service = row.number("spm", 9...37, example: "26")
        let item = workItem(&row)
        let area = area(&row)
        let label = row.number("label_sipd", 1...Int64.max, example: "1234")
        let ceiling = row.rupiah("pagu")
        let realisation = row.rupiah("realisasi")
        let realisedOn = row.date("realisasi_per", required: false)
        let taggedBy = row.optional("ditandai_oleh")
        let taggedOn = row.date("ditandai_tanggal", required: false)
        let proof = row.optional("bukti")
        let withdrawn = row.date("dicabut", required: false)
        if service != nil, item != nil {
            let fix = "Give each tag a line of its own."
            row.complain("pekerjaan", "tag_double", "The line has both an SPM service and a work item.", fix)
        }
        if row.isGood, service == nil, item == nil,
            area != nil || label != nil || taggedBy != nil || taggedOn != nil || proof != nil || withdrawn != nil
        {
            let fix = "Fill in spm or pekerjaan, or leave the columns of the tag empty."
            row.complain(nil, "tag_missing", "The line tells about a tag and names none.", fix)
        }
        for (column, day) in [("realisasi_per", realisedOn), ("ditandai_tanggal", taggedOn)] {
            if let day, day > today {
                row.complain(column, "date_future", "The date lies in the future.", "Correct it.")
            }
        }
        guard row.isGood, let year, let office, let code else { return }
        buffer.startRow()
        buffer.append(int8: Int64(row.line))
        buffer.append(int2: Int16(truncatingIfNeeded: year))
        buffer.append(text: office)
        buffer.append(text: code)
        buffer.append(service.map { .int2(Int16(truncatingIfNeeded: $0)) } ?? .null)
        buffer.append(item.map(PostgresValue.text) ?? .null)
        buffer.append(area.map(PostgresValue.text) ?? .null)
        buffer.append(label.map { .text(String($0)) } ?? .null)
        buffer.append(ceiling.map(PostgresValue.int8) ?? .null)
        buffer.append(realisation.map(PostgresValue.int8) ?? .null)
        buffer.append(realisedOn.map(PostgresValue.date) ?? .null)
        buffer.append(taggedBy.map(PostgresValue.text) ?? .null)
        buffer.append(taggedOn.map(PostgresValue.date) ?? .null)
        buffer.append(proof.map(PostgresValue.text) ?? .null)
        buffer.append(withdrawn.map(PostgresValue.date) ?? .null)
    }

    private func subActivity(_ row: inout ImportRow) -> String? {
        guard let code = row.nomenclatureCode("sub_kegiatan") else { return nil }
        guard code.level == .subActivity, !code.description.hasPrefix("X") else {
            let what = code.level == .subActivity ? "a code with X" : "the code of a \(code.level.rawValue)"
            let fix = "Write the office's own sub kegiatan, as in 1.04.02.2.01.0001."
            row.complain("sub_kegiatan", "code_level", "Found \(what).", fix)
            return nil
        }
        return code.description
    }

    private func workItem(_ row: inout ImportRow) -> String? {
        guard let item = row.optional("pekerjaan") else { return nil }
        guard workItems.contains(item) else {
            let sector = item.split(separator: ".").first.map(String.init) ?? ""
            let known = workItems.filter { $0.hasPrefix(sector + ".") }.sorted().joined(separator: ", ")
            let fix =
                known.isEmpty
                ? "Write sector.item as the manifests name it: posyanductl sector list." : "Known: \(known)."
            row.complain("pekerjaan", "work_item_unknown", "No sector of this node has this work item.", fix)
            return nil
        }
        return item
    }

    /// nil for the kabupaten itself: a tag without a place works everywhere.
    private func area(_ row: inout ImportRow) -> String? {
        guard let text = row.optional("wilayah") else { return nil }
        guard let code = RegionCode(text), text.utf8.count >= 5,
            regency.map({ text == $0.description || text.hasPrefix($0.description + ".") }) ?? true
        else {
            let fix = "Write a code of this kabupaten with its dots, or leave the cell empty for all of it."
            row.complain(
                "wilayah",
                "region_form",
                "Found \(ValueClass.of(text)) instead of a place of the kabupaten.",
                fix
            )
            return nil
        }
        return text.utf8.count == 5 ? nil : code.description
    }

    mutating func check(_ findings: inout ImportFindings, _ connection: isolated PostgresConnection) throws {
        try connection.execute(
            """
            update pg_temp.import_programme new set office_id = (select id from registry.office where code = new.office),
                version_id = registry.nomenclature_version_for(new.year)
            """
        )
        for check in ProgrammeChecks.references { try check.run(&findings, connection) }
        try findings.addLines(
            connection,
            table: "import_programme",
            column: "wilayah",
            code: "region_unknown",
            query: """
                select line, area from pg_temp.import_programme new where area is not null
                    and not exists (select from registry.region
                        where version_id = registry.region_version_on($1) and code = new.area) order by line
                """,
            [.date(today)],
            fix: "Correct the code, or import the region list first."
        ) { "The region list in force has no code \($0)." }
        try connection.execute(ProgrammeChecks.resolve)
        for check in ProgrammeChecks.rules { try check.run(&findings, connection) }
        for row in try connection.query(ProgrammeChecks.overspent) {
            findings.warn(
                ImportComplaint(
                    line: try row.int(0),
                    column: "realisasi",
                    code: "overspent",
                    message: "The realisation is higher than the ceiling.",
                    fix: "Compare with SIPD; the line is accepted."
                )
            )
        }
    }

    mutating func apply(_ connection: isolated PostgresConnection) throws -> ImportCounts {
        try connection.execute(ProgrammeChecks.settle)
        let counts = try connection.query(ProgrammeChecks.counts)[0]
        let result = ImportCounts(inserted: try counts.int(0), updated: try counts.int(1), unchanged: try counts.int(2))
        for write in ProgrammeChecks.writes { try connection.execute(write) }
        return result
    }
}

extension ImportRow {
    /// A whole number within bounds.
    mutating func number(
        _ column: String,
        _ bounds: ClosedRange<Int64>,
        isRequired: Bool = false,
        example: String
    ) -> Int64? {
        guard let text = isRequired ? required(column) : optional(column) else { return nil }
        let isDigits = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard isDigits, let value = Int64(text), bounds.contains(value) else {
            let range =
                bounds.upperBound == .max
                ? "from \(bounds.lowerBound) on" : "\(bounds.lowerBound) to \(bounds.upperBound)"
            complain(
                column,
                "number",
                "Found \(ValueClass.of(text)) instead of a whole number \(range).",
                "Write digits only, as in \(example)."
            )
            return nil
        }
        return value
    }

    /// An amount in whole rupiah, at most 999 trillion: digits only, since `1.500.000` and `1500000,00` mean several things.
    mutating func rupiah(_ column: String) -> Int64? {
        number(column, 0...999_999_999_999_999, example: "1500000")
    }
}
