// The push against the stand-in as a process of its own, with faults from a seed and a kill in the middle.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTransfer
import PluginKit
import PostgresClient
import PostgresTesting
import Summaries
import Testing

@testable import Destinations

/// A running `sipd-standin` with its store.
private final class Standin {
    let port: Int
    let store: String
    private let program: ChildProgram

    static let executable = ChildProgram.built("sipd-standin", variable: "SIPD_STANDIN")

    init(store: String, port: Int = 0, faults: String, seed: UInt64) async throws {
        self.store = store
        program = try ChildProgram(
            Self.executable ?? "",
            [
                "--store", store, "--port", String(port), "--poll-delay", "1", "--retry-after", "1", "--token-seconds",
                "3", "--fault-rates", faults, "--seed", String(seed),
            ]
        )
        let line = try await program.line("{\"host\"")
        self.port = try JSONParser.parse(Array(line.utf8))["port"]?.integer ?? 0
    }

    /// As a power cut would: nothing is flushed.
    func kill() { program.end() }
}

@Suite(.serialized, .timeLimit(.minutes(25)), .enabled(if: Standin.executable != nil, "sipd-standin is not built"))
struct StandinTests {
    private static let faults =
        "503:0.08,429:0.02,500:0.05,reset:0.05,reset-after-commit:0.06,timeout-after-commit:0.02,html:0.03,truncate:0.04"

    private let transfer = HTTPTransfer()

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `what the stand-in holds is what the outbox says, once each`(_ seed: UInt64) async throws {
        let database = try await TestCluster.shared().makeDatabase(migrations: DestinationsSchema.migrations)
        let folder = "/tmp/posyandud-standin-\(ProcessInfo.processInfo.processIdentifier)-\(seed)"
        var standin = try await Standin(store: folder, faults: Self.faults, seed: seed)
        let secret = folder + "/secret"
        try Data("rahasia\n".utf8).write(to: URL(filePath: secret))
        var settings = Fixtures.settings(
            baseURL: "http://127.0.0.1:\(standin.port)",
            authentication: .clientCredentials(tokenPath: "/auth/token", clientID: "posyandud", secretFile: secret),
            limits: PushLimits(
                concurrency: 4,
                backOffBase: .milliseconds(20),
                backOffCap: .milliseconds(200),
                pollBase: .milliseconds(10),
                pollCap: .milliseconds(100),
                retryAfterLimit: .milliseconds(50),
                breakerThreshold: 8,
                lease: .seconds(30)
            )
        )
        settings.timeouts = HTTPTimeouts(connect: .seconds(30), total: .seconds(3))
        let outbox = Outbox(pool: database.pool)
        let pusher = try Pusher(
            pool: database.pool,
            destinations: [settings],
            owner: "t",
            idle: .milliseconds(20)
        )
        let documents = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pusher.run() }
            for revision in 1...2 {
                for month in 1...6 {
                    try await outbox.enqueue(
                        try snapshot(month, revision),
                        settings,
                        exporter: SipdRekap(settings: settings),
                        now: WallClock.now()
                    )
                }
                try await Task.sleep(for: .milliseconds(600))
                standin.kill()
                standin = try await Standin(store: folder, port: standin.port, faults: Self.faults, seed: seed &+ 100)
            }
            var documents: [DocumentSummary] = []
            for _ in 0..<30_000 {
                documents = try await outbox.documents()
                if documents.allSatisfy({ $0.row.state.isFinal }) { break }
                for status in try await outbox.status() where status.paused != nil {
                    _ = try await outbox.resume(status.name)  // an operator who looked at the reply and goes on
                }
                try await Task.sleep(for: .milliseconds(20))
            }
            group.cancelAll()
            try? await group.waitForAll()
            return documents
        }
        #expect(documents.allSatisfy { $0.row.state.isFinal })
        try await compare(documents.filter { $0.row.state == .acknowledged && $0.revision == 2 }, standin.port)
        standin.kill()
        try FileManager.default.removeItem(atPath: folder)
        await database.drop()
    }

    private func snapshot(_ month: Int, _ revision: Int) throws -> PeriodSnapshot {
        let period = try #require(Period("2026-0\(month)"))
        var snapshot = Fixtures.snapshot(revision: revision)
        snapshot.period = period.description
        snapshot.start = period.first
        snapshot.end = period.last
        return snapshot
    }

    private func compare(_ documents: [DocumentSummary], _ port: Int) async throws {
        #expect(documents.count == 24)
        let dump = try JSONParser.parse(try await get("/standin/dump", port))
        let held = try #require(dump["dokumen"]?.array)
        #expect(held.count == 24)
        for document in documents {
            let match = held.first {
                $0["periode"]?.string == document.key.period && $0["jenis"]?.string == document.key.kind.rawValue
            }
            #expect(match?["revisi"]?.integer == 2)
            let digest = document.digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            #expect(match?["digest"]?.string == "sha-256:\(digest)")
        }
        let stats = try JSONParser.parse(try await get("/standin/stats", port))
        #expect(stats["efek_terbanyak"]?.integer == 1)
    }

    private func get(_ path: String, _ port: Int) async throws -> [UInt8] {
        try await transfer.send(HTTPRequest(url: "http://127.0.0.1:\(port)\(path)", allowHTTP: true)).body
    }
}
