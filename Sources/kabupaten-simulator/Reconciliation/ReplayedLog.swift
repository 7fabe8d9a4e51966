// What `posyanductl replay` found: the frozen periods, made again from the log alone in an empty registry.
// SPDX-License-Identifier: Apache-2.0

/// Its answer, and how long it took. An answer that cannot be read is one without periods, and so differs.
struct ReplayedLog: Sendable {
    let entries: Int
    let seconds: Double
    /// SHA-256 by `period revision` of the frozen bytes, and of those made again.
    let frozen: Values
    let replayed: Values
    /// The most memory of the daemon so far, the replay included; bytes.
    var peak = 0

    /// Reads the JSON of `posyanductl replay` to its end; from a pipe, which begins to write when this opens it, while it is made.
    init(_ path: String) {
        let started = ContinuousClock.now
        let answer = (try? TextFile.read(path)).flatMap { try? JSON($0) }
        seconds = Progress.seconds(since: started)
        entries = answer?.int("entries") ?? 0
        // A member that is not there is no digest: its period then counts as missing.
        let snapshots = answer?.list("snapshots") ?? []
        func digests(_ name: String) -> Values {
            Values(
                snapshots.compactMap { snapshot in
                    let digest = snapshot.text(name)
                    return digest.isEmpty
                        ? nil : ("\(snapshot.text("period")) \(snapshot.int("revision"))", digest)
                },
                uniquingKeysWith: { first, _ in first }
            )
        }
        frozen = digests("digest")
        replayed = digests("replayed_digest")
    }

    var identical: Int { frozen.count { replayed[$0.key] == $0.value } }
    var different: Int { frozen.count - identical }

    /// Byte for byte, and no period that was closed is missing.
    func comparison(closed: [String]) -> Comparison {
        var wanted = frozen
        for period in closed where !frozen.keys.contains(where: { $0.hasPrefix(period + " ") }) {
            wanted["\(period) 1"] = "the frozen bytes"
        }
        return Comparison("replay", "digests of the frozen periods", expected: wanted, found: replayed)
    }

    func write(to json: inout JSONText) {
        json.open("{")
        json.member("entries", entries)
        json.member("identical", identical)
        json.member("different", different)
        json.name("periods")
        json.open("[")
        for (key, digest) in frozen.sorted(by: { $0.key < $1.key }) {
            json.open("{")
            json.member("period", key)
            json.member("digest", digest)
            json.member("replayed_digest", replayed[key] ?? "nothing")
            json.close("}")
        }
        json.close("]")
        json.close("}")
    }
}
