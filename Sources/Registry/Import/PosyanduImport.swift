// Imports posyandu and their registration numbers.
// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials
internal import PostgresClient

/// Columns: `nama, kode_desa, aktif_sejak`, optional `uuid, nomor_registrasi, tanggal_registrasi, aktif_sampai,
/// hari_buka, strata, lintang, bujur`.
///
/// Which posyandu a line means: the one of its `uuid`; without one, the posyandu that holds its registration number;
/// else the one with the same name in the same village; else a new one, whose uuid is derived from village code and
/// name, so that the same file gives the same uuids on every node.
struct PosyanduImport: ImportTable {
    static let columns: [ImportColumn] = [
        .optional("uuid"), .required("nama"), .required("kode_desa"), .optional("nomor_registrasi"),
        .optional("tanggal_registrasi"), .required("aktif_sejak"), .optional("aktif_sampai"), .optional("hari_buka"),
        .optional("strata"), .optional("lintang"), .optional("bujur"),
    ]

    private static let staged =
        "line, uuid, derived, name, village_code, number, registered_on, active_from, active_to, open_day, strata, "
        + "latitude, longitude"

    private var villages: VillageCodes

    init(_ request: ImportRequest) {
        villages = VillageCodes("kode_desa", request)
    }

    mutating func begin(_ connection: isolated PostgresConnection) throws {
        try villages.begin(connection)
        try connection.run(
            script: """
                create temp table import_posyandu (line bigint not null, uuid uuid, derived uuid not null,
                    name text not null, village_code text not null, number text, registered_on date,
                    active_from date not null, active_to date, open_day text, strata text, latitude float8,
                    longitude float8, key uuid, outcome text) on commit drop
                """
        )
    }

    mutating func stage(
        _ rows: inout [ImportRow],
        _ findings: inout ImportFindings,
        _ connection: isolated PostgresConnection
    ) throws {
        let codes = try villages.check(&rows, connection)
        var buffer = CopyBuffer(columns: 13)
        for place in rows.indices { Self.stage(&rows[place], codes[place], &buffer) }
        _ = try connection.copyIn(
            "copy pg_temp.import_posyandu (\(Self.staged)) from stdin with (format binary)",
            buffer
        )
    }

    private static func stage(_ row: inout ImportRow, _ village: RegionCode?, _ buffer: inout CopyBuffer) {
        let uuid = row.uuid("uuid", required: false)
        let name = row.required("nama")
        let activeFrom = row.date("aktif_sejak", required: true)
        let activeTo = row.date("aktif_sampai", required: false)
        let openDay = row.optional("hari_buka")
        let strata = row.choice("strata", of: ["pratama", "madya", "purnama", "mandiri"], required: false)
        let place = row.coordinates("lintang", "bujur")
        let registration = registration(&row)
        if let activeFrom, let activeTo, activeTo < activeFrom {
            row.complain(
                "aktif_sampai",
                "end_before_start",
                "The end lies before the start.",
                "Correct one of the dates."
            )
        }
        guard row.isGood, let name, let village, let activeFrom else { return }
        buffer.startRow()
        buffer.append(int8: Int64(row.line))
        buffer.append(uuid.map(PostgresValue.uuid) ?? .null)
        buffer.append(uuid: UUID.derived(from: "posyandu:v1:\(village)/\(name.nameKey)"))
        buffer.append(text: name)
        buffer.append(text: village.description)
        buffer.append(registration.map { .text($0.number) } ?? .null)
        buffer.append(registration.map { .date($0.date) } ?? .null)
        buffer.append(date: activeFrom)
        buffer.append(activeTo.map(PostgresValue.date) ?? .null)
        buffer.append(openDay.map(PostgresValue.text) ?? .null)
        buffer.append(strata.map(PostgresValue.text) ?? .null)
        buffer.append(place.map { .float8($0.latitude) } ?? .null)
        buffer.append(place.map { .float8($0.longitude) } ?? .null)
    }

    private static func registration(_ row: inout ImportRow) -> (number: String, date: Int32)? {
        let number = row.optional("nomor_registrasi")
        let date = row.date("tanggal_registrasi", required: false)
        if let number, RegistrationNumber(number) == nil {
            row.complain(
                "nomor_registrasi",
                "registration_form",
                "Found \(ValueClass.of(number)) instead of a registration number.",
                "Write PP.KK.KC.DDDD.NNN, as in 11.01.10.2001.001."
            )
            return nil
        }
        switch (number, date) {
        case (let number?, let date?): return (number, date)
        case (_?, nil) where row.isGood:
            row.complain(
                "tanggal_registrasi",
                "registration_date",
                "The number has no date of registration.",
                "Give the date: it tells which region list the number was issued under."
            )
            return nil
        case (nil, _?):
            row.complain("nomor_registrasi", "registration_number", "The date has no number.", "Give both or none.")
            return nil
        default: return nil
        }
    }

    mutating func check(_ findings: inout ImportFindings, _ connection: isolated PostgresConnection) throws {
        try connection.execute("analyze pg_temp.import_posyandu")
        for check in PosyanduChecks.beforeIdentity { try check.run(&findings, connection) }
        try connection.execute(PosyanduChecks.resolve)
        for check in PosyanduChecks.afterIdentity { try check.run(&findings, connection) }
    }

    mutating func apply(_ connection: isolated PostgresConnection) throws -> ImportCounts {
        try connection.execute(PosyanduChecks.judge)
        let counts = try connection.query(PosyanduChecks.counts)[0]
        try connection.execute(PosyanduChecks.update)
        try connection.execute(PosyanduChecks.insert)
        try connection.execute(PosyanduChecks.register)
        return ImportCounts(
            inserted: try counts.int(0),
            updated: try counts.int(1),
            unchanged: try counts.int(2)
        )
    }
}
