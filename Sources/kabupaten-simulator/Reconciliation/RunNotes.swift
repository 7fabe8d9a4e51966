// What the script that runs the demo noted: seconds of each stage, peak memory of each process.
// SPDX-License-Identifier: Apache-2.0

/// Lines of `name number [number unit]`.
struct RunNotes: Sendable {
    struct Stage: Sendable {
        let name: String
        let seconds: Double
        /// What was done in it, when it is worth a rate.
        let count: Int?
        let unit: String
    }

    private(set) var stages: [Stage] = []
    /// Bytes by process: `posyandud`, or a sector's id.
    private(set) var peaks: [String: Int] = [:]
    private(set) var replay: ReplayedLog?

    init(stages: String?, peaks: String?) throws {
        for line in try Self.lines(stages) where line.count >= 2 {
            self.stages.append(
                Stage(
                    name: line[0],
                    seconds: Double(line[1]) ?? 0,
                    count: line.count > 2 ? Int(line[2]) : nil,
                    unit: line.count > 3 ? line[3...].joined(separator: " ") : ""
                )
            )
        }
        for line in try Self.lines(peaks) where line.count >= 2 { note(line[0], Int(line[1]) ?? 0) }
    }

    mutating func add(_ stage: Stage) { stages.append(stage) }

    /// Keeps what a replay found. The peaks stay what they were before it.
    mutating func add(_ log: ReplayedLog, _ client: ControlClient) async {
        replay = log
        // A daemon that ended during the replay has no memory to tell of; what was compared is still reported.
        let now = (try? await Self.peak(client)) ?? 0
        replay?.peak = max(now, peaks["posyandud"] ?? 0)  // a daemon that was killed took its own peak with it
        add(Stage(name: "replay", seconds: log.seconds, count: log.entries, unit: "entries"))
    }

    /// Keeps the larger of what is known and what is new.
    mutating func note(_ process: String, _ bytes: Int) { peaks[process] = max(peaks[process] ?? 0, bytes) }

    /// Adds what the daemon says about itself and its workers.
    mutating func ask(_ client: ControlClient) async throws {
        note("posyandud", try await Self.peak(client))
        for sector in try await client.get("sectors").list("sectors") {
            note(sector.text("id"), max(sector.int("peak_rss_bytes"), sector.int("rss_bytes")))
        }
    }

    /// The daemon's most memory since it started.
    private static func peak(_ client: ControlClient) async throws -> Int {
        try await client.get("status")["memory"]?.int("peak_rss_bytes") ?? 0
    }

    private static func lines(_ path: String?) throws -> [[String]] {
        guard let path else { return [] }
        return try TextFile.text(path).split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    }
}
