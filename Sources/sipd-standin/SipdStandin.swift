// A stand-in for the endpoints of this field: speaks their dialects, keeps what it gets, and fails on demand.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Hummingbird
import Logging
import NIOCore

/// Written from the contracts, not from the daemon's code: it shares no source with the side that it checks.
@main
struct SipdStandin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sipd-standin",
        abstract:
            "A stand-in for sipd-rekap/1, SIPD serv (DSSD), DHIS2 data value sets and FHIR MeasureReport, with a durable store.",
        discussion: """
            Prints one JSON line {"host","port","pid"} when it listens. GET /standin/state shows row by row what is held, \
            PUT /standin/faults takes a fault script. Both are open to whoever reaches the port: bind to loopback. Paths \
            below /~NAME are a stand-in of their own. See docs/sipd-standin.md.
            """
    )

    @Option(help: "Address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "Port; 0 chooses a free one.")
    var port = 0

    @Option(help: ArgumentHelp("Folder of the store; made when it is missing.", valueName: "dir"))
    var store: String?

    @Flag(help: "Keep everything in memory, without a store.")
    var memory = false

    @Flag(
        help: """
            Take rekap documents by digest and revision, without checking what they say: for a benchmark on one machine, where \
            the check would take more of it than the push.
            """
    )
    var unchecked = false

    @Flag(help: "Print what the store holds, as GET /standin/state, and end.")
    var dump = false

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

    @Option(help: ArgumentHelp("Fault script.", valueName: "file"))
    var faults: String?

    @Option(help: ArgumentHelp("Faults of all routes and their rates, as 503:0.1,reset:0.05.", valueName: "list"))
    var faultRates = ""

    @Option(help: "Seed of the faults, unless the script names one.")
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

    @Option(
        help: ArgumentHelp(
            "A known version of the nomenclature, with its codes if a file is named; without any, each is.",
            valueName: "label[=file]"
        )
    )
    var nomenklatur: [String] = []

    @Option(help: ArgumentHelp("A closed window, as spm-posyandu/2026-10.", valueName: "jenis/periode"))
    var closed: [String] = []

    @Option(help: "Header in which the serv dialect expects its key.")
    var servHeader = "Authorization"

    @Option(help: "Whole value of that header.")
    var servKey = "Bearer rahasia"

    @Option(help: ArgumentHelp("CSV of DSSD indicators with the columns of get_ref_dssd.", valueName: "file"))
    var dssd: String?

    @Option(help: ArgumentHelp("DHIS2 user and password.", valueName: "user:password"))
    var dhis2Basic = "posyandud:rahasia"

    @Option(help: "DHIS2 personal access token.")
    var dhis2Token = "d2pat_rahasia"

    @Option(help: ArgumentHelp("DHIS2 metadata as JSON; without it, every code is known.", valueName: "file"))
    var dhis2Metadata: String?

    func validate() throws {
        if store == nil, !memory { throw ValidationError("name a --store or say --memory") }
        if store != nil, memory { throw ValidationError("--store and --memory exclude each other") }
    }

    func run() async throws {
        let settings = try settings()
        let script = try faults.map { file in
            guard let data = FileManager.default.contents(atPath: file) else {
                throw ValidationError("--faults: \(file) cannot be read")
            }
            return String(decoding: data, as: UTF8.self)
        }
        let text = try script ?? FaultScript.fromRates(faultRates)
        _ = try FaultScript(text)  // complains before anything listens
        let (folder, seed, closed) = (store, seed, Set(closed))
        let make: @Sendable (String) async throws -> Endpoint = { room in
            try await Endpoint(
                settings: settings,
                room: room,
                folder: folder.map { room.isEmpty ? $0 : "\($0)/~\(room)" },
                closed: closed,
                faults: try FaultScript(room.isEmpty ? text : "", seed: seed)
            )
        }
        if dump {
            let state = try await make("").state()
            try FileHandle.standardOutput.write(contentsOf: state.bytes + Data("\n".utf8))
            return
        }
        let rooms = Rooms(make: make)
        try await rooms.open()
        try await serve(rooms)
    }

    private func settings() throws -> StandinSettings {
        StandinSettings(
            tokens: TokenOffice(
                clientID: clientId,
                clientSecret: clientSecret,
                staticBearer: staticBearer,
                seconds: tokenSeconds,
                kodepemda: kodepemda
            ),
            references: try ReferenceLists(regions: wilayah, manifests: manifest, nomenclatures: nomenklatur),
            servKey: ServKey(header: servHeader, value: servKey),
            servIndicators: try ServIndicators(file: dssd),
            dhis2Login: Dhis2Login(basic: dhis2Basic, token: dhis2Token),
            dhis2Metadata: try Dhis2Metadata(file: dhis2Metadata),
            retryAfter: retryAfter,
            pollDelay: pollDelay,
            isUnchecked: unchecked,
            maxBytes: maxBytes,
            hangSeconds: hangSeconds
        )
    }

    private func serve(_ rooms: Rooms) async throws {
        var log = Logger(label: "sipd-standin")
        log.logLevel = .warning
        let host = host
        let app = Application(
            responder: CallbackResponder<StandinContext> { try await rooms.respond($0, $1) },
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
