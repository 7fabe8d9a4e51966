// nginx before the stand-in, an independent peer: whom we trust and who trusts us, and a limit that answers 429.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTransfer
import PostgresTesting
import Testing

@testable import Destinations

@Suite(.timeLimit(.minutes(25)), .enabled(if: Nginx.isAvailable, "nginx, openssl or sipd-standin is not there"))
struct NginxTests {
    /// One destination behind nginx.
    private struct Case {
        var name: String
        var server = "good"
        var pin: String?
        var client: String?
        var trustsOurs = true
        var delivers: Bool
        /// Why it stops or waits, as the outbox says it; empty for one that delivers.
        var reason = ""
    }

    private static let servers = [
        "good": "",
        "expired": "ssl_certificate expired.pem; ssl_certificate_key expired.key;",
        "other": "ssl_certificate other.pem; ssl_certificate_key other.key;",
        "clients": "ssl_verify_client on; ssl_client_certificate ca.pem;",
        "old": "ssl_protocols TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;",
        "new": "ssl_protocols TLSv1.3;",
    ]

    private static func cases(pin: String) -> [Case] {
        let wrong = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
        return [
            Case(name: "own-authority", delivers: true),
            Case(name: "tls-1-3", server: "new", delivers: true),
            Case(name: "pin", pin: "sha256//\(pin)", delivers: true),
            Case(name: "pin-and-backup", pin: "\(wrong);sha256//\(pin)", delivers: true),
            Case(name: "client-certificate", server: "clients", client: "client", delivers: true),
            Case(name: "wrong-pin", pin: wrong, delivers: false, reason: "curl-90"),
            Case(name: "unknown-authority", trustsOurs: false, delivers: false, reason: "curl-60"),
            Case(name: "expired", server: "expired", delivers: false, reason: "curl-60"),
            Case(name: "other-host", server: "other", delivers: false, reason: "curl-60"),
            // nginx ends no handshake for the want of a certificate: it answers with a page.
            Case(name: "no-client-certificate", server: "clients", delivers: false, reason: "html-400"),
            Case(name: "foreign-client", server: "clients", client: "foreign", delivers: false, reason: "html-400"),
            Case(name: "tls-1-1", server: "old", delivers: false, reason: "curl-35"),
        ]
    }

    @Test func `TLS of nginx: who is trusted gets the document once, who is not gets nothing of it`() async throws {
        let standin = try await Standin()
        let folder = try Folder()
        try await Nginx.makeCertificates(folder)
        let nginx = try await Nginx(folder, upstream: standin.port, servers: Self.servers)
        let database = try await TestCluster.shared().makeDatabase(migrations: DestinationsSchema.migrations)
        let outbox = Outbox(pool: database.pool)
        let cases = Self.cases(pin: try String(contentsOfFile: "\(folder.path)/good.pin", encoding: .utf8))
        var destinations: [DestinationSettings] = []
        for entry in cases {
            var settings = PeerDocuments.settings(
                entry.name,
                nginx.base(entry.server, room: entry.name),
                .header(name: "Authorization", format: "Bearer {secret}", secretFile: standin.secretFile),
                kinds: [.indicators]
            )
            settings.allowHTTP = false
            settings.tls = HTTPTLS(
                caFile: "\(folder.path)/\(entry.trustsOurs ? "ca" : "foreign-ca").pem",
                clientCertificate: entry.client.map {
                    .init(certificateFile: "\(folder.path)/\($0).pem", keyFile: "\(folder.path)/\($0).key")
                },
                pin: entry.pin
            )
            destinations.append(settings)
            try await PeerDocuments.enqueue(PeerDocuments.snapshot(), settings, outbox)
        }
        let delivered = Set(cases.filter(\.delivers).map(\.name))
        let done = try await PeerDocuments.push(database, destinations) {
            let paused = Set(try await outbox.status().filter { $0.paused != nil }.map(\.name))
            return try await outbox.documents().allSatisfy { document in
                delivered.contains(document.destination)
                    ? document.row.state == .acknowledged
                    : document.row.failures >= 2 || document.row.state.isStopped
                        || paused.contains(document.destination)
            }
        }
        #expect(done)
        for document in try await outbox.documents() {
            let entry = try #require(cases.first { $0.name == document.destination })
            let effects = try await standin.effects(entry.name)
            if entry.delivers {
                #expect(document.row.state == .acknowledged && effects.map(\.value) == [1], "\(entry.name)")
            } else {
                #expect(document.row.state != .acknowledged && effects.isEmpty, "\(entry.name)")
                #expect(document.row.reason?.hasPrefix(entry.reason) == true, "\(entry.name) \(document.row)")
            }
        }
        try await Self.checkWords(outbox)
        for entry in try nginx.log() where (200..<300).contains(entry.status) {
            let room = entry.request.split(separator: "/").dropFirst().first?.dropFirst() ?? ""
            #expect(delivered.contains(String(room)), "\(entry)")
        }
        await database.drop()
    }

    /// Who sends no certificate, or one that nobody knows, reads what nginx says and where to look.
    private static func checkWords(_ outbox: Outbox) async throws {
        let paused = Dictionary(uniqueKeysWithValues: try await outbox.status().map { ($0.name, $0.paused) })
        for (name, words) in [
            ("no-client-certificate", "No required SSL certificate was sent"),
            ("foreign-client", "The SSL certificate error"),
        ] {
            #expect(paused[name] == "html-400", "\(name)")
            #expect(Remedy.words(destination: name, paused: "html-400").contains("check client_cert and client_key"))
            let document = try #require(try await outbox.documents(destination: name).first)
            let detail = try #require(try await outbox.document(document.id))
            #expect(detail.attempts.first?.detail?.contains(words) == true, "\(detail.attempts)")
        }
    }

    // MARK: 429

    private static let months = 1...3

    @Test(arguments: [true, false])
    func `a limit of nginx is kept to: all is delivered, nothing twice, nothing before its time`(_ namesTime: Bool)
        async throws
    {
        let standin = try await Standin()
        let folder = try Folder()
        try await Nginx.makeCertificates(folder)
        let nginx = try await Nginx(
            folder,
            upstream: standin.port,
            servers: [
                "limited": """
                limit_req zone=all burst=2 nodelay;
                    limit_req_status 429;
                    \(namesTime ? "error_page 429 /later; location = /later { internal; add_header Retry-After 1 always; return 429; }" : "")
                """
            ],
            http: "limit_req_zone $server_port zone=all:1m rate=2r/s;"
        )
        let database = try await TestCluster.shared().makeDatabase(migrations: DestinationsSchema.migrations)
        let outbox = Outbox(pool: database.pool)
        var settings = PeerDocuments.settings(
            "limited",
            nginx.base("limited", room: "limited"),
            .header(name: "Authorization", format: "Bearer {secret}", secretFile: standin.secretFile)
        )
        settings.allowHTTP = false
        settings.tls = HTTPTLS(caFile: "\(folder.path)/ca.pem")
        settings.limits.concurrency = 4
        settings.limits.backOffBase = .milliseconds(200)
        settings.limits.backOffCap = .seconds(2)
        for month in Self.months {
            try await PeerDocuments.enqueue(PeerDocuments.snapshot(month: month), settings, outbox)
        }
        let done = try await PeerDocuments.push(database, [settings]) {
            try await outbox.documents().allSatisfy { $0.row.state == .acknowledged }
        }
        #expect(done)
        let documents = try await outbox.documents()
        let effects = try await standin.effects("limited")
        #expect(documents.count == 4 * Self.months.count && effects.count == documents.count)
        #expect(effects.allSatisfy { $0.value == 1 })
        var refusals = 0
        for document in documents {
            let attempts = try #require(try await outbox.document(document.id)).attempts
            #expect(attempts.allSatisfy { $0.finishedAt != nil })
            #expect(attempts.filter { $0.act == "put" && $0.status == 202 }.count == 1)
            for (refused, next) in zip(attempts, attempts.dropFirst()) where refused.status == 429 {
                refusals += 1
                #expect(refused.retryAfterSeconds == (namesTime ? 1 : nil))
                // What nginx asked for, by our own clock, which wrote both.
                let wait = next.startedAt - (refused.finishedAt ?? .max)
                #expect(wait >= (namesTime ? 1_000_000 : 0), "\(document.id) waited \(wait) µs")
            }
        }
        // nginx refused as often as we say, and let each document through once.
        let log = try nginx.log()
        #expect(refusals > 0 && log.filter { $0.status == 429 }.count == refusals)
        #expect(log.count { $0.status == 202 } == documents.count)
        await database.drop()
    }
}
