// Receipts of villagers, monthly registers of cases, their recap and ageing, and the closing of months.
// SPDX-License-Identifier: Apache-2.0
import Cases
import FoundationEssentials
import Hummingbird
import Logging
import MessageLog
import PluginHost
import PluginKit
import PostgresClient
import Registers
import Registry

extension ControlRoutes {
    func addReceipts(_ group: RouterGroup<ControlContext>) {
        group.get("receipts/:code") { _, context in
            let code = try receipt(context)
            let status = try await services.caseRegisters.status(code, manifests, now: WallClock.microseconds())
            guard let status else { throw ControlError.notFound("no case has the code \(code)") }
            return Answer.json(ReceiptAnswer.json(status))
        }
        group.get("receipts/:code/slip") { request, context in
            let code = try receipt(context)
            guard let slip = try await services.caseRegisters.slip(code) else {
                throw ControlError.notFound("no case has the code \(code)")
            }
            let isPage = request.uri.queryParameters.get("format") == "html"
            return isPage ? Answer.text(slip.html, type: "text/html; charset=utf-8") : Answer.text(slip.text)
        }
        addCaseRegisters(group)
        group.get("case-months") { _, _ in
            let months = try await services.caseRegisters.closedMonths()
            return Answer.json(["months": .array(months.map(json))])
        }
        group.post("case-months/:month/close") { _, context in
            let month = try Self.month(try context.parameters.require("month"))
            let closed = try await services.caseRegisters.close(
                month,
                manifests,
                by: context.actor,
                now: WallClock.microseconds()
            )
            services.log.notice("registers of cases closed, \(month)", metadata: ["actor": "\(context.actor)"])
            return Answer.json(json(closed))
        }
    }

    private func addCaseRegisters(_ group: RouterGroup<ControlContext>) {
        @Sendable func answer(_ request: Request, _ context: ControlContext) async throws -> Response {
            let sector = try context.parameters.require("sector")
            guard let found = services.host.catalog.sector(sector) else {
                throw ControlError.notFound("there is no sector \(sector)")
            }
            let purpose = request.uri.queryParameters.get("persons").map { String($0) }
            if let purpose, purpose.isEmpty || request.method != .post {
                throw ControlError.badRequest("persons are printed into a file, for a purpose", hint: "say why")
            }
            let month = try Self.month(try text(request, "month"))
            let sheet = try await services.caseRegisters.register(
                try context.parameters.require("name"),
                of: found.manifest,
                try await place(request),
                month: month,
                at: try moment(request),
                now: WallClock.microseconds(),
                persons: purpose.map { AccessReason(actor: context.actor, purpose: $0) }
            )
            if purpose != nil {
                services.log.notice(
                    "register of cases \(sector) \(month) exported with persons",
                    metadata: ["actor": "\(context.actor)"]
                )
            }
            return try await file(request, sheet)
        }
        group.get("case-registers/:sector/:name", use: answer)
        group.post("case-registers/:sector/:name", use: answer)
        for method in [HTTPRequest.Method.get, .post] {
            group.on("case-recap", method: method) { request, _ in
                let by = request.uri.queryParameters.get("by").map { String($0) }
                if let by, CaseLevel(rawValue: by) == nil {
                    throw ControlError.badRequest(
                        "`\(by)` is no level",
                        hint: CaseLevel.allCases.map(\.rawValue).joined(separator: ", ")
                    )
                }
                let sheet = try await services.caseRegisters.recap(
                    manifests,
                    try await place(request),
                    month: try Self.month(try text(request, "month")),
                    by: by.flatMap { CaseLevel(rawValue: $0) },
                    at: try moment(request),
                    now: WallClock.microseconds()
                )
                return try await file(request, sheet)
            }
            group.on("case-ageing", method: method) { request, _ in
                let sheet = try await services.caseRegisters.ageing(
                    manifests,
                    try await place(request),
                    month: try Self.month(try text(request, "month")),
                    at: try moment(request) ?? .now,
                    bounds: try bounds(request),
                    now: WallClock.microseconds()
                )
                return try await file(request, sheet)
            }
        }
    }

    private var manifests: [Manifest] { services.host.catalog.sectors.map(\.manifest) }

    private func receipt(_ context: ControlContext) throws -> ReceiptCode {
        let text = try context.parameters.require("code")
        do throws(ReceiptCode.Fault) {
            return try ReceiptCode(text)
        } catch {
            throw ControlError.badRequest("`\(text)` is no receipt: \(error.rawValue)", hint: error.sentence)
        }
    }

    private static func month(_ text: String) throws -> Period {
        guard let month = Period(text), month.kind == .month else {
            throw ControlError.badRequest("`\(text)` is no month", hint: "as 2026-11")
        }
        return month
    }

    private func moment(_ request: Request) throws -> CaseMoment? {
        guard let text = request.uri.queryParameters.get("as_of") else { return nil }
        guard let moment = CaseMoment(rawValue: String(text)) else {
            let known = CaseMoment.allCases.map(\.rawValue).joined(separator: ", ")
            throw ControlError.badRequest("`\(text)` is no moment", hint: known)
        }
        return moment
    }

    private func bounds(_ request: Request) throws -> [Int] {
        guard let text = request.uri.queryParameters.get("classes") else { return CaseAgeing.usualBounds }
        let bounds = text.split(separator: ",").map { Int($0) }
        guard !bounds.isEmpty, bounds.count <= 20, !bounds.contains(nil) else {
            throw ControlError.badRequest("`\(text)` are no classes", hint: "as 3,5,10,20")
        }
        return bounds.compactMap(\.self)
    }

    /// A posyandu or an area; the whole kabupaten when neither is named.
    private func place(_ request: Request) async throws -> CasePlace {
        let query = request.uri.queryParameters
        let area = query.get("area").map { String($0) }
        guard let posyandu = query.get("posyandu").map({ String($0) }) else {
            return .area(area ?? services.identity.kabupaten)
        }
        guard area == nil else { throw ControlError.badRequest("name a posyandu or an area, not both") }
        let uuid = try await services.pool.withConnection { try RegisterPlace.posyandu($0, posyandu) }
        guard let uuid else { throw ControlError.notFound("there is no posyandu \(posyandu)") }
        return .posyandu(uuid)
    }

    /// The sheet as JSON, or with `format` as a file.
    private func file(_ request: Request, _ sheet: RegisterSheet) async throws -> Response {
        switch request.uri.queryParameters.get("format") {
        case nil:
            guard case .object(var json) = Self.json(sheet) else { return Answer.json(.null) }
            json["lists"] = .array(
                sheet.lists.map { table in
                    [
                        "title": .string(table.title),
                        "columns": .array(table.columns.map { .string($0.heading.joined(separator: " / ")) }),
                        "rows": .array(table.rows.map { .array($0.cells.map(Self.json)) }),
                    ]
                }
            )
            return Answer.json(.object(json))
        case "csv": return Answer.bytes(SheetCSV.bytes(sheet), type: "text/csv; charset=utf-8")
        case "xlsx":
            let type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            return Answer.bytes(try await SheetXLSX.bytes(sheet), type: type)
        case .some(let format): throw ControlError.badRequest("`\(format)` is no format", hint: "csv or xlsx")
        }
    }

    private func json(_ month: ClosedMonth) -> JSONValue {
        [
            "month": .string(month.month), "closed_at": instant(month.closedAt), "closed_by": .string(month.closedBy),
            "registers": .int(month.registers), "digest": .string(hex(month.digest)), "new": .bool(month.isNew),
        ]
    }
}

/// What a receipt tells, as JSON: the same on the operators' socket and on the network.
enum ReceiptAnswer {
    static func json(_ status: ReceiptStatus) -> JSONValue {
        [
            "code": .string(status.code.description), "state": .string(status.words),
            "closed": .bool(status.isClosed), "sector": .optional(status.sector),
            "received": .optional(status.received?.description), "office": .optional(status.office),
            "due": .optional(status.due?.description), "next": .optional(status.next),
            "sentences": .array(status.sentences.map { .string($0) }),
        ]
    }
}
