// Printed registers: which there are, one as data, one as a file; and recaps from paper on their way in.
// SPDX-License-Identifier: Apache-2.0
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
    func addRegisters(_ group: RouterGroup<ControlContext>) {
        group.get("registers") { _, _ in Answer.json(["registers": .array(registers())]) }
        group.get("registers/:sector/:name") { request, context in
            let (manifest, name) = try register(context)
            let sheet = try await services.registers.sheet(name, of: manifest, try await scope(request))
            return Answer.json(Self.json(sheet))
        }
        group.post("registers/:sector/:name") { request, context in
            let (manifest, name) = try register(context)
            let scope = try await scope(request)
            let format = try text(request, "format")
            guard ["csv", "xlsx"].contains(format) else {
                throw ControlError.badRequest("`\(format)` is no format", hint: "csv or xlsx")
            }
            let purpose = request.uri.queryParameters.get("persons").map { String($0) }
            if let purpose, purpose.isEmpty {
                throw ControlError.badRequest("persons are printed for a purpose only", hint: "say why, in some words")
            }
            let sheet = try await services.registers.sheet(
                name,
                of: manifest,
                scope,
                persons: purpose.map { AccessReason(actor: context.actor, purpose: $0) }
            )
            services.log.notice(
                "register \(manifest.id).\(name) exported\(purpose == nil ? "" : " with persons")",
                metadata: ["actor": "\(context.actor)"]
            )
            if format == "csv" { return Answer.bytes(SheetCSV.bytes(sheet), type: "text/csv; charset=utf-8") }
            let type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            return Answer.bytes(try await SheetXLSX.bytes(sheet), type: type)
        }
        group.post("recaps/:sector/:name") { request, context in
            let (manifest, name) = try register(context)
            let asked = try recapImport(request, manifest, name)
            let body = try await bytes(request, limit: Self.largestFile)
            services.log.notice(
                "recaps from paper, \(name), \(asked.mode.rawValue)",
                metadata: ["actor": "\(context.actor)"]
            )
            let report = try await services.recaps.run(asked, body)
            services.wakeApply()
            return Answer.json(["report": Self.json(report, name)])
        }
    }

    private func registers() -> [JSONValue] {
        services.host.catalog.sectors.flatMap { sector in
            sector.manifest.registers.map { register -> JSONValue in
                [
                    "sector": .string(sector.id), "name": .string(register.name),
                    "title": .string(register.title?.id ?? register.name),
                    "kind": .string(register.recap == nil ? "records" : "recap"),
                    "columns": .int(register.recap?.columns.count ?? register.columns.count),
                    "lists": .array((register.recap?.lists ?? []).map { .string($0.name) }),
                ]
            }
        }
    }

    private func register(_ context: ControlContext) throws -> (Manifest, String) {
        let sector = try context.parameters.require("sector")
        guard let found = services.host.catalog.sector(sector) else {
            throw ControlError.notFound("there is no sector \(sector)")
        }
        let name = try context.parameters.require("name")
        guard found.manifest.register(name) != nil else {
            throw ControlError.notFound("the sector \(sector) has no register \(name)")
        }
        return (found.manifest, name)
    }

    /// `posyandu` and `year`; `area` and `month`; or `area` and `year`.
    private func scope(_ request: Request) async throws -> RegisterScope {
        let query = request.uri.queryParameters
        let year = query.get("year").flatMap { Int($0) }
        if let given = query.get("year"), year.map({ (2_000...2_100).contains($0) }) != true {
            throw ControlError.badRequest("`\(given)` is no year")
        }
        let month = query.get("month").flatMap { Period(String($0)) }
        if let given = query.get("month"), month?.kind != .month {
            throw ControlError.badRequest("`\(given)` is no month", hint: "as 2026-11")
        }
        let posyandu = query.get("posyandu").map { String($0) }
        let area = query.get("area").map { String($0) }
        switch (posyandu, area, year, month) {
        case (.some(let text), nil, .some(let year), nil):
            let uuid = try await services.pool.withConnection { try RegisterPlace.posyandu($0, text) }
            guard let uuid else { throw ControlError.notFound("there is no posyandu \(text)") }
            return .year(posyandu: uuid, year: year)
        case (nil, .some(let area), nil, .some(let month)): return .month(area: area, month: month)
        case (nil, .some(let area), .some(let year), nil): return .areaYear(area: area, year: year)
        default:
            throw ControlError.badRequest(
                "a register is of one posyandu or area, and of one month or year",
                hint: "posyandu and year, area and month, or area and year"
            )
        }
    }

    private func recapImport(_ request: Request, _ manifest: Manifest, _ name: String) throws -> RecapImport {
        let word = request.uri.queryParameters.get("mode").map { String($0) } ?? ImportMode.allOrNothing.rawValue
        guard let mode = ImportMode(rawValue: word) else {
            throw ControlError.badRequest("`\(word)` is no mode", hint: "dry-run, all-or-nothing or skip-bad")
        }
        guard let year = Int(try text(request, "year")), (2_000...2_100).contains(year) else {
            throw ControlError.badRequest("`year` is no year", hint: "as 2026")
        }
        let today = Int32(
            clamping: (WallClock.microseconds() / 1_000_000 + Int64(services.identity.utcOffsetSeconds)) / 86_400
        )
        return RecapImport(
            manifest: manifest,
            register: name,
            year: year,
            posyandu: request.uri.queryParameters.get("posyandu").map { String($0) },
            mode: mode,
            today: CivilDate(daysSince1970: today)
        )
    }

    // MARK: JSON

    static func json(_ sheet: RegisterSheet) -> JSONValue {
        [
            "sector": .string(sheet.sector), "register": .string(sheet.register), "title": .string(sheet.title),
            "head": .array(sheet.head.map { ["label": .string($0.label), "value": .string($0.value)] }),
            "columns": .array(
                sheet.table.columns.map { column in
                    ["heading": .array(column.heading.map { .string($0) }), "note": .optional(column.note)]
                }
            ),
            "rows": .array(sheet.table.rows.map(json)), "total": sheet.table.total.map(json) ?? .null,
            "notes": .array(sheet.notes.map { .string($0) }),
        ]
    }

    private static func json(_ row: SheetRow) -> JSONValue {
        [
            "origin": .string(row.origin.rawValue),
            "cells": .array(row.cells.map(json)),
        ]
    }

    static func json(_ cell: SheetCell) -> JSONValue {
        switch cell {
        case .empty: .null
        case .number(let number): .number(JSONNumber(number))
        case .text(let text): .string(text)
        }
    }

    private static func json(_ report: RecapReport, _ name: String) -> JSONValue {
        [
            "kind": .string(name), "mode": .string(report.mode.rawValue), "rows": .int(report.rows),
            "inserted": .int(report.inserted), "updated": .int(report.updated), "unchanged": .int(report.unchanged),
            "rejected": .int(report.rejected), "blank": .int(report.blank), "committed": .bool(report.committed),
            "complaints": .array(report.complaints.map(json)), "warnings": .array(report.warnings.map(json)),
            "warning_count": .int(report.warnings.count), "rejects": .optional(report.rejects),
            "summary": .string(report.summary),
        ]
    }

    private static func json(_ complaint: RecapComplaint) -> JSONValue {
        [
            "line": .int(complaint.line), "column": .optional(complaint.column), "code": .string(complaint.code),
            "message": .string(complaint.message), "fix": .string(complaint.fix),
        ]
    }
}
