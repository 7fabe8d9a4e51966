// Forwards what a worker says on stderr to the log, cut, cleaned and limited.
// SPDX-License-Identifier: Apache-2.0

import Logging

/// Splits a worker's stderr into lines and hands at most so many a minute to the log.
///
/// Lines that begin `E!`, `W!`, `I!`, `D!` take that level, others are info. Control characters are replaced, long lines
/// cut. A sector with confidential records is not quoted once it has seen a record: the line's level is logged, its text is not.
struct StandardErrorLines {
    static let mostPerMinute = 100
    static let longestLine = 1024

    private let log: Logger
    private var line: [UInt8] = []
    private var lineIsCut = false
    private var windowEnd = MonotonicTime(nanoseconds: 0)
    private var inWindow = 0
    private(set) var suppressed = 0
    /// From now on the text is withheld.
    var withholdsText = false
    /// The last line at level error, for the reason of a failed start. Empty while text is withheld.
    private(set) var lastError = ""
    /// Every byte as it came, up to 1 MiB, when someone wants to look at them; nil in the daemon.
    var captured: [UInt8]?

    init(log: Logger) {
        self.log = log
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        if let count = captured?.count, count < 1 << 20 { captured?.append(contentsOf: bytes) }
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                flush()
            } else if line.count < Self.longestLine {
                line.append(byte)
            } else {
                lineIsCut = true
            }
        }
    }

    /// Logs the line in hand, as at the end of the stream.
    mutating func flush() {
        defer {
            line.removeAll(keepingCapacity: true)
            lineIsCut = false
        }
        guard !line.isEmpty else { return }
        let now = MonotonicTime.now
        if now >= windowEnd {
            if suppressed > 0 {
                log.warning("worker's stderr lines suppressed", metadata: ["lines": "\(suppressed)"])
            }
            windowEnd = now + .seconds(60)
            inWindow = 0
            suppressed = 0
        }
        guard inWindow < Self.mostPerMinute else {
            suppressed += 1
            return
        }
        inWindow += 1
        let (level, text) = Self.levelAndText(line)
        if withholdsText {
            log.log(level: level, "worker's stderr line withheld: the sector has confidential records")
            return
        }
        if level == .error { lastError = text }
        log.log(level: level, "worker: \(text)\(lineIsCut ? " …" : "")")
    }

    /// The level named by the line's first two bytes and its text without control characters.
    static func levelAndText(_ line: [UInt8]) -> (level: Logger.Level, text: String) {
        let levels: [UInt8: Logger.Level] = [
            UInt8(ascii: "E"): .error, UInt8(ascii: "W"): .warning, UInt8(ascii: "I"): .info, UInt8(ascii: "D"): .debug,
        ]
        var text = line[...]
        var level = Logger.Level.info
        if line.count >= 2, line[1] == UInt8(ascii: "!"), let named = levels[line[0]] {
            level = named
            text = line.dropFirst(line.count > 2 && line[2] == UInt8(ascii: " ") ? 3 : 2)
        }
        let cleaned = text.map { $0 < 0x20 || $0 == 0x7f ? UInt8(ascii: "?") : $0 }
        return (level, String(decoding: cleaned, as: UTF8.self))
    }
}
