// What `Benchmarks/run` says through the environment: where the build lies and how much is measured.
// SPDX-License-Identifier: Apache-2.0
import Glibc

enum Environment {
    static var all: [String: String] {
        var found: [String: String] = [:]
        var place = environ
        while let entry = place.pointee {
            let text = String(cString: entry)
            if let sign = text.firstIndex(of: "=") {
                found[String(text[..<sign])] = String(text[text.index(after: sign)...])
            }
            place += 1
        }
        return found
    }
}

struct BenchError: Error, CustomStringConvertible {
    var description: String
}

/// Stages that run together: `copy` needs the rows of `intake`, the peers need each other's cluster only.
enum StageGroup: String, CaseIterable {
    /// `intake`, `copy`, `intake_verified`.
    case intake
    /// `apply_only`, `applied`.
    case apply
    case peers
}

struct Settings {
    /// Messages of a batch, as a kiosk sends them; also what one posyandu brings in a month here.
    static let batchSize = 50
    /// Posyandu of Kabupaten Batang.
    static let mostPosts = 1_236

    /// Folder with `sector-run` and `sector-declarative`.
    let programs: String
    /// Folder with the assembled sectors.
    let sectors: String
    /// Folder with the scripts of the peers.
    let peers: String
    /// A Python with the peers installed; nil when they could not be had.
    let python: String?
    let results: String
    let scale: Double
    /// Which groups of stages run.
    let stages: Set<StageGroup>

    init(environment: [String: String]) throws {
        guard let programs = environment["BENCH_PROGRAMS"], let sectors = environment["BENCH_SECTORS"],
            let peers = environment["BENCH_PEERS"], let results = environment["BENCH_RESULTS"]
        else {
            throw BenchError(description: "BENCH_PROGRAMS, …_SECTORS, …_PEERS and …_RESULTS are set by Benchmarks/run")
        }
        self.programs = programs
        self.sectors = sectors
        self.peers = peers
        self.results = results
        python = environment["BENCH_PYTHON"].flatMap { $0.isEmpty ? nil : $0 }
        guard let scale = Double(environment["BENCH_SCALE"] ?? "1"), scale > 0, scale <= 10 else {
            throw BenchError(description: "BENCH_SCALE is a number above 0, at most 10; 1 is the full run")
        }
        self.scale = scale
        let named = (environment["BENCH_STAGES"] ?? "").split(separator: ",").map(String.init)
        stages = try Set(
            named.isEmpty
                ? StageGroup.allCases
                : named.map { name in
                    guard let group = StageGroup(rawValue: name) else {
                        throw BenchError(description: "BENCH_STAGES lists intake, apply, peers, not \(name)")
                    }
                    return group
                }
        )
    }

    var intakeMessages: Int { scaled(200_000, by: Self.batchSize) }
    var applyMessages: Int { scaled(60_000, by: Self.batchSize) }

    /// A count shrunk to the scale and rounded to whole batches.
    func scaled(_ count: Int, by batch: Int) -> Int { max(1, Int(Double(count) * scale) / batch) * batch }

    /// How many batches each source sends.
    func rounds(for messages: Int) -> Int { (messages / Self.batchSize + Self.mostPosts - 1) / Self.mostPosts }

    /// How many sources send `messages` between them.
    func posts(for messages: Int) -> Int { messages / Self.batchSize / rounds(for: messages) }
}
