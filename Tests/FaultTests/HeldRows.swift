// What a room of the stand-in holds of a dialect, compared row by row with what it should hold.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

struct HeldRows: Sendable {
    /// What is held otherwise, is missing, or should not be there.
    var differences: [String] = []
    /// How often a row took effect, and how often it was sent although it was there, at most.
    var mostEffects = 0
    var mostRepeats = 0
}

extension StandinProcess {
    /// - Parameter expected: contents by key, as ``FaultDialect/rows`` gives them.
    func held(_ room: String, _ dialect: FaultDialect, expected: [String: String]) async throws -> HeldRows {
        var missing = expected
        var held = HeldRows()
        for entry in try await state(room)[dialect.section]?.array ?? [] where entry["dihapus"]?.bool != true {
            let key =
                entry["kunci"]?.string
                ?? (entry["kunci"]?.array ?? []).map { $0.string ?? "" }.joined(separator: "/")
            let content = dialect.content(entry)
            let wanted = missing.removeValue(forKey: key) ?? "absent"
            if wanted != content { held.differences.append("\(key) is \(content), not \(wanted)") }
            held.mostEffects = max(held.mostEffects, entry["efek"]?.integer ?? 0)
            held.mostRepeats = max(held.mostRepeats, entry["berulang"]?.integer ?? 0)
        }
        held.differences += missing.keys.sorted().map { "\($0) is not held" }
        return held
    }
}
