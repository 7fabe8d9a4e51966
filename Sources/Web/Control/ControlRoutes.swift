// The operators' API: one file a subject, all routes listed here.
// SPDX-License-Identifier: Apache-2.0
import Hummingbird
import Logging
import MessageLog
import NIOCore
import PluginKit

/// Routes of the control socket; `posyanductl` speaks them. `docs/control-api.md` lists requests and answers.
struct ControlRoutes {
    let services: NodeServices

    func router() -> Router<ControlContext> {
        let router = Router(context: ControlContext.self)
        router.add(middleware: PeerMiddleware(group: services.controlGroup, access: services.access, log: services.log))
        let control = router.group("control/v1")
        addStatus(control)
        addSectors(control)
        addLog(control)
        addDeadLetters(control)
        addImports(control)
        addRegistry(control)
        addSummaries(control)
        addViews(control)
        addRegisters(control)
        addReceipts(control)
        addPush(control)
        addDestinations(control)
        addResidents(control)
        addTasks(control)
        addLooks(control)
        addAttachments(control)
        addCases(control)
        addPosyandu(control)
        addProgrammes(control)
        addCalendar(control)
        addHouseholds(control)
        return router
    }

    /// The body of a request as JSON; an empty body is an empty object.
    func json(_ request: Request) async throws -> JSONValue {
        let bytes = try await bytes(request, limit: 1 << 20)
        guard !bytes.isEmpty else { return [:] }
        do {
            return try JSONParser.parse(bytes)
        } catch {
            throw ControlError.badRequest("the body is not JSON")
        }
    }

    func bytes(_ request: Request, limit: Int) async throws -> [UInt8] {
        let buffer = try await request.body.collect(upTo: limit)
        return Array(buffer.readableBytesView)
    }

    func text(_ request: Request, _ name: String) throws -> String {
        guard let value = request.uri.queryParameters.get(name), !value.isEmpty else {
            throw ControlError.badRequest("the parameter `\(name)` is missing")
        }
        return value
    }

    func number(_ request: Request, _ name: String, default fallback: Int) throws -> Int {
        guard let text = request.uri.queryParameters.get(name) else { return fallback }
        guard let value = Int(text), value >= 0 else {
            throw ControlError.badRequest("`\(name)` is not a whole number")
        }
        return value
    }

    func instant(_ microseconds: Int64) -> JSONValue {
        .string(InstantFormat.text(microseconds, offset: services.identity.utcOffsetSeconds))
    }
}
