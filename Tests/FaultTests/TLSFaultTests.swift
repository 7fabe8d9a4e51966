// Peers whose TLS is wrong: nothing of a document leaves, the stop has a reason, and a right peer gets it once.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTransfer
import PluginKit
import PostgresTesting
import Testing

@testable import Destinations

/// Certificates and `openssl s_server` processes in a folder of their own.
private final class TLSPeers {
    let folder: String
    private var servers: [ChildProgram] = []

    static let isAvailable = FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")

    init() async throws {
        folder = "/tmp/posyandud-tls-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let maker = try ChildProgram("/bin/sh", ["-c", "exec 2>&1\n\(Self.script)"], directory: folder)
        guard try await maker.wait() == 0 else { throw StandinProcess.Refused(description: maker.printed) }
    }

    /// An authority; a good certificate, one that ended yesterday, one of another host, one that signed itself.
    private static let script = """
        set -e
        openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=CA -days 2
        for entry in good:localhost:2 expired:localhost:-1 other:lain.example:2; do
            file=${entry%%:*} rest=${entry#*:}
            openssl req -newkey rsa:2048 -nodes -keyout $file.key -out $file.csr -subj /CN=${rest%%:*}
            echo subjectAltName=DNS:${rest%%:*} >$file.ext
            openssl x509 -req -in $file.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days ${rest#*:} -extfile $file.ext -out $file.pem
        done
        openssl req -x509 -newkey rsa:2048 -nodes -keyout self.key -out self.pem -subj /CN=localhost \\
            -addext subjectAltName=DNS:localhost -days 2
        """

    /// A server that ends no handshake well, or answers with a page; returns its port.
    func serve(_ certificate: String, _ options: [String] = []) async throws -> Int {
        let own = ["-accept", "localhost:0", "-www", "-cert", "\(certificate).pem", "-key", "\(certificate).key"]
        let server = try ChildProgram("/usr/bin/openssl", ["s_server"] + own + options, directory: folder)
        servers.append(server)
        let line = try await server.line("ACCEPT")
        guard let port = line.split(separator: ":").last.flatMap({ Int($0) }) else {
            throw StandinProcess.Refused(description: "openssl s_server says no port: \(line)")
        }
        return port
    }

    deinit {
        for server in servers { server.end() }
        try? FileManager.default.removeItem(atPath: folder)
    }
}

@Suite(
    .timeLimit(.minutes(25)),
    .enabled(if: StandinProcess.executable != nil && TLSPeers.isAvailable, "sipd-standin is not built, or no openssl")
)
struct TLSFaultTests {
    private struct Case {
        var name: String
        var certificate: String
        var options: [String] = []
        var pin: String?
        /// Whether trust is at stake: the destination is paused. Else it is tried again.
        var pauses: Bool
    }

    private static let cases = [
        Case(name: "expired", certificate: "expired", pauses: true),
        Case(name: "wrong-host", certificate: "other", pauses: true),
        Case(name: "self-signed", certificate: "self", pauses: true),
        Case(
            name: "wrong-pin",
            certificate: "good",
            pin: "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            pauses: true
        ),
        Case(
            name: "tls-1-0-only",
            certificate: "good",
            options: ["-tls1", "-cipher", "ALL:@SECLEVEL=0"],
            pauses: false
        ),
        Case(
            name: "tls-1-1-only",
            certificate: "good",
            options: ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
            pauses: false
        ),
        Case(
            name: "no-common-cipher",
            certificate: "good",
            options: ["-tls1_2", "-cipher", "NULL:@SECLEVEL=0"],
            pauses: false
        ),
        Case(
            name: "wants-a-client-certificate",
            certificate: "good",
            options: ["-tls1_2", "-Verify", "1", "-verify_return_error"],
            pauses: false
        ),
    ]

    @Test func `a peer with wrong TLS gets nothing, and the right one gets it once`() async throws {
        let standin = try await StandinProcess()
        defer { standin.stop() }
        let peers = try await TLSPeers()
        let database = try await TestCluster.shared().makeDatabase(migrations: DestinationsSchema.migrations)
        let outbox = Outbox(pool: database.pool)
        var broken: [DestinationSettings] = []
        var healed: [DestinationSettings] = []
        for entry in Self.cases {
            let right = FaultDialect.rekap.settings("tls-\(entry.name)", standin.address, limits: FaultRun.limits)
            var wrong = right
            wrong.baseURL = "https://localhost:\(try await peers.serve(entry.certificate, entry.options))"
            wrong.tls = HTTPTLS(caFile: "\(peers.folder)/ca.pem", pin: entry.pin)
            broken.append(wrong)
            healed.append(right)
            try await outbox.enqueue(
                FaultDialect.rekap.snapshot(revision: 1),
                wrong,
                exporter: Exporters.make(wrong),
                now: WallClock.now()
            )
        }
        // Plain HTTP where TLS belongs.
        var plain = FaultDialect.rekap.settings("tls-plain-http", standin.address, limits: FaultRun.limits)
        healed.append(plain)
        plain.baseURL = plain.baseURL.replacing("http:", with: "https:")
        broken.append(plain)
        try await outbox.enqueue(
            FaultDialect.rekap.snapshot(revision: 1),
            plain,
            exporter: Exporters.make(plain),
            now: WallClock.now()
        )

        let names = Set(Self.cases.filter(\.pauses).map { "tls-\($0.name)" })
        try await push(database, broken) {
            let paused = Set(try await outbox.status().filter { $0.paused != nil }.map(\.name))
            let tried = try await outbox.documents().filter { $0.row.failures >= 2 }.map(\.destination)
            return paused.isSuperset(of: names) && paused.union(tried).count == broken.count
        }
        for status in try await outbox.status() {
            #expect((status.paused != nil) == names.contains(status.name), "\(status.name): \(status.paused ?? "-")")
        }
        for document in try await outbox.documents() {
            #expect(document.row.state == .planned || document.row.state == .sending)
            #expect(
                document.row.reason?.hasPrefix("curl-") == true,
                "\(document.destination): \(document.row.reason ?? "-")"
            )
            #expect(try await standin.state(document.destination)["rekap"]?.array?.isEmpty == true)
        }
        for status in try await outbox.status() { _ = try await outbox.resume(status.name) }
        // What the first pusher was sending when it ended is free when its lease is over.
        try await push(database, healed, later: 2 * FaultRun.limits.lease.wholeMicroseconds) {
            try await outbox.documents().allSatisfy { $0.row.state == .acknowledged }
        }
        for document in try await outbox.documents() {
            let held = try await standin.state(document.destination)["rekap"]?.array
            #expect(held?.count == 1 && held?.first?["efek"]?.integer == 1)
        }
        await database.drop()
    }

    private func push(
        _ database: TestDatabase,
        _ settings: [DestinationSettings],
        later: Int64 = 0,
        until isDone: () async throws -> Bool
    ) async throws {
        let pusher = try Pusher(
            pool: database.pool,
            destinations: settings,
            owner: "tls",
            idle: .milliseconds(20),
            clock: { WallClock.now() + later }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pusher.run() }
            for _ in 0..<30_000 {
                if try await isDone() { break }
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(try await isDone())
            group.cancelAll()
            try? await group.waitForAll()
        }
    }
}
