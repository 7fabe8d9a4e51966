// Reads how much memory a process uses, from /proc.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials

/// Resident memory of a process, in bytes.
struct ProcessMemory: Sendable {
    var resident = 0
    /// The most it ever was.
    var peak = 0

    static func own() -> ProcessMemory { read("/proc/self/status") ?? ProcessMemory() }

    /// nil when the process is gone.
    static func of(process: Int32) -> ProcessMemory? { read("/proc/\(process)/status") }

    private static func read(_ path: String) -> ProcessMemory? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        var memory = ProcessMemory()
        for line in text.split(separator: "\n") {
            let parts = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard parts.count >= 2, let kib = Int(parts[1]) else { continue }
            if parts[0] == "VmRSS:" { memory.resident = kib * 1_024 }
            if parts[0] == "VmHWM:" { memory.peak = kib * 1_024 }
        }
        return memory
    }
}
