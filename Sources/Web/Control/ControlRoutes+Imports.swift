// Imports of master data, registration of sources, and files of batches.
// SPDX-License-Identifier: Apache-2.0
import Apply
import Cases
import FoundationEssentials
import Hummingbird
import Logging
import MessageLog
import NIOCore
import PluginKit
import PostgresClient
import Registry
import Sync

extension ControlRoutes {
    /// Largest file that is taken: a national region list has 4 MB, the residents of a kabupaten some 10.
    static let largestFile = 128 << 20

    func addImports(_ group: RouterGroup<ControlContext>) {
        group.post("import/:kind") { request, context in
            let asked = try importRequest(request, context)
            let body = try await bytes(request, limit: Self.largestFile)
            services.log.notice(
                "import of \(asked.kind.rawValue), \(asked.mode.rawValue)",
                metadata: ["actor": "\(context.actor)"]
            )
            let services = services
            return Answer.lines { sink in
                let report = try await services.importer.run(asked, .bytes(body)) { rows in
                    sink.write(["progress": .int(rows)])
                }
                if report.committed, asked.kind == .posyandu {
                    let directory = services.directory
                    try await services.pool.withConnection { _ = try directory.reload($0) }
                }
                services.wakeApply()
                return ["report": Self.json(report)]
            }
        }
        group.post("sources") { request, context in
            let body = try await bytes(request, limit: Self.largestFile)
            let sources = try SourceList.read(body)
            let registered = try await services.pool.withConnection { connection in
                try LogSources.register(connection, sources)
            }
            await services.apply.sourcesChanged()
            services.log.notice("\(registered.count) sources registered", metadata: ["actor": "\(context.actor)"])
            let ranges = registered.map { source -> JSONValue in
                ["uuid": .string(source.uuid.uuidString.lowercased()), "range": .int(source.id.value)]
            }
            return Answer.json(["registered": .int(registered.count), "sources": .array(ranges)])
        }
        group.get("sources") { _, _ in Answer.json(["sources": .array(try await sourceList())]) }
        group.post("ingest") { request, context in
            let body = try await bytes(request, limit: Self.largestFile)
            services.log.notice("file of batches, \(body.count) bytes", metadata: ["actor": "\(context.actor)"])
            let tally = try await services.intake.receive(file: body)
            services.wakeApply()
            return Answer.json(Self.json(tally))
        }
    }

    /// Every source with the range of receipts that is its own.
    private func sourceList() async throws -> [JSONValue] {
        let rows = try await services.pool.withConnection { connection in
            try connection.query(
                """
                select s.uuid, s.source_id, s.name, p.uuid, p.name, s.state, s.received, s.last_recv
                from log.source s left join registry.posyandu p on p.uuid = s.posyandu order by s.source_id
                """
            )
        }
        return try rows.map { row in
            let state = ["open", "blocked", "revoked"]
            let place = try row.int(5)
            return [
                "uuid": .string(try row.uuid(0).uuidString.lowercased()), "range": .int(try row.int(1)),
                "name": .optional(try row.optionalString(2)),
                "posyandu": .optional(try row.optionalUUID(3)?.uuidString.lowercased()),
                "posyandu_name": .optional(try row.optionalString(4)),
                "state": .string(state.indices.contains(place) ? state[place] : "unknown"),
                "received": .int(try row.int(6)), "last": try row.optionalTimestamp(7).map(instant) ?? .null,
            ]
        }
    }

    private func importRequest(_ request: Request, _ context: ControlContext) throws -> ImportRequest {
        let name = try context.parameters.require("kind")
        guard let kind = ImportKind(rawValue: name) else {
            let known = (ImportKind.allCases.map(\.rawValue) + ["windows"]).joined(separator: ", ")
            throw ControlError.badRequest("there is no import of `\(name)`", hint: "one of \(known)")
        }
        let word = request.uri.queryParameters.get("mode").map { String($0) } ?? ImportMode.allOrNothing.rawValue
        guard let mode = ImportMode(rawValue: word) else {
            throw ControlError.badRequest("`\(word)` is no mode", hint: "dry-run, all-or-nothing or skip-bad")
        }
        var version: (label: String, validFrom: CivilDate)?
        if kind == .regions {
            let label = try text(request, "label")
            let from = try text(request, "valid_from")
            guard let date = CivilDate(from) else {
                throw ControlError.badRequest("`\(from)` is not a date", hint: "write YYYY-MM-DD")
            }
            version = (label, date)
        }
        var nomenclature: (label: String, year: Int)?
        if kind == .nomenclature {
            nomenclature = (try text(request, "label"), try number(request, "year", default: 0))
        }
        let today = Int32(
            clamping: (WallClock.microseconds() / 1_000_000 + Int64(services.identity.utcOffsetSeconds)) / 86_400
        )
        var asked = ImportRequest(
            kind,
            mode: mode,
            today: CivilDate(daysSince1970: today),
            regency: RegionCode(services.identity.kabupaten),
            regionVersion: version
        )
        asked.nomenclature = nomenclature
        asked.workItems = Set(needSources.map(\.workItem))
        return asked
    }

    static func json(_ report: ImportReport) -> JSONValue {
        [
            "kind": .string(report.kind), "mode": .string(report.mode.rawValue), "rows": .int(report.rows),
            "inserted": .int(report.inserted), "updated": .int(report.updated), "unchanged": .int(report.unchanged),
            "rejected": .int(report.rejected), "committed": .bool(report.committed),
            "complaints": .array(report.complaints.map(json)), "warnings": .array(report.warnings.map(json)),
            "warning_count": .int(report.warningCount), "rejects": .optional(report.rejects?.reveal()),
            "summary": .string(report.summary),
        ]
    }

    private static func json(_ complaint: ImportComplaint) -> JSONValue {
        [
            "line": .int(complaint.line), "column": .optional(complaint.column), "code": .string(complaint.code),
            "message": .string(complaint.message), "fix": .string(complaint.fix),
        ]
    }

    private static func json(_ tally: FileTally) -> JSONValue {
        var refused = JSONObject()
        for (code, count) in tally.refused.sorted(by: { $0.key < $1.key }) { refused[code] = .int(count) }
        return [
            "batches": .int(tally.batches), "taken": .int(tally.taken), "duplicates": .int(tally.duplicates),
            "rejected": .int(tally.rejected), "waiting": .int(tally.waiting), "refused": .object(refused),
            "damaged": .array(tally.damaged.map { ["offset": .int($0.offset), "code": .string($0.code)] }),
            "clean": .bool(tally.isClean),
        ]
    }
}

/// A list of sources to register: CSV with the columns uuid, posyandu_uuid, nama, incarnation, sign_key (64 hex digits), and
/// optionally peran, wilayah, opd: in which roles, where and for which offices it may act on cases.
enum SourceList {
    private static let columns = ["uuid", "posyandu_uuid", "nama", "incarnation", "sign_key"]
    private static let duties = ["peran", "wilayah", "opd"]

    static func read(_ bytes: [UInt8]) throws -> [NewSource] {
        var reader = try CSVReader(.bytes(bytes))
        guard let header = try reader.next() else { throw ControlError.badRequest("the file is empty") }
        let names = (0..<header.count).map { header.text($0) ?? "" }
        let places = try columns.map { column in
            guard let place = names.firstIndex(of: column) else {
                throw ControlError.badRequest(
                    "line 1: the column `\(column)` is missing",
                    hint: "columns: \(columns.joined(separator: ","))"
                )
            }
            return place
        }
        let duties = duties.map { names.firstIndex(of: $0) }
        var sources: [NewSource] = []
        while let row = try reader.next() {
            func text(_ column: Int) -> String { places[column] < row.count ? row.text(places[column]) ?? "" : "" }
            func uuid(_ column: Int) throws -> UUID {
                guard let uuid = UUID(uuidString: text(column)) else {
                    throw ControlError.badRequest("line \(row.line), \(columns[column]): not a UUID")
                }
                return uuid
            }
            guard let key = unhex(text(4)), key.count == 32 else {
                throw ControlError.badRequest("line \(row.line), sign_key: not 64 hexadecimal digits")
            }
            func duty(_ column: Int) -> String? {
                guard let place = duties[column], place < row.count, let text = row.text(place), !text.isEmpty else {
                    return nil
                }
                return text
            }
            let posyandu = text(1).isEmpty ? nil : try uuid(1)
            let roles = try words(duty(0), line: row.line, column: "peran") { CaseRights.Role(rawValue: $0) != nil }
            let area = duty(1)
            if let area, !Manifest.isRegionCode(area) {
                throw ControlError.badRequest(
                    "line \(row.line), wilayah: not a region code",
                    hint: "as in 33.25.09.2025"
                )
            }
            if roles != nil, posyandu == nil, area == nil {
                throw ControlError.badRequest(
                    "line \(row.line), wilayah: missing",
                    hint: "a source without a posyandu acts on the cases of an area"
                )
            }
            sources.append(
                NewSource(
                    uuid: try uuid(0),
                    posyandu: posyandu,
                    name: text(2).isEmpty ? nil : text(2),
                    incarnation: try uuid(3),
                    signKey: key,
                    roles: roles,
                    area: area,
                    offices: try words(duty(2), line: row.line, column: "opd") { Identifier.isPlain($0) } ?? []
                )
            )
        }
        return sources
    }

    /// Words with a blank between them; nil when there are none.
    private static func words(
        _ text: String?,
        line: Int,
        column: String,
        where isGood: (String) -> Bool
    ) throws -> [String]? {
        guard let words = text?.split(whereSeparator: { $0 == " " || $0 == ";" }).map(String.init), !words.isEmpty
        else {
            return nil
        }
        if let bad = words.first(where: { !isGood($0) }) {
            throw ControlError.badRequest("line \(line), \(column): `\(bad)` is not known")
        }
        return words
    }

    private static func unhex(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[place..<place + 2], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        return bytes
    }
}
