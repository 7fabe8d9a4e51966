// The push as a process of its own, which a test ends by SIGKILL at a named point or while a request is under way.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTransfer
import PluginKit
import PostgresClient

@testable import Destinations

/// What a child does: everything that it has to know, because it shares nothing else with the test.
struct PushOrder: Sendable, Codable {
    /// When a child ends itself in the middle of a request.
    enum Moment: String, Sendable, Codable {
        /// The stand-in has the request and does not act on it.
        case asked
        /// It has acted, and does not answer.
        case stored
    }

    var conninfo: String
    var standin: StandinAddress
    /// Name of a ``FaultDialect``.
    var dialect: String
    /// One destination each, with one document.
    var rooms: [String]
    var hasLogin: Bool
    /// `name:nth` of a fail point.
    var point: String?
    var moment: Moment?
    /// How much later than now it is for this process: past the leases of those that were ended before it.
    var hours = 0
}

enum PushChild {
    /// Freezes the documents where they are not frozen yet, runs the pusher, and exits: 0 when all are acknowledged.
    static func run(_ order: PushOrder) async throws -> Never {
        guard let dialect = FaultDialect.all.first(where: { $0.name == order.dialect }) else { exit(64) }
        if let point = order.point { setenv("POSYANDUD_FAILPOINT", point, 1) }
        let pool = PostgresPool(PostgresConfiguration(conninfo: order.conninfo), size: 4)
        let outbox = Outbox(pool: pool)
        var limits = FaultRun.limits
        limits.lease = .seconds(600)
        let destinations = order.rooms.map { room in
            var settings = dialect.settings(room, order.standin, limits: limits, hasLogin: order.hasLogin)
            settings.timeouts = HTTPTimeouts(connect: .seconds(30), total: .seconds(60))
            return settings
        }
        for settings in destinations {
            let exporter = try Exporters.make(settings)
            try await outbox.enqueue(dialect.snapshot(revision: 1), settings, exporter: exporter, now: WallClock.now())
        }
        let later = Int64(order.hours) * 3_600_000_000
        let pusher = try Pusher(
            pool: pool,
            destinations: destinations,
            owner: "child",
            idle: .milliseconds(10),
            clock: { WallClock.now() + later }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pusher.run() }
            if let moment = order.moment, let room = order.rooms.first {
                group.addTask { try await strike(at: moment, order.standin.baseURL(room), dialect.section) }
            }
            for _ in 0..<6000 {
                let documents = try await outbox.documents().filter { order.rooms.contains($0.destination) }
                if documents.allSatisfy({ $0.row.state == .acknowledged }) { exit(0) }
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        exit(3)
    }

    /// Ends this process when the stand-in shows that the moment has come.
    private static func strike(at moment: PushOrder.Moment, _ baseURL: String, _ section: String) async throws {
        let transfer = HTTPTransfer()
        while true {
            let response = try await transfer.send(HTTPRequest(url: baseURL + "/standin/state", allowHTTP: true))
            let state = try JSONParser.parse(response.body)
            let hasCome =
                switch moment {
                case .asked: state["gangguan"]?["hang"] != nil
                case .stored: state[section]?.array?.isEmpty == false
                }
            if hasCome { kill(getpid(), SIGKILL) }
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}
