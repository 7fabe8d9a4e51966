// Shows how far long work is: one line that is rewritten on a terminal, a plain line now and then elsewhere.
// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Counts of one piece of work, with its rate and the time left.
actor Progress {
    private let title: String
    private let unit: String
    private let total: Int
    private let started = ContinuousClock.now
    private var done = 0
    private var lastShown: ContinuousClock.Instant?
    private let isTerminal = isatty(2) == 1

    init(_ title: String, total: Int, unit: String) {
        self.title = title
        self.total = total
        self.unit = unit
    }

    func add(_ count: Int) {
        done += count
        show(isLast: false)
    }

    /// Sets what is done, for work that tells how much is left.
    func set(_ count: Int) {
        done = count
        show(isLast: false)
    }

    /// Writes the last line; returns the seconds it took.
    @discardableResult
    func finish() -> Double {
        show(isLast: true)
        return seconds
    }

    var seconds: Double { Self.seconds(since: started) }

    static func seconds(since start: ContinuousClock.Instant) -> Double {
        let spent = start.duration(to: .now).components
        return Double(spent.seconds) + Double(spent.attoseconds) / 1e18
    }

    private func show(isLast: Bool) {
        let pause: Duration = isTerminal ? .milliseconds(200) : .seconds(5)
        guard isLast || lastShown.map({ $0.duration(to: .now) > pause }) ?? true else { return }
        lastShown = .now
        let rate = seconds > 0 ? Double(done) / seconds : 0
        var line = "\(title): \(done) / \(total) \(unit)"
        if total > 0 { line += " (\(min(100, done * 100 / total)) %)" }
        line += ", \(Int(rate))/s"
        if isLast {
            line += ", \(Int(seconds.rounded())) s"
        } else if rate > 0, total > done {
            line += ", \(Int(Double(total - done) / rate) + 1) s left"
        }
        Console.write(isTerminal ? "\r\u{1B}[K" + line + (isLast ? "\n" : "") : line + "\n")
    }
}

/// Standard error, where a person reads; standard output is for results.
enum Console {
    static func write(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { return }
            bytes = bytes.dropFirst(written)
        }
    }

    static func line(_ text: String) { write(text + "\n") }
}
