// How far long work is, on the standard error.
// SPDX-License-Identifier: Apache-2.0

/// One line of progress: drawn over itself on a terminal, else a plain line every ten seconds.
struct Progress {
    private let console: Console
    private let label: String
    private let unit: String
    private let total: Int?
    private let start = ContinuousClock.now
    private var shown: ContinuousClock.Instant?
    private var isDrawn = false

    /// - Parameters:
    ///   - label: what is done, `import residents`.
    ///   - unit: what is counted, `rows`.
    ///   - total: how many there will be, when that is known.
    init(_ console: Console, _ label: String, unit: String, total: Int? = nil) {
        self.console = console
        self.label = label
        self.unit = unit
        self.total = total
    }

    mutating func update(_ done: Int, of known: Int? = nil) {
        let now = ContinuousClock.now
        let pause: Duration = console.isInteractive ? .milliseconds(200) : .seconds(10)
        guard now - (shown ?? (console.isInteractive ? start - pause : start)) >= pause else { return }
        shown = now
        draw(Self.text(label, done, of: known ?? total, unit: unit, elapsed: now - start))
    }

    /// Shows what is waited for.
    mutating func say(_ words: String) {
        let now = ContinuousClock.now
        if let shown, now - shown < (console.isInteractive ? .milliseconds(200) : .seconds(10)) { return }
        shown = now
        draw("\(label): \(words), \(Printable.duration(Int((now - start).components.seconds)))")
    }

    /// Clears the line; what is printed next stands in its place.
    mutating func end() {
        if isDrawn { console.err(Array("\r\u{1B}[K".utf8)) }
        isDrawn = false
    }

    private mutating func draw(_ text: String) {
        if console.isInteractive {
            isDrawn = true
            console.err(Array("\r\(text)\u{1B}[K".utf8))
        } else {
            console.note(text)
        }
    }

    /// `import residents: 120000 of 300000 rows (40 %), 25000/s, 7 s left`.
    static func text(_ label: String, _ done: Int, of total: Int?, unit: String, elapsed: Duration) -> String {
        var text = "\(label): \(done)\(total.map { " of \($0)" } ?? "") \(unit)"
        if let total, total > 0 { text += " (\(min(100, done * 100 / total)) %)" }
        let milliseconds = elapsed.components.seconds * 1_000 + elapsed.components.attoseconds / 1_000_000_000_000_000
        guard milliseconds > 0, done > 0 else { return text }
        let rate = done * 1_000 / Int(milliseconds)
        text += ", \(rate)/s"
        if let total, total > done, rate > 0 { text += ", \(Printable.duration((total - done) / rate)) left" }
        return text
    }
}
