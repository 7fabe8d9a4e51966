// Splits a batch into rounds, so that two records which could see each other are never asked side by side.
// SPDX-License-Identifier: Apache-2.0

/// The order in which the records of one batch are asked.
///
/// Records that share a key (a resident, or the id of a record) go to successive rounds in log order; everything else is
/// asked together. The effects of all rounds are committed in one transaction.
enum Rounds {
    /// - Parameter keys: for each record, in log order, the keys it reads or writes.
    /// - Returns: indices of the records, a list a round.
    static func split<Key: Hashable>(_ keys: [[Key]]) -> [[Int]] {
        var rounds: [[Int]] = []
        var next: [Key: Int] = [:]
        next.reserveCapacity(keys.count)
        for (index, own) in keys.enumerated() {
            let round = own.reduce(0) { max($0, next[$1] ?? 0) }
            if round == rounds.count { rounds.append([]) }
            rounds[round].append(index)
            for key in own { next[key] = round + 1 }
        }
        return rounds
    }
}
