// Reads a register from the registry in one snapshot: its table, its notes and, when asked for, its lists of persons.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
package import PluginKit
package import PostgresClient
package import Registry
import Summaries

/// Makes registers. The same registry gives the same sheet, whatever the order in which its messages came.
package struct RegisterReader: Sendable {
    private let pool: PostgresPool
    private let cipher: ResidentCipher

    package init(pool: PostgresPool, cipher: ResidentCipher) {
        self.pool = pool
        self.cipher = cipher
    }

    /// A sheet of figures.
    ///
    /// - Parameters:
    ///   - manifest: of the sector that declares the register.
    ///   - persons: who asks for the lists of persons and why; nil leaves them out. Such a reading leaves a row in
    ///     `registry.access_log`.
    /// - Throws: ``RegisterError`` when there is no such register or place.
    package func sheet(
        _ name: String,
        of manifest: Manifest,
        _ scope: RegisterScope,
        persons: AccessReason? = nil
    ) async throws -> RegisterSheet {
        guard let register = manifest.register(name) else {
            throw RegisterError("The sector \(manifest.id) has no register \(name).", hint: "posyanductl register list")
        }
        while try await Recomputation.step(pool) > 0 {}
        let cipher = cipher
        let isPlain = persons == nil && register.recap != nil
        return try await pool.transaction(.init(isolation: .repeatableRead, readOnly: isPlain)) { connection in
            try LongReading.allow(connection)
            let posts = try RegisterPost.read(connection, scope)
            guard let recap = register.recap else {
                return try RecordList(cipher: cipher, persons: persons)
                    .sheet(connection, register, manifest, scope, posts)
            }
            let cells = try RecapFigures.read(
                connection,
                sector: manifest.id,
                posts: posts,
                months: scope.months,
                visits: recap.visits
            )
            var builder = RecapBuilder(recap, manifest, cells)
            let rows = Self.rows(&builder, scope, posts)
            let overMonths = if case .month = scope { false } else { true }
            var lists: [SheetTable] = []
            if let persons, !recap.lists.isEmpty {
                guard case .year = scope, let post = posts.first else {
                    throw RegisterError(
                        "Lists of persons are printed for one posyandu and year.",
                        hint: "use --posyandu and --year"
                    )
                }
                lists = try NameLists(search: ResidentSearch(cipher: cipher), reason: persons)
                    .read(connection, recap.lists, of: post, year: scope.year, register: "\(manifest.id).\(name)")
            }
            let columns = builder.columns
            let notes = Self.columnNotes(columns) + builder.notes
            return RegisterSheet(
                sector: manifest.id,
                register: name,
                title: register.title?.id ?? name,
                head: Self.head(scope, posts),
                table: SheetTable(
                    title: register.title?.id ?? name,
                    columns: columns,
                    rows: rows,
                    total: builder.total(rows, overMonths: overMonths),
                    isNumbered: true
                ),
                notes: notes,
                lists: lists
            )
        }
    }

    private static func rows(_ builder: inout RecapBuilder, _ scope: RegisterScope, _ posts: [RegisterPost])
        -> [SheetRow]
    {
        switch scope {
        case .year, .areaYear:
            return scope.months.enumerated().map { place, month in
                builder.row(place + 1, label: MonthName.all[place], posts, month)
            }
        case .month(_, let month):
            let serving = posts.filter { $0.serves(in: month) }
            return serving.enumerated().map { place, post in
                builder.row(place + 1, label: "\(post.name) (\(post.villageName ?? post.village))", [post], month)
            }
        }
    }

    static func head(_ scope: RegisterScope, _ posts: [RegisterPost]) -> [(label: String, value: String)] {
        var head: [(label: String, value: String)] = []
        let first = posts.first
        switch scope {
        case .year:
            head.append(("Posyandu", first?.name ?? ""))
            head.append(
                ("Desa/Kelurahan", [first?.villageName, first?.village].compactMap(\.self).joined(separator: " "))
            )
            if let district = first?.districtName { head.append(("Kecamatan", district)) }
        case .month(let area, _), .areaYear(let area, _):
            head.append(("Wilayah", area))
        }
        if case .month(_, let month) = scope {
            head.append(("Bulan", "\(MonthName.all[month.first.month - 1]) \(month.first.year)"))
        } else {
            head.append(("Tahun", String(scope.year)))
        }
        return head
    }

    /// One line for each run of columns with the same note.
    private static func columnNotes(_ columns: [SheetColumn]) -> [String] {
        var lines: [String] = []
        var place = 0
        while place < columns.count {
            guard let note = columns[place].note else {
                place += 1
                continue
            }
            var last = place
            while last + 1 < columns.count, columns[last + 1].note == note { last += 1 }
            lines.append(last > place ? "Kolom \(place + 1)-\(last + 1): \(note)." : "Kolom \(place + 1): \(note).")
            place = last + 1
        }
        return lines
    }
}
