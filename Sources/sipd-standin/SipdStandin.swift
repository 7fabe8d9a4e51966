// A stand-in for a national endpoint that speaks `sipd-rekap/1`, keeps what it gets, and fails on demand.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Hummingbird
import Logging
import NIOCore

/// Written from the contract, not from the daemon's code: it shares no source with the side that it checks.
@main
struct SipdStandin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sipd-standin",
        abstract: "A stand-in national endpoint for the contract sipd-rekap/1, with its own durable store.",
        discussion: """
            Prints one JSON line {"host","port","pid"} when it listens. GET /standin/dump shows every stored document, \
            GET /standin/stats what happened. Both are open to whoever reaches the port: bind to loopback.
            """
    )

    @Option(help: "Address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "Port; 0 chooses a free one.")
    var port = 0

    @Option(help: ArgumentHelp("Folder of the store; made when it is missing.", valueName: "dir"))
    var store: String

    @Option(help: "Client id that may ask for a token.")
    var clientId = "posyandud"

    @Option(help: "Secret of the client.")
    var clientSecret = "rahasia"

    @Option(help: ArgumentHelp("A fixed token that is accepted too.", valueName: "token"))
    var staticBearer: String?

    @Option(help: "Seconds for which a token is good.")
    var tokenSeconds = 3600

    @Option(help: ArgumentHelp("Only documents of this kodepemda are taken.", valueName: "kode"))
    var kodepemda: String?

    @Option(help: "Polls that answer DIPROSES before a transaction ends.")
    var pollDelay = 0

    @Option(help: "Seconds in Retry-After of 202, 429 and 503.")
    var retryAfter = 1

    @Option(help: "Largest document in bytes.")
    var maxBytes = 2 << 20

    @Option(help: ArgumentHelp("Faults and their rates, as 503:0.1,reset:0.05.", valueName: "script"))
    var faults = ""

    @Option(help: "Seed of the faults.")
    var seed: UInt64 = 1

    @Option(help: "Seconds a hanging answer keeps the connection before it is closed.")
    var hangSeconds = 600

    @Option(help: ArgumentHelp("List of region codes, as 300.2.2-2138/2025=wilayah.csv.", valueName: "label=file"))
    var wilayah: [String] = []

    @Option(
        help: ArgumentHelp(
            "A sector.json whose indicators are known; without any, the pattern decides.",
            valueName: "file"
        )
    )
    var manifest: [String] = []

    @Option(help: ArgumentHelp("A known version of the nomenclature; without any, each is.", valueName: "label"))
    var nomenklatur: [String] = []

    @Option(help: ArgumentHelp("A closed window, as spm-posyandu/2026-10.", valueName: "jenis/periode"))
    var closed: [String] = []

    func run() async throws {
        let references = try ReferenceLists(regions: wilayah, manifests: manifest, nomenclatures: nomenklatur)
        let checker = DocumentCheck(references: references)
        let documents = try await DocumentStore(
            journal: Journal(folder: store),
            check: checker,
            pollDelay: pollDelay,
            closed: Set(closed)
        )
        let endpoint = Endpoint(
            store: documents,
            check: checker,
            tokens: TokenOffice(
                clientID: clientId,
                clientSecret: clientSecret,
                staticBearer: staticBearer,
                seconds: tokenSeconds,
                kodepemda: kodepemda
            ),
            references: references,
            faults: try FaultScript(faults, seed: seed),
            retryAfter: retryAfter,
            maxBytes: maxBytes,
            hangSeconds: hangSeconds
        )
        var log = Logger(label: "sipd-standin")
        log.logLevel = .warning
        let host = host
        let app = Application(
            router: endpoint.router(),
            configuration: .init(address: .hostname(host, port: port), serverName: "sipd-standin"),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? 0
                let line =
                    "{\"host\":\"\(host)\",\"port\":\(port),\"pid\":\(ProcessInfo.processInfo.processIdentifier)}\n"
                try? FileHandle.standardOutput.write(contentsOf: Data(line.utf8))
            },
            logger: log
        )
        try await app.runService()
    }
}
