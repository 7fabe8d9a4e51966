// The subset of DHIS2 that takes and shows data value sets.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Hummingbird

/// Basic and personal access token.
struct Dhis2Login: Sendable {
    var basic: String
    var token: String
}

extension Endpoint {
    func addDhis2(_ router: Router<StandinContext>) {
        let api = router.group("/api")
        for path in ["/dataValueSets", "/dataValueSets.json"] {
            api.post(RouterPath(path)) { request, context in
                try await self.dhis2("dhis2.push", request, context) { try await self.importValues(request, $0) }
            }
            api.get(RouterPath(path)) { request, context in
                try await self.dhis2("dhis2.get", request, context) { _ in await self.exportValues(request) }
            }
        }
        api.get("/system/tasks/DATAVALUE_IMPORT/{id}") { request, context in
            try await self.dhis2("dhis2.task", request, context) { self.task(context, $0) }
        }
        api.get("/system/taskSummaries/DATAVALUE_IMPORT/{id}") { request, context in
            try await self.dhis2("dhis2.summary", request, context) { self.taskSummary(context, $0) }
        }
    }

    private func dhis2(
        _ route: String,
        _ request: Request,
        _ context: StandinContext,
        _ act: (Deed) async throws -> Answer
    ) async throws -> Response {
        try await served(route, request, context, judge: judgeDhis2, act)
    }

    private func judgeDhis2(_ request: Request) -> Answer? {
        let login = settings.dhis2Login
        let good = ["ApiToken \(login.token)", "Basic \(Data(login.basic.utf8).base64EncodedString())"]
        if let given = request.headers[.authorization], good.contains(given) { return nil }
        return Self.message(401, "Unauthorized", "ERROR", "Unauthorized")
    }

    /// The envelope of DHIS2 since 2.38.
    private static func message(_ code: Int, _ name: String, _ status: String, _ words: String, _ response: Node? = nil)
        -> Answer
    {
        var members: [String: Node] = [
            "httpStatus": .string(name), "httpStatusCode": .integer(code), "status": .string(status),
            "message": .string(words),
        ]
        members["response"] = response
        return .json(code, .object(members))
    }

    // MARK: Import

    private func importValues(_ request: Request, _ deed: Deed) async throws -> Answer {
        guard let bytes = try await body(request, upTo: maxBytes) else {
            return Self.message(413, "Payload Too Large", "ERROR", "The request is too large")
        }
        let type = (request.headers[.contentType] ?? "").prefix { $0 != ";" }.lowercased()
        let isAdx = ["application/adx+xml", "application/xml+adx"].contains(type)
        guard isAdx || type == "application/json" else {
            return Self.message(415, "Unsupported Media Type", "ERROR", "Content type '\(type)' not supported")
        }
        guard var options = Self.options(request, standard: isAdx ? .code : .uid) else {
            return Self.message(409, "Conflict", "ERROR", "A scheme or strategy is not supported")
        }
        guard let values = isAdx ? Self.values(adx: bytes) : Self.values(json: bytes, &options) else {
            return Self.message(400, "Bad Request", "ERROR", "The body could not be read")
        }
        let summary = try await run(values, options, deed)
        if options.runsAsync {
            let id = jobs.start(summary.node, polls: deed == .stall ? nil : settings.pollDelay)
            return Self.message(
                200,
                "OK",
                "OK",
                "Initiated DATAVALUE_IMPORT",
                .object([
                    "responseType": .string("JobConfigurationWebMessageResponse"), "id": .string(id),
                    "name": .string("dataValueImport"), "jobType": .string("DATAVALUE_IMPORT"),
                    "relativeNotifierEndpoint": .string("/api/system/tasks/DATAVALUE_IMPORT/\(id)"),
                ])
            )
        }
        let isGood = summary.conflicts.isEmpty && !summary.isError
        return isGood
            ? Self.message(200, "OK", "OK", "Import was successful.", summary.node)
            : Self.message(
                409,
                "Conflict",
                summary.isError ? "ERROR" : "WARNING",
                "One more conflicts encountered, please check import summary.",
                summary.node
            )
    }

    private func run(_ values: [Dhis2Value], _ options: Dhis2Options, _ deed: Deed) async throws -> Dhis2Summary {
        var summary = Dhis2Summary()
        let rules = Dhis2Import(metadata: settings.dhis2Metadata, options: options, now: Date())
        if let set = values.first?.dataSet, settings.dhis2Metadata.find(.dataSets, set, options.dataSetScheme) == nil {
            summary.isError = true
            summary.ignored = values.count
            let words = "Data set not found or not accessible: `\(set)`"
            summary.add(Dhis2Conflict(object: set, property: "dataSet", code: "E7600", words: words), 0)
            return summary
        }
        var changes: [RowChange] = []
        for (index, value) in values.enumerated() {
            let isShut = deed == .closed
            let isClosed = isShut ? true : await store.isClosed("dhis2/\(value.foundPeriod?.text ?? value.period)")
            switch rules.change(value, isClosed: isClosed) {
            case .failure(let refused):
                summary.ignored += 1
                summary.add(refused.conflict, index)
            case .success(let change):
                let held = await dhis2.row(change.key)
                let exists = held.map { !$0.isDeleted } ?? false
                if options.strategy == .create && exists || [.update, .delete].contains(options.strategy) && !exists {
                    summary.ignored += 1
                } else {
                    Self.count(change, held, &summary)
                    changes.append(change)
                }
            }
        }
        summary.completed = options.dryRun ? nil : options.completeDate
        guard !options.dryRun, deed != .lose else { return summary }
        if deed == .tamper {
            changes = changes.map { RowChange(key: $0.key, fields: $0.fields.map { _ in ["value": "999999"] }) }
        }
        _ = try await dhis2.apply(changes)
        if deed == .twice { _ = try await dhis2.apply(changes) }
        return summary
    }

    private static func count(_ change: RowChange, _ held: HeldRow?, _ summary: inout Dhis2Summary) {
        switch (change.fields, held) {
        case (nil, _): summary.deleted += 1
        case (_, nil): summary.imported += 1
        case (let fields?, let held?):
            if held.isDeleted {
                summary.imported += 1
            } else if held.fields == fields {
                summary.ignored += 1
            } else {
                summary.updated += 1
            }
        }
    }

    // MARK: Tasks

    private func task(_ context: StandinContext, _ deed: Deed) -> Answer {
        let state = deed == .stall ? .running : jobs.look(context.parameters.get("id") ?? "")
        func line(_ words: String, isDone: Bool) -> Node {
            .object([
                "level": .string("INFO"), "category": .string("DATAVALUE_IMPORT"), "message": .string(words),
                "completed": .bool(isDone),
            ])
        }
        switch state {
        case .unknown: return .json(200, .list([]))
        case .running: return .json(200, .list([line("Process started", isDone: false)]))
        case .done:
            return .json(200, .list([line("Import done", isDone: true), line("Process started", isDone: false)]))
        }
    }

    private func taskSummary(_ context: StandinContext, _ deed: Deed) -> Answer {
        if deed != .stall, case .done(let summary) = jobs.look(context.parameters.get("id") ?? "") {
            return .json(200, summary)
        }
        return Answer(status: 200, body: Data())
    }

    // MARK: Reading

    private func exportValues(_ request: Request) async -> Answer {
        let query = request.uri.queryParameters
        func all(_ name: String) -> [String] { query[values: Substring(name)].map { String($0) } }
        guard !all("dataSet").isEmpty || !all("dataElement").isEmpty, !all("orgUnit").isEmpty, !all("period").isEmpty
        else {
            return Self.message(
                409,
                "Conflict",
                "ERROR",
                "At least one data set, one period and one organisation unit must be specified"
            )
        }
        guard let options = Self.options(request, standard: .uid) else {
            return Self.message(409, "Conflict", "ERROR", "A scheme is not supported")
        }
        let metadata = settings.dhis2Metadata
        func ids(_ kind: Dhis2Metadata.Kind, _ names: [String]) -> [Dhis2Object] {
            names.compactMap { metadata.find(kind, $0, .uid) ?? metadata.find(kind, $0, .code) }
        }
        let roots = Set(ids(.organisationUnits, all("orgUnit")).map(\.id))
        let showsChildren = query["children"] == "true"
        let sets = ids(.dataSets, all("dataSet"))
        let elements = Set(sets.flatMap(\.elements) + ids(.dataElements, all("dataElement")).map(\.id))
        let periods = Set(all("period"))
        let showsDeleted = query["includeDeleted"] == "true"
        let rows = await dhis2.all().filter { key, row in
            (showsDeleted || !row.isDeleted) && periods.contains(key[1])
                && (roots.contains(key[2]) || showsChildren && metadata.isBelow(key[2], roots))
                && (elements.isEmpty || elements.contains(key[0]))
        }
        let values = rows.map { key, row in
            var members: [String: Node] = [
                "dataElement": .string(metadata.name(.dataElements, key[0], options.elementScheme)),
                "period": .string(key[1]),
                "orgUnit": .string(metadata.name(.organisationUnits, key[2], options.orgUnitScheme)),
                "categoryOptionCombo": .string(metadata.name(.categoryOptionCombos, key[3], options.comboScheme)),
                "attributeOptionCombo": .string(metadata.name(.categoryOptionCombos, key[4], options.comboScheme)),
                "value": .string(row.fields["value"] ?? ""), "storedBy": .string("posyandud"), "followup": .bool(false),
            ]
            members["comment"] = row.fields["comment"].map(Node.string)
            if row.isDeleted { members["deleted"] = .bool(true) }
            return Node.object(members)
        }
        return .json(200, .object(["dataValues": .list(values)]))
    }
}
