// A minimal FHIR endpoint for MeasureReport: update with versions, and its answers 200, 201, 202, 303, 409, 412, 422.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Hummingbird
import Synchronization

/// Reports that were answered with 202: how many questions still get "not yet".
final class AsyncReports: Sendable {
    private let left = Mutex<[String: Int]>([:])

    func start(_ id: String, polls: Int) { left.withLock { $0[id] = polls } }

    /// Whether the report is there now; `nil` when nobody waits for it.
    func look(_ id: String) -> Bool? {
        left.withLock { left in
            guard let polls = left[id] else { return nil }
            if polls > 0, polls != Int.max { left[id] = polls - 1 }
            return polls == 0
        }
    }

    /// Lets stalled ones end.
    func release() { left.withLock { left in for id in left.keys where left[id] == Int.max { left[id] = 0 } } }
}

extension Endpoint {
    func addFhir(_ router: Router<StandinContext>) {
        let fhir = router.group("/fhir")
        fhir.put("/MeasureReport/{id}") { request, context in
            try await self.fhir("fhir.put", request, context) { try await self.update(request, context, $0) }
        }
        fhir.get("/MeasureReport/{id}") { request, context in
            try await self.fhir("fhir.get", request, context) { _ in await self.read(context) }
        }
        fhir.get("/async/{id}") { request, context in
            try await self.fhir("fhir.async", request, context) { await self.waiting(context, $0) }
        }
    }

    private func fhir(
        _ route: String,
        _ request: Request,
        _ context: StandinContext,
        _ act: (Deed) async throws -> Answer
    ) async throws -> Response {
        let judge: (Request) -> Answer? = { request in
            self.judgeBearer(request, kodepemda: nil) == nil ? nil : Self.outcome(401, "login", "token tidak sah")
        }
        return try await served(route, request, context, judge: judge, act)
    }

    private func update(_ request: Request, _ context: StandinContext, _ deed: Deed) async throws -> Answer {
        let id = context.parameters.get("id") ?? ""
        guard let bytes = try await body(request, upTo: maxBytes) else {
            return Self.outcome(413, "too-long", "badan terlalu besar")
        }
        let type = (request.headers[.contentType] ?? "").prefix { $0 != ";" }.lowercased()
        guard type == "application/fhir+json" else {
            return Self.outcome(415, "not-supported", "harus application/fhir+json")
        }
        guard let report = Node.read(bytes) else { return Self.outcome(400, "structure", "bukan JSON") }
        let findings = MeasureReportCheck.findings(report, id: id)
        guard findings.isEmpty else { return Self.outcome(422, findings) }
        let start = report["period"]?["start"]?.string ?? ""
        if deed == .closed { return Self.outcome(409, "business-rule", "jadwal-ditutup") }
        if await store.isClosed("fhir/\(start)") { return Self.outcome(409, "business-rule", "jadwal-ditutup") }
        let held = await reports.row([id])
        if let wanted = request.headers[.ifMatch], wanted != held.map({ "W/\"\($0.effects)\"" }) {
            return Self.outcome(412, "conflict", "versi tersimpan lain")
        }
        let text = String(decoding: deed == .tamper ? Self.tampered(report).bytes : bytes, as: UTF8.self)
        let change = RowChange(key: [id], fields: ["isi": text, "digest": DocumentStore.digest(Data(text.utf8))])
        let effects = deed == .lose ? [] : try await reports.apply([change])
        if deed == .twice { _ = try await reports.apply([RowChange(key: [id], fields: nil), change]) }
        let version = await reports.row([id])?.effects ?? 1
        let place = "\(prefix)/fhir/MeasureReport/\(id)"
        switch deed {
        case .accepted, .stall:
            asyncReports.start(id, polls: deed == .stall ? Int.max : settings.pollDelay)
            return Answer(
                status: 202,
                type: "application/fhir+json",
                headers: [("Location", "\(prefix)/fhir/async/\(id)"), ("Retry-After", String(retryAfter))],
                body: Data()
            )
        case .seeOther:
            return Answer(status: 303, type: "application/fhir+json", headers: [("Location", place)], body: Data())
        default:
            return Answer(
                status: held == nil && effects.first != .same ? 201 : 200,
                type: "application/fhir+json",
                headers: [("Location", "\(place)/_history/\(version)"), ("ETag", "W/\"\(version)\"")],
                body: bytes
            )
        }
    }

    /// The same report with other counts.
    private static func tampered(_ node: Node) -> Node {
        if let list = node.list { return .list(list.map(tampered)) }
        guard let members = node.object else { return node }
        return .object(
            members.reduce(into: [:]) { $0[$1.key] = $1.key == "count" ? .integer(999_999) : tampered($1.value) }
        )
    }

    private func read(_ context: StandinContext) async -> Answer {
        guard let row = await reports.row([context.parameters.get("id") ?? ""]), !row.isDeleted else {
            return Self.outcome(404, "not-found", "tidak ada")
        }
        return Self.answer(row)
    }

    private func waiting(_ context: StandinContext, _ deed: Deed) async -> Answer {
        let id = context.parameters.get("id") ?? ""
        switch deed == .stall ? false : asyncReports.look(id) {
        case nil: return Self.outcome(404, "not-found", "tidak ada")
        case false?:
            return Answer(
                status: 202,
                type: "application/fhir+json",
                headers: [("Retry-After", String(retryAfter))],
                body: Data()
            )
        case true?:
            guard let row = await reports.row([id]) else { return Self.outcome(404, "not-found", "tidak ada") }
            return Self.answer(row)
        }
    }

    private static func answer(_ row: HeldRow) -> Answer {
        Answer(
            status: 200,
            type: "application/fhir+json",
            headers: [("ETag", "W/\"\(row.effects)\"")],
            body: Data((row.fields["isi"] ?? "").utf8)
        )
    }

    private static func outcome(_ status: Int, _ code: String, _ words: String) -> Answer {
        outcome(status, [MeasureReportCheck.Finding(code: code, words: words, expression: nil)])
    }

    private static func outcome(_ status: Int, _ findings: [MeasureReportCheck.Finding]) -> Answer {
        let issues = findings.map { finding in
            var members: [String: Node] = [
                "severity": .string("error"), "code": .string(finding.code),
                "details": .object(["text": .string(finding.words)]), "diagnostics": .string(finding.words),
            ]
            if let expression = finding.expression { members["expression"] = .list([.string(expression)]) }
            return Node.object(members)
        }
        let body = Node.object(["resourceType": .string("OperationOutcome"), "issue": .list(issues)])
        return Answer(status: status, type: "application/fhir+json", body: body.bytes)
    }
}
