// Cuts the rows of a case register into the cells of the field's columns; what is personal or confidential stays out.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import Registry

/// The columns of one register of one sector.
struct CaseColumns: Sendable {
    let names: [String]
    private let records: [String: Manifest.Record]

    /// Stands where a confidential type has something that nobody may read in a list.
    static let mark = "(rahasia)"

    init(_ register: Manifest.Register, _ manifest: Manifest) {
        names = register.columns
        var records: [String: Manifest.Record] = [:]
        for type in register.types { records[type] = manifest.record(type) }
        self.records = records
    }

    var headings: [SheetColumn] {
        names.map { name in
            let label = records.values.compactMap { $0.field(name)?.label?.id }.min()
            let word = Self.words[name] ?? label ?? String(name.split(separator: ".").last ?? "")
            let isPaper = name.hasPrefix("dok_") || name.hasPrefix("foto_")
            return SheetColumn(heading: isPaper ? ["Persyaratan", word] : [word])
        }
    }

    private static let words = [
        "no": "No", "tanggal": "Tanggal", "posyandu": "Posyandu", "subject.nik": "NIK", "subject.nama": "Nama",
        "subject.jk": "L/P", "subject.alamat": "Alamat", "person.nik": "NIK", "person.nama": "Nama",
        "person.nama_pelapor": "Nama", "person.nama_kk": "Nama", "person.alamat": "Alamat", "jenis": "Hal pengaduan",
        "isi_keluhan": "Keluhan", "case.tl": "Keterangan TL/BTL",
    ]

    func isConfidential(_ type: String) -> Bool { records[type]?.sensitivity == .confidential }

    /// Whether a column names or describes someone.
    func isPersonal(_ name: String, _ type: String) -> Bool {
        if name.hasPrefix("person.") || (name.hasPrefix("subject.") && name != "subject.jk") { return true }
        return records[type]?.field(name).map { $0.sensitivity != .normal } ?? false
    }

    /// Whether nobody may read the column in a list, whoever asks: of a confidential type everything but month, posyandu,
    /// kind and marks.
    func isSealed(_ name: String, _ type: String) -> Bool {
        guard isConfidential(type) else { return false }
        if isPersonal(name, type) || name == "subject.jk" { return true }
        guard let field = records[type]?.field(name) else { return false }
        return field.type != .choice && field.type != .flag && field.type != .date
    }

    /// The cells that may stand in a frozen register: without a person; the number and the class are empty.
    func cells(_ row: CaseRow, post: String) -> [SheetCell] {
        names.map { name in
            switch name {
            case "no", "case.tl": .empty
            // A day of a posyandu could lead to a person, a month does not.
            case "tanggal":
                .text(isConfidential(row.type) ? Period.month(of: row.date).description : row.date.description)
            case "posyandu": .text(post)
            case _ where isSealed(name, row.type): .text(Self.mark)
            case "subject.jk": .optional(row.sex)
            case _ where isPersonal(name, row.type): .empty
            default: value(row, name)
            }
        }
    }

    /// The cells of ``cells(_:post:)`` with what is personal put in.
    func filled(_ cells: [SheetCell], _ row: CaseRow, _ person: JSONValue, _ name: ResidentName?) -> [SheetCell] {
        zip(names, cells).map { column, cell in
            guard isPersonal(column, row.type), !isSealed(column, row.type) else { return cell }
            switch column {
            case "subject.nik": return .optional(name?.nik)
            case "subject.nama": return .optional(name?.name)
            case "subject.alamat": return .optional(name?.address)
            case _ where column.hasPrefix("person.nama"):
                // Types of one register may call the reporter differently.
                let members = [String(column.dropFirst("person.".count)), "nama_pelapor", "nama", "nama_kk"]
                return .optional(members.compactMap { person[$0]?.string }.first)
            case _ where column.hasPrefix("person."):
                return .optional(person[String(column.dropFirst("person.".count))]?.string)
            default: return value(row, column)
            }
        }
    }

    private func value(_ row: CaseRow, _ name: String) -> SheetCell {
        guard let value = row.body[name] else { return .empty }
        if let number = value.decimal { return .number(number) }
        if let flag = value.bool { return .text(flag ? "v" : "tidak") }
        if let text = value.string {
            let isChoice = records[row.type]?.field(name)?.type == .choice
            return .text(isChoice ? text.replacing("_", with: " ") : text)
        }
        if let list = value.array { return .text(list.compactMap(\.string).joined(separator: "; ")) }
        return .empty
    }
}
