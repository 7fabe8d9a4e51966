// How much memory a process has used.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Reads `/proc`. The figure that `wait` gives is of no use: it begins with the daemon's own size, which a child shares
/// until it executes.
enum ProcessMemory {
    /// Peak resident memory in KiB; nil when the process has ended.
    static func peakKiB(of process: Int32) -> Int? {
        guard let status = try? FileReader.read("/proc/\(process)/status", limit: 64 << 10) else { return nil }
        for line in status.split(separator: UInt8(ascii: "\n")) where line.starts(with: "VmHWM:".utf8) {
            return Int(String(decoding: line.filter { (0x30...0x39).contains($0) }, as: UTF8.self))
        }
        return nil
    }
}
