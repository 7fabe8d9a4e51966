// The dialect `sipd-serv`: yearly DSSD rows, pushed in one call, answered with a log that has to be read.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Hummingbird

/// The static key and the header in which it comes.
struct ServKey: Sendable {
    var header: String
    /// The whole value, as `Bearer 0123…`.
    var value: String
}

enum ServDialect {
    /// What a row is kept under, in this order.
    static let keyParts = ["kodepemda", "kodeindikator", "tahun", "kodekec"]
    static let rowLimit = 500
}

extension Endpoint {
    func addServ(_ router: Router<StandinContext>) {
        for path in ["/serv", "/ewalidata/serv"] {
            let group = router.group(RouterPath(path))
            group.post("/push_dssd") { request, context in
                try await self.serv("serv.push", request, context) { try await self.push(request, $0, disables: false) }
            }
            group.post("/push_disable_dssd") { request, context in
                try await self.serv("serv.disable", request, context) {
                    try await self.push(request, $0, disables: true)
                }
            }
            group.get("/get_dssd") { request, context in
                try await self.serv("serv.get", request, context) { _ in await self.list(request, isFinal: false) }
            }
            group.get("/get_dssd_final") { request, context in
                try await self.serv("serv.final", request, context) { _ in await self.list(request, isFinal: true) }
            }
            group.get("/get_ref_dssd") { request, context in
                try await self.serv("serv.ref", request, context) { _ in self.servReference(request) }
            }
        }
    }

    private func serv(
        _ route: String,
        _ request: Request,
        _ context: StandinContext,
        _ act: (Deed) async throws -> Answer
    ) async throws -> Response {
        try await served(route, request, context, judge: judgeServ, act)
    }

    private func judgeServ(_ request: Request) -> Answer? {
        let key = settings.servKey
        let given = HTTPField.Name(key.header).flatMap { request.headers[$0] }
        guard given != key.value else { return nil }
        return .json(401, Self.reply(401, "Unauthorized", []))
    }

    /// An error has code 200 too; only the lines of `log` tell.
    private static func reply(_ code: Int, _ message: String, _ log: [String]) -> Node {
        .object(["code": .integer(code), "msg": .string(message), "log": .list(log.map(Node.string))])
    }

    private static func failed(_ line: String) -> Answer {
        .json(200, reply(200, "Gagal menyimpan", ["ERROR: \(line)", "ROLLBACK", ""]))
    }

    // MARK: Push

    private func push(_ request: Request, _ deed: Deed, disables: Bool) async throws -> Answer {
        guard let bytes = try await body(request, upTo: maxBytes) else { return Self.failed("badan terlalu besar") }
        guard let list = Node.read(bytes)?["data"]?.list else { return Self.failed("badan bukan {\"data\":[…]}") }
        guard let region = request.uri.queryParameters["kodepemda"].map(String.init), Self.isRegion(region) else {
            return Self.failed("kodepemda tidak sah")
        }
        guard list.count <= ServDialect.rowLimit else { return Self.failed("lebih dari \(ServDialect.rowLimit) baris") }
        if deed == .closed { return Self.failed("jadwal input sudah ditutup") }
        var log: [String] = []
        var changes: [RowChange] = []
        for (index, entry) in list.enumerated() {
            switch row(entry, region, disables: disables) {
            case .failure(let refusal): log.append("ERROR: baris \(index + 1) \(refusal.line)")
            case .success(let change):
                log.append("\(change.key.joined(separator: " ")) OK")
                changes.append(change)
            }
        }
        if deed == .tamper {
            changes = changes.map { RowChange(key: $0.key, fields: $0.fields.map { _ in ["data": "999999"] }) }
        }
        if deed != .lose { _ = try await serv.apply(changes) }
        if deed == .twice { _ = try await serv.apply(changes) }
        log += [changes.isEmpty ? "ROLLBACK" : "COMMIT TRANS", "", "Exe time: 0.01"]
        let message = changes.isEmpty ? "Gagal menyimpan" : "Sukses menyimpan \(bytes.count) byte"
        return .json(200, Self.reply(200, message, log))
    }

    private struct Refusal: Error {
        var line: String
    }

    private func row(_ entry: Node, _ region: String, disables: Bool) -> Result<RowChange, Refusal> {
        var fields: [String: String] = [:]
        for (name, value) in entry.object ?? [:] {
            guard let text = value.string else { return .failure(Refusal(line: "\(name) harus teks")) }
            fields[name] = text
        }
        let code = fields["kodeindikator"] ?? ""
        let district = fields["kodekec"] ?? "0"
        let year = fields["tahun"] ?? ""
        let name = "\(code) kodekec \(district)"
        guard fields["kodepemda"] == region else { return .failure(Refusal(line: "\(name): kodepemda lain")) }
        guard year.utf8.count == 4, Form.isDigits(year) else {
            return .failure(Refusal(line: "\(name): tahun tidak sah"))
        }
        guard Form.isDigits(district), district == "0" || district.hasPrefix(region) else {
            return .failure(Refusal(line: "\(name): kodekec tidak sah"))
        }
        switch settings.servIndicators.status(code) {
        case .unknown: return .failure(Refusal(line: "\(name): kodeindikator tidak dikenal"))
        case .disabled: return .failure(Refusal(line: "\(name): kodeindikator DISABLED"))
        case .active: break
        }
        let key = [region, code, year, district]
        if disables { return .success(RowChange(key: key, fields: nil)) }
        guard let value = fields["data"], Form.scale(value) != nil else {
            return .failure(Refusal(line: "\(name): data bukan angka"))
        }
        return .success(RowChange(key: key, fields: ["data": value]))
    }

    private static func isRegion(_ text: String) -> Bool { text.utf8.count == 4 && Form.isDigits(text) }

    // MARK: Reading

    private func list(_ request: Request, isFinal: Bool) async -> Answer {
        let query = request.uri.queryParameters
        guard let region = query["kodepemda"].map(String.init), Self.isRegion(region) else {
            return Self.failed("kodepemda tidak sah")
        }
        let year = query["tahun"].map(String.init)
        if isFinal, year == nil { return Self.failed("tahun wajib diisi") }
        let indicator = query["kodeindikator"].map(String.init)
        let limit = query["limit"].flatMap { Int(String($0)) } ?? 100
        let offset = query["offset"].flatMap { Int(String($0)) } ?? 0
        guard (1...1000).contains(limit), offset >= 0 else { return Self.failed("limit atau offset tidak sah") }
        let rows = await serv.all().filter { key, row in
            !row.isDeleted && key[0] == region && (year == nil || key[2] == year)
                && (indicator == nil || key[1] == indicator)
                && (!isFinal || row.marks["walidata"] == "Y" && row.marks["pembina"] == "Y")
        }
        let page = rows.dropFirst(offset).prefix(limit).enumerated().map { index, entry in
            Self.node(entry.key, entry.row, number: offset + index + 1, total: rows.count)
        }
        return .json(200, .object(["code": .integer(200), "msg": .string("OK"), "data": .list(page)]))
    }

    private static func node(_ key: [String], _ row: HeldRow, number: Int, total: Int) -> Node {
        .object([
            "kodepemda": .string(key[0]), "kodeindikator": .string(key[1]), "tahun": .string(key[2]),
            "kodekec": .string(key[3]), "data": .string(row.fields["data"] ?? ""),
            "status_verifikasi_walidata": .string(row.marks["walidata"] ?? "N"),
            "status_verifikasi_pembinadata": .string(row.marks["pembina"] ?? "N"),
            "catatan_verifikasi_walidata": .string(row.marks["catatan"] ?? ""),
            "idtransaksi": .string("\(row.effects)"),
            "lastupdate": .string(row.changedAt.formatted(.iso8601.timeZone(separator: .omitted))),
            "rownum": .string(String(number)), "rowtotal": .string(String(total)),
        ])
    }

    private func servReference(_ request: Request) -> Answer {
        let query = request.uri.queryParameters
        let limit = query["limit"].flatMap { Int(String($0)) } ?? 100
        let offset = query["offset"].flatMap { Int(String($0)) } ?? 0
        guard (1...1000).contains(limit), offset >= 0 else { return Self.failed("limit atau offset tidak sah") }
        let page = settings.servIndicators.rows.dropFirst(offset).prefix(limit)
        return .json(200, .object(["code": .integer(200), "msg": .string("OK"), "data": .list(Array(page))]))
    }
}
