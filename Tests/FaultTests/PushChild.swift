// The push as a process of its own, which a test ends by SIGKILL at a named point or while a request is under way.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTransfer
import PluginKit
import PostgresClient
import PostgresTesting

@testable import Destinations

/// What a child does: everything that it has to know, because it shares nothing else with the test.
struct PushOrder: Sendable, Codable {
    /// When a child ends itself in the middle of a request.
    enum Moment: Hashable, Sendable, Codable {
        /// The stand-in has the request and does not act on it.
        case asked
        /// It has acted on so many pushes and checks, and does not answer the last.
        case acted(Int)
    }

    var conninfo: String
    var standin: StandinAddress
    /// Name of a ``FaultDialect``.
    var dialect: String
    /// One destination each.
    var rooms: [String]
    /// How many documents each has, of one period after the other.
    var documents = 1
    /// Requests under way at once; one a document in step.
    var concurrency = 1
    /// Claims what is due in one transaction, asks for all of it, records all answers in one transaction: the batches that a pusher
    /// makes when it can, made always.
    var isInStep = false
    var hasLogin: Bool
    /// `name:nth` of a fail point.
    var point: String?
    var moment: Moment?
    /// How much later than now it is for this process: past the leases of those that were ended before it.
    var hours = 0
}

enum PushChild {
    /// Freezes the documents where they are not frozen yet, pushes, and exits: 0 when all are acknowledged.
    static func run(_ order: PushOrder) async throws -> Never {
        let dialects = FaultDialect.all + [.dhis2Checked]
        guard let dialect = dialects.first(where: { $0.name == order.dialect }) else { exit(64) }
        if let point = order.point { setenv("POSYANDUD_FAILPOINT", point, 1) }
        let pool = PostgresPool(.patient(order.conninfo), size: 4)
        let outbox = Outbox(pool: pool)
        var limits = FaultRun.limits
        limits.lease = .seconds(600)
        limits.concurrency = order.concurrency
        let destinations = order.rooms.map { room in
            var settings = dialect.settings(room, order.standin, limits: limits, hasLogin: order.hasLogin)
            settings.timeouts = HTTPTimeouts(connect: .seconds(300), total: .seconds(600))
            return settings
        }
        for settings in destinations {
            let exporter = try Exporters.make(settings)
            for period in dialect.periods(order.documents) {
                let snapshot = try dialect.snapshot(revision: 1, period: period)
                try await outbox.enqueue(snapshot, settings, exporter: exporter, now: WallClock.now())
            }
        }
        let later = Int64(order.hours) * 3_600_000_000
        let clock: Pusher.Clock = { WallClock.now() + later }
        try await withThrowingTaskGroup(of: Void.self) { group in
            if order.isInStep, let settings = destinations.first {
                group.addTask { try await pushInStep(settings, outbox, clock) }
            } else {
                let pusher = try Pusher(
                    pool: pool,
                    destinations: destinations,
                    owner: "child",
                    idle: .milliseconds(10),
                    clock: clock
                )
                group.addTask { try await pusher.run() }
            }
            if let moment = order.moment, let room = order.rooms.first {
                group.addTask { try await strike(at: moment, order.standin.baseURL(room), dialect.put) }
            }
            for _ in 0..<60_000 {
                let all = try await outbox.documents(limit: 10_000)
                let documents = all.filter { order.rooms.contains($0.destination) }
                if documents.allSatisfy({ $0.row.state == .acknowledged }) {
                    // The pusher comes past the fail points after its last commit before this process ends.
                    group.cancelAll()
                    try? await group.waitForAll()
                    exit(0)
                }
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        exit(3)
    }

    private static func pushInStep(
        _ settings: DestinationSettings,
        _ outbox: Outbox,
        _ clock: Pusher.Clock
    ) async throws {
        let exporter = try Exporters.make(settings)
        let push = DocumentPush(settings: settings, exporter: exporter, transfer: HTTPTransfer())
        let login = Login(settings: settings, exporter: exporter, push: push)
        var session: Session?
        while true {
            let room = settings.limits.concurrency
            let claims = try await outbox.claim(settings, owner: "child", room: room, now: clock())
            if claims.isEmpty {
                try await Task.sleep(for: .milliseconds(5))
                continue
            }
            let granted = if let session { session } else { try await login.run(generation: 1).get() }
            session = granted
            let answers = await withTaskGroup(of: Answer.self) { group in
                for claim in claims { group.addTask { await push.run(claim, granted) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            _ = try await outbox.record(
                answers,
                limits: settings.limits,
                now: clock(),
                random: answers.map { _ in 0.5 }
            )
        }
    }

    /// Ends this process when the stand-in shows that the moment has come.
    private static func strike(at moment: PushOrder.Moment, _ baseURL: String, _ put: String) async throws {
        let transfer = HTTPTransfer()
        while true {
            let timeouts = HTTPTimeouts(connect: .seconds(300), total: .seconds(600))
            let request = HTTPRequest(url: baseURL + "/standin/state", timeouts: timeouts, allowHTTP: true)
            let response = try await transfer.send(request)
            let state = try JSONParser.parse(response.body)
            let hasCome =
                switch moment {
                case .asked: state["gangguan"]?["hang"] != nil
                case .acted(let count): StandinProcess.requests(state, put) >= count
                }
            if hasCome { kill(getpid(), SIGKILL) }
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}
