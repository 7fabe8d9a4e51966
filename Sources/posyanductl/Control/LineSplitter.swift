// Cuts a stream of bytes into lines.
// SPDX-License-Identifier: Apache-2.0

/// Collects pieces of an answer and gives back the lines that are complete.
struct LineSplitter {
    /// What has come since the last line feed.
    private(set) var rest: [UInt8] = []

    /// The lines that `chunk` completes, without their line feeds; empty lines are left out.
    mutating func take(_ chunk: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = chunk.startIndex
        while let end = chunk[start...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest + chunk[start..<end]
            rest = []
            if !line.isEmpty { lines.append(line) }
            start = end + 1
        }
        rest += chunk[start...]
        return lines
    }
}
