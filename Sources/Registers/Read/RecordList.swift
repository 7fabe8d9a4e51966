// Registers that list records: a row a record, with the fields its sector kept and, when asked for, who it is about.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient
import Registry

struct RecordList {
    let cipher: ResidentCipher
    let persons: AccessReason?

    /// Rows of one list.
    static let limit = 100_000

    private struct Row {
        var id: UUID
        var post: String
        var subject: UUID?
        var date: CivilDate
        var body: JSONValue
        var person: [UInt8]?
        var caseState: String?
        var sex: String?
        var birth: CivilDate?
        /// Nothing of it may lead to a person.
        var isConfidential: Bool
        /// The day would, because its posyandu has few such records in the list.
        var hidesDay = false
    }

    func sheet(
        _ connection: isolated PostgresConnection,
        _ register: Manifest.Register,
        _ manifest: Manifest,
        _ scope: RegisterScope,
        _ posts: [RegisterPost]
    ) throws -> RegisterSheet {
        let rows = Self.hidingDays(
            try read(connection, register, manifest, scope, posts),
            below: manifest.confidentiality.smallCount
        )
        let names = try names(connection, register, manifest, scope, rows)
        let fields = register.types.compactMap { manifest.record($0) }.flatMap(\.fields)
        let columns = register.columns.map { column in
            SheetColumn(heading: [fields.first { $0.name == column }?.label?.id ?? Self.words[column] ?? column])
        }
        let table = SheetTable(
            title: register.title?.id ?? register.name,
            columns: columns,
            rows: try rows.enumerated().map { place, row in
                SheetRow(cells: try register.columns.map { try cell($0, row, place + 1, names) }, origin: .records)
            },
            total: nil,
            isNumbered: true
        )
        let isConfidential = register.types.contains { manifest.isConfidential($0) }
        var notes: [String] = []
        if isConfidential, register.columns.contains(where: Self.isPersonal) {
            notes.append(
                "Identitas kasus rahasia tidak dicetak dalam daftar; lihat satu per satu, dengan peran dan alasan."
            )
        } else if persons == nil, register.columns.contains(where: Self.isPersonal) {
            notes.append("Nama dan NIK tidak ditampilkan.")
        }
        if rows.contains(where: \.hidesDay) {
            notes.append("Kasus rahasia yang sedikit jumlahnya ditulis bulannya saja.")
        }
        return RegisterSheet(
            sector: manifest.id,
            register: register.name,
            title: table.title,
            head: RegisterReader.head(scope, posts),
            table: table,
            notes: notes,
            lists: []
        )
    }

    private static let words = [
        "no": "No", "tanggal": "Tanggal", "posyandu": "Posyandu", "subject.nik": "NIK", "subject.nama": "Nama",
        "subject.jk": "L/P", "subject.tanggal_lahir": "Tanggal lahir", "subject.nama_ibu": "Nama ibu",
        "subject.alamat": "Alamat", "case.tl": "Tindak lanjut",
    ]

    /// Marks the confidential records whose day is left out: fewer than `limit` of their posyandu are in the list.
    private static func hidingDays(_ rows: [Row], below limit: Int) -> [Row] {
        var counts: [String: Int] = [:]
        for row in rows where row.isConfidential { counts[row.post, default: 0] += 1 }
        return rows.map { row in
            var row = row
            row.hidesDay = row.isConfidential && (counts[row.post] ?? 0) < limit
            return row
        }
    }

    private static func isPersonal(_ column: String) -> Bool {
        column.hasPrefix("person.") || (column.hasPrefix("subject.") && column != "subject.jk")
    }

    private func read(
        _ connection: isolated PostgresConnection,
        _ register: Manifest.Register,
        _ manifest: Manifest,
        _ scope: RegisterScope,
        _ posts: [RegisterPost]
    ) throws -> [Row] {
        let months = scope.months
        guard let first = months.first?.first, let last = months.last?.last else { return [] }
        let rows = try connection.query(
            """
            select r.id, p.name, r.subject, r.date, r.body, r.person_sealed, c.state, s.sex::text, s.birth_date,
              t.is_confidential
            from registry.record r
            join registry.posyandu p on p.id = r.posyandu_id
            join registry.record_type t on t.id = r.type_id
            left join registry.case c on c.id = r.id
            left join registry.resident s on s.id = r.subject
            where r.state = 0 and r.posyandu_id = any($1) and r.date between $2 and $3
              and r.type_id = any(array(select id from registry.record_type where name = any($4)))
            order by r.date, r.id limit $5
            """,
            [
                .int4Array(posts.map(\.id)), .date(first.daysSince1970), .date(last.daysSince1970),
                .textArray(register.types), .int4(Int32(Self.limit + 1)),
            ]
        )
        guard rows.count <= Self.limit else {
            throw RegisterError(
                "The list has more than \(Self.limit) records.",
                hint: "ask for a smaller area or one month"
            )
        }
        return try rows.map { row in
            Row(
                id: try row.uuid(0),
                post: try row.string(1),
                subject: try row.optionalUUID(2),
                date: CivilDate(daysSince1970: try row.date(3)),
                body: try JSONParser.parse(Array(try row.string(4).utf8)),
                person: try row.optionalBytes(5),
                caseState: try row.optionalString(6),
                sex: try row.optionalString(7),
                birth: try row.optionalDate(8).map { CivilDate(daysSince1970: $0) },
                isConfidential: try row.bool(9)
            )
        }
    }

    private func names(
        _ connection: isolated PostgresConnection,
        _ register: Manifest.Register,
        _ manifest: Manifest,
        _ scope: RegisterScope,
        _ rows: [Row]
    ) throws -> [UUID: ResidentName] {
        guard let persons, register.columns.contains(where: Self.isPersonal),
            rows.contains(where: { !$0.isConfidential })
        else { return [:] }
        let place =
            switch scope {
            case .year(let posyandu, _): posyandu.uuidString.lowercased()
            case .month(let area, _), .areaYear(let area, _): area
            }
        return try ResidentSearch(cipher: cipher).names(
            connection,
            of: Set(rows.filter { !$0.isConfidential }.compactMap(\.subject)).sorted { $0.uuidString < $1.uuidString },
            list: "\(manifest.id).\(register.name) \(place) \(scope.months.first?.description ?? "")",
            withNIK: register.columns.contains("subject.nik"),
            persons
        )
    }

    private func cell(_ column: String, _ row: Row, _ number: Int, _ names: [UUID: ResidentName]) throws -> SheetCell {
        switch column {
        case "no": return .number(ExactDecimal(number))
        case "tanggal": return .text(row.hidesDay ? String(row.date.description.prefix(7)) : row.date.description)
        case "posyandu": return .text(row.post)
        case "case.tl": return .optional(row.caseState)
        case "subject.jk": return .optional(row.sex)
        default: break
        }
        if Self.isPersonal(column) {
            guard persons != nil, !row.isConfidential else { return .empty }
            let name = row.subject.flatMap { names[$0] }
            switch column {
            case "subject.nik": return .optional(name?.nik)
            case "subject.nama": return .optional(name?.name)
            case "subject.nama_ibu": return .optional(name?.mother)
            case "subject.alamat": return .optional(name?.address)
            case "subject.tanggal_lahir": return .optional(row.birth?.description)
            default: return try personCell(String(column.dropFirst("person.".count)), row)
            }
        }
        return Self.cell(row.body[column])
    }

    /// A member of the record's own person, such as who complained.
    private func personCell(_ member: String, _ row: Row) throws -> SheetCell {
        guard let sealed = row.person else { return .empty }
        let person = try JSONParser.parse(try cipher.open(sealed, .recordPerson, row: row.id))
        return .optional(person[member]?.string)
    }

    private static func cell(_ value: JSONValue?) -> SheetCell {
        guard let value else { return .empty }
        if let number = value.decimal { return .number(number) }
        if let flag = value.bool { return .text(flag ? "ya" : "tidak") }
        if let text = value.string { return .text(text) }
        if let point = MapPoint(value) { return .text(point.text) }
        if let line = MapLine(value) { return .text(line.points.map(\.text).joined(separator: "; ")) }
        if let list = value.array { return .text(list.compactMap(\.string).joined(separator: "; ")) }
        return .empty
    }
}
