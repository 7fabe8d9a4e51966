// Stage (d): runs the scripts of the peers against the same cluster and reads their figures.
// SPDX-License-Identifier: Apache-2.0
import Glibc
import PluginKit
import PostgresClient
import PostgresTesting

struct PeerResult: Sendable {
    var stages: [Figures]
    /// Versions and how it was run, or why it was not.
    var note: String
}

struct Peers: Sendable {
    let name: String
    let messages: Int

    static let all = [
        Peers(name: "pgmq", messages: 100_000), Peers(name: "pgqueuer", messages: 20_000),
        Peers(name: "procrastinate", messages: 3_000),
    ]

    /// Runs the script in a fresh database. A peer that cannot run is told, not an error: the rest still counts.
    func run(_ cluster: TestCluster, _ settings: Settings) async throws -> PeerResult {
        guard let python = settings.python else {
            return PeerResult(
                stages: [missing("enqueue"), missing("consume")],
                note: "\(name): not installed, see above"
            )
        }
        let database = try await cluster.makeDatabase()
        await database.pool.close()
        let conninfo = "host=\(cluster.socketDirectory) user=postgres dbname=\(database.name)"
        let count = settings.scaled(messages, by: 1_000)
        let output = Self.output(of: "'\(python)' '\(settings.peers)/run_\(name).py' '\(conninfo)' \(count)")
        await database.drop()
        guard let line = output.split(separator: "\n").last, let reply = try? JSONParser.parse(String(line)) else {
            return PeerResult(
                stages: [missing("enqueue"), missing("consume")],
                note: "\(name): its script failed, see above"
            )
        }
        let stages = (reply["stages"]?.array ?? []).map { stage in
            Figures(
                name: stage["name"]?.string ?? name,
                messages: stage["messages"]?.integer ?? 0,
                seconds: number(stage["seconds"]) ?? 0,
                clientMicroseconds: number(stage["client_us"]),
                backendMicroseconds: number(stage["backend_us"]),
                walBytes: number(stage["wal_bytes"]),
                deadTuples: stage["dead_tuples"]?.integer
            )
        }
        return PeerResult(stages: stages, note: "\(name): \(reply["note"]?.string ?? "")")
    }

    private func missing(_ phase: String) -> Figures { Figures(name: "\(name)_\(phase)", messages: 0, seconds: 0) }

    private func number(_ value: JSONValue?) -> Double? {
        guard case .number(let number) = value else { return nil }
        return Double(number.text)
    }

    private static func output(of command: String) -> String {
        guard let pipe = popen(command, "r") else { return "" }
        defer { pclose(pipe) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = fread(&part, 1, part.count, pipe)
            guard count > 0 else { break }
            bytes += part[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
