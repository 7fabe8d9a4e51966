// How often one address may ask for receipts: wrong codes make it wait, longer each time.
// SPDX-License-Identifier: Apache-2.0

/// Counts what addresses ask. Without a clock of its own, so that the same questions get the same answers.
///
/// An address may ask `burst` times at once and then once each `interval`. Each wrong code after the third in a row doubles a wait,
/// to 15 minutes at most; a right one ends it. So nobody finds codes by trying: 40 bits with a check character of five.
package struct AskingLimit: Sendable {
    private struct Asker {
        /// When the last of its questions would have come at one each `interval`, in seconds.
        var paid: Double
        var wrong = 0
        var waitsUntil = 0.0
    }

    private var askers: [String: Asker] = [:]
    private let burst: Double
    private let interval: Double
    private let mostAskers: Int

    static let freeMistakes = 3
    static let longestWait = 900.0

    /// - Parameters:
    ///   - interval: seconds for each question in the long run.
    ///   - mostAskers: addresses that are remembered; beyond it the ones that wait for nothing are forgotten.
    package init(burst: Int = 20, interval: Double = 2, mostAskers: Int = 10_000) {
        self.burst = Double(burst)
        self.interval = interval
        self.mostAskers = mostAskers
    }

    /// Seconds that the address has to wait before it may ask; 0 when it may, and then the question is counted.
    /// - Parameter now: seconds of any clock that does not go back.
    package mutating func wait(of address: String, now: Double) -> Int {
        if askers.count >= mostAskers, askers[address] == nil { forget(now) }
        var asker = askers[address] ?? Asker(paid: now - burst * interval)
        defer { askers[address] = asker }
        if asker.waitsUntil > now { return seconds(asker.waitsUntil - now) }
        let next = max(asker.paid, now - burst * interval) + interval
        if next > now { return seconds(next - now) }
        asker.paid = next
        return 0
    }

    /// Says how the question of an address ended.
    package mutating func note(_ isRight: Bool, of address: String, now: Double) {
        guard var asker = askers[address] else { return }
        asker.wrong = isRight ? 0 : asker.wrong + 1
        let excess = asker.wrong - Self.freeMistakes
        asker.waitsUntil = excess > 0 ? now + min(Self.longestWait, Double(1 << min(excess, 10))) : 0
        askers[address] = asker
    }

    private func seconds(_ time: Double) -> Int { max(1, Int(time.rounded(.up))) }

    /// Forgets who waits for nothing; when all wait, those who wait least.
    private mutating func forget(_ now: Double) {
        askers = askers.filter { $0.value.waitsUntil > now || $0.value.paid > now - burst * interval + interval }
        guard askers.count >= mostAskers else { return }
        let kept = askers.sorted { $0.value.waitsUntil > $1.value.waitsUntil }.prefix(mostAskers / 2)
        askers = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
    }
}
