// One stand-in: its stores, its faults, and the routes of all dialects behind them.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// A request with its connection, which a fault may close.
struct StandinContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

/// What is the same in every room.
struct StandinSettings: Sendable {
    var tokens: TokenOffice
    var references: ReferenceLists
    var servKey: ServKey
    var servIndicators: ServIndicators
    var dhis2Login: Dhis2Login
    var dhis2Metadata: Dhis2Metadata
    var retryAfter: Int
    var pollDelay: Int
    var isUnchecked: Bool
    var maxBytes: Int
    var hangSeconds: Int
}

/// Everything a route needs.
final class Endpoint: Sendable {
    let settings: StandinSettings
    /// `/~name`, or nothing: what stands before the paths of links.
    let prefix: String
    let store: DocumentStore
    let check: DocumentCheck
    let serv: RowStore
    let dhis2: RowStore
    let reports: RowStore
    let jobs = Dhis2Jobs()
    let asyncReports = AsyncReports()
    private let faults: FaultScript
    private let counters = Mutex<[String: Int]>([:])

    var tokens: TokenOffice { settings.tokens }
    var references: ReferenceLists { settings.references }
    var retryAfter: Int { settings.retryAfter }
    var maxBytes: Int { settings.maxBytes }

    /// `folder` keeps the stores; without one they end with the process.
    init(settings: StandinSettings, room: String, folder: String?, closed: Set<String>, faults: FaultScript)
        async throws
    {
        func journal(_ name: String) throws -> Journal {
            try folder.map { try Journal(folder: $0, name: name) } ?? Journal()
        }
        self.settings = settings
        prefix = room.isEmpty ? "" : "/~\(room)"
        check = DocumentCheck(references: settings.references, isOff: settings.isUnchecked)
        store = try await DocumentStore(
            journal: journal("journal"),
            check: check,
            pollDelay: settings.pollDelay,
            closed: closed
        )
        serv = try await RowStore(journal: journal("serv"))
        dhis2 = try await RowStore(journal: journal("dhis2"))
        reports = try await RowStore(journal: journal("fhir"))
        self.faults = faults
    }

    func router() -> Router<StandinContext> {
        let router = Router(context: StandinContext.self)
        addRekap(router)
        addServ(router)
        addDhis2(router)
        addFhir(router)
        addControl(router)
        return router
    }

    // MARK: Faults and identity

    /// Draws a fault, judges who asks, acts, counts, answers.
    func served(
        _ route: String,
        _ request: Request,
        _ context: StandinContext,
        judge: (Request) -> Answer?,
        _ act: (Deed) async throws -> Answer
    ) async throws -> Response {
        guard let fault = faults.next(route) else {
            return try await answer(route, request, judge, .normal, act).response
        }
        let carry = FaultAct(
            fault: fault,
            wire: Wire(channel: context.channel, hangSeconds: settings.hangSeconds),
            retryAfter: retryAfter
        )
        if let response = try await carry.instead(request) {
            count("\(route) \(fault.name)")
            return response
        }
        return try await carry.after(try await answer(route, request, judge, fault.deed, act))
    }

    private func answer(
        _ route: String,
        _ request: Request,
        _ judge: (Request) -> Answer?,
        _ deed: Deed,
        _ act: (Deed) async throws -> Answer
    ) async throws -> Answer {
        var answer: Answer
        if let refusal = judge(request) {
            _ = try await request.body.collect(upTo: 64 << 20)
            answer = refusal
        } else {
            answer = try await act(deed)
        }
        count("\(route) \(answer.status)")
        return answer
    }

    func count(_ what: String) { counters.withLock { $0[what, default: 0] += 1 } }

    var requests: [String: Int] { counters.withLock { $0 } }

    var script: FaultScript { faults }

    /// The whole body; `nil` when it is larger than allowed.
    func body(_ request: Request, upTo limit: Int) async throws -> Data? {
        do {
            return Data(try await request.body.collect(upTo: limit).readableBytesView)
        } catch is NIOTooManyBytesError {
            return nil
        } catch let error as HTTPError where error.status == .contentTooLarge {
            return nil
        }
    }
}
