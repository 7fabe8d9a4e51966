// One register of cases being read: its live rows, its persons, its corrections, its sheet.
// SPDX-License-Identifier: Apache-2.0
import Cases
import FoundationEssentials
import PluginKit
import PostgresClient
import Registry

struct CaseRegisterReading {
    let cipher: ResidentCipher
    let settings: CaseRegisters.Settings
    let sector: CaseSector
    let register: Manifest.Register
    let columns: CaseColumns
    let posts: [RegisterPost]
    let month: Period
    /// At whose end the cases are looked at.
    let day: CivilDate

    /// Rows of the register of one posyandu after the other, as the registry has them now.
    mutating func live(_ connection: isolated PostgresConnection) throws -> [FrozenCases.Register] {
        let rows = try CaseReading.rows(
            connection,
            posyandu: posts.map(\.id),
            types: register.types,
            month: month
        )
        let stories = try CaseReading.stories(
            connection,
            posyandu: posts.map(\.id),
            month: month,
            through: day,
            utcOffset: settings.utcOffset
        )
        return registers(rows, Dictionary(uniqueKeysWithValues: stories.map { ($0.id, $0) }))
    }

    /// The rows cut into cells, by posyandu.
    func registers(_ rows: [CaseRow], _ stories: [UUID: CaseStory]) -> [FrozenCases.Register] {
        var byPost: [Int32: [FrozenCases.Row]] = [:]
        let names = Dictionary(uniqueKeysWithValues: posts.map { ($0.id, $0.name) })
        for row in rows {
            // Received after the day that is asked for: not in the register yet.
            guard let standing = stories[row.id]?.standing(endOf: max(day, row.date), sector), row.date <= day else {
                continue
            }
            var cells = columns.cells(row, post: names[row.posyandu] ?? "")
            for (place, name) in columns.names.enumerated() where name == "case.tl" {
                cells[place] = .text(sector.word(standing).rawValue)
            }
            byPost[row.posyandu, default: []].append(
                FrozenCases.Row(id: row.id, type: row.type, revision: row.revision, cells: cells)
            )
        }
        return posts.map {
            FrozenCases.Register(name: register.name, columns: columns.names, rows: byPost[$0.id] ?? [])
        }
    }

    // MARK: Sheet

    func sheet(
        _ connection: isolated PostgresConnection,
        _ manifest: Manifest,
        _ registers: [FrozenCases.Register],
        persons: AccessReason?
    ) throws -> RegisterSheet {
        let title = register.title?.id ?? register.name
        let rows = registers.flatMap { self.shown($0) }
        let filled = try persons.map { try fill(connection, rows, manifest, $0) } ?? rows.map(\.cells)
        var numbered: [SheetRow] = []
        for (place, cells) in filled.enumerated() {
            let row = zip(columns.names, cells).map { $0 == "no" ? SheetCell.number(ExactDecimal(place + 1)) : $1 }
            numbered.append(SheetRow(cells: row, origin: .records))
        }
        var notes: [String] = []
        let types = Set(rows.map(\.type))
        if persons == nil,
            types.contains(where: { type in
                !columns.isConfidential(type) && columns.names.contains { columns.isPersonal($0, type) }
            })
        {
            notes.append("Data pribadi tidak ditampilkan.")
        }
        if types.contains(where: columns.isConfidential) {
            notes.append("\(CaseColumns.mark): bidang ini rahasia; orang dan tempatnya tidak dicantumkan dalam daftar.")
        }
        return RegisterSheet(
            sector: manifest.id,
            register: register.name,
            title: title,
            head: head,
            table: SheetTable(
                title: title,
                columns: columns.headings,
                rows: numbered,
                total: nil,
                isNumbered: true
            ),
            notes: notes,
            lists: []
        )
    }

    /// The cells in the order of today's columns: a register may have been closed under an older manifest.
    private func shown(_ register: FrozenCases.Register) -> [FrozenCases.Row] {
        guard register.columns != columns.names else { return register.rows }
        return register.rows.map { row in
            var row = row
            row.cells = columns.names.map { name in
                register.columns.firstIndex(of: name).map { row.cells[$0] } ?? .empty
            }
            return row
        }
    }

    private var head: [(label: String, value: String)] {
        var head: [(label: String, value: String)] = []
        if posts.count == 1, let post = posts.first {
            head.append(("Posyandu", post.name))
            head.append(
                ("Desa/Kelurahan", [post.villageName, post.village].compactMap(\.self).joined(separator: " "))
            )
            if let district = post.districtName { head.append(("Kecamatan", district)) }
        } else {
            head.append(("Jumlah posyandu", String(posts.count)))
        }
        head.append(("Bidang", sector.title))
        head.append(("Bulan", "\(MonthName.all[month.first.month - 1]) \(month.first.year)"))
        return head
    }

    /// Puts names in, and writes down who asked for them.
    private func fill(
        _ connection: isolated PostgresConnection,
        _ rows: [FrozenCases.Row],
        _ manifest: Manifest,
        _ reason: AccessReason
    ) throws -> [[SheetCell]] {
        let open = rows.filter { !columns.isConfidential($0.type) }
        let sealed = try CaseReading.persons(connection, open.map { ($0.id, $0.revision) })
        let subjects = Set(sealed.values.compactMap(\.subject)).sorted { $0.uuidString < $1.uuidString }
        let names = try ResidentSearch(cipher: cipher).names(
            connection,
            of: columns.names.contains { $0.hasPrefix("subject.") } ? subjects : [],
            list: "\(manifest.id).\(register.name) \(month) \(posts.count) posyandu, \(open.count) reporters",
            withNIK: columns.names.contains("subject.nik"),
            reason
        )
        let bodies = try CaseReading.rows(
            connection,
            posyandu: posts.map(\.id),
            types: register.types,
            month: month
        )
        let known = Dictionary(uniqueKeysWithValues: bodies.map { ($0.id, $0) })
        return try rows.map { row in
            guard let entry = sealed[row.id] else { return row.cells }
            let person = try entry.person.map { try JSONParser.parse(try cipher.open($0, .recordPerson, row: row.id)) }
            let standing = known[row.id] ?? CaseRow(row, subject: entry.subject)
            return columns.filled(row.cells, standing, person ?? .null, entry.subject.flatMap { names[$0] })
        }
    }

    // MARK: Corrections

    /// What changed since the month was closed, with when and why, a line each.
    mutating func corrections(
        _ connection: isolated PostgresConnection,
        to closed: [FrozenCases.Register],
        closedAt: Int64
    ) throws -> SheetTable {
        let now = try live(connection)
        let headings = Dictionary(
            zip(columns.names, columns.headings.map { $0.heading.joined(separator: " ") }),
            uniquingKeysWith: { first, _ in first }
        )
        let all = CaseCorrection.between(
            FrozenCases.Register(name: register.name, columns: columns.names, rows: closed.flatMap { shown($0) }),
            FrozenCases.Register(name: register.name, columns: columns.names, rows: now.flatMap(\.rows)),
            headings: headings
        )
        let reasons = try CaseCorrection.reasons(connection, of: all.map(\.id), cipher: cipher)
        let steps = try CaseCorrection.lastSteps(connection, of: all.map(\.id))
        var rows: [SheetRow] = []
        for correction in all {
            let message = reasons[correction.id].flatMap { $0.at > closedAt || correction.kind == .gone ? $0 : nil }
            let at = message?.at ?? steps[correction.id]
            rows.append(
                SheetRow(cells: [
                    .number(ExactDecimal(rows.count + 1)), .text(at.map { settings.day($0).description } ?? ""),
                    correction.number.map { .number(ExactDecimal($0)) } ?? .empty, .text(correction.kind.rawValue),
                    .text(correction.what), .text(reason(correction, message)),
                ])
            )
        }
        return SheetTable(
            title: "Koreksi setelah bulan ditutup (\(settings.day(closedAt).inWords))",
            columns: ["No", "Tanggal", "Baris", "Koreksi", "Isi", "Alasan"].map { SheetColumn(heading: [$0]) },
            rows: rows,
            total: nil,
            isNumbered: false
        )
    }

    private func reason(_ correction: CaseCorrection, _ message: CaseCorrection.Reason?) -> String {
        guard let message else {
            return correction.kind == .late ? "laporan masuk setelah bulan ditutup" : "langkah kasus masuk terlambat"
        }
        guard let text = message.text else { return "alasan tidak disebut" }
        return columns.isConfidential(correction.type) ? CaseColumns.mark : text
    }
}

extension CaseRow {
    /// A row of a closed register whose record is gone: nothing of its content is known but what was frozen.
    fileprivate init(_ row: FrozenCases.Row, subject: UUID?) {
        self.init(
            id: row.id,
            posyandu: 0,
            type: row.type,
            date: CivilDate(daysSince1970: 0),
            revision: row.revision,
            body: .null,
            person: nil,
            subject: subject,
            sex: nil
        )
    }
}
