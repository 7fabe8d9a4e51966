// Reads and writes whole files.
// SPDX-License-Identifier: Apache-2.0
import Glibc

enum TextFile {
    /// Writes a file anew, under a temporary name first.
    /// - Parameter mode: permissions of the file; 0600 for what is secret.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o644) throws(SimulatorError) {
        let temporary = path + ".part"
        unlink(temporary)
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard file >= 0 else { throw SimulatorError("\(path) cannot be written (errno \(errno))") }
        var left = bytes[...]
        while !left.isEmpty {
            let written = left.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else {
                close(file)
                throw SimulatorError("\(path) cannot be written on (errno \(errno))")
            }
            left = left.dropFirst(written)
        }
        guard close(file) == 0, rename(temporary, path) == 0 else {
            throw SimulatorError("\(path) cannot be put in place (errno \(errno))")
        }
    }

    static func read(_ path: String) throws(SimulatorError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw SimulatorError("\(path) cannot be read (errno \(errno))") }
        defer { close(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let got = block.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw SimulatorError("\(path) cannot be read on (errno \(errno))") }
            if got == 0 { return bytes }
            bytes += block[..<got]
        }
    }

    static func text(_ path: String) throws(SimulatorError) -> String {
        String(decoding: try read(path), as: UTF8.self)
    }
}

/// Lines of comma-separated values.
struct CSVText {
    private(set) var bytes: [UInt8]

    init(_ columns: String) { bytes = Array((columns + "\n").utf8) }

    mutating func row(_ cells: String?...) {
        for (place, cell) in cells.enumerated() {
            if place > 0 { bytes.append(0x2C) }
            guard let cell else { continue }
            if cell.utf8.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A }) {
                bytes += Array(
                    "\"\(cell.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\""
                        .utf8
                )
            } else {
                bytes += Array(cell.utf8)
            }
        }
        bytes.append(0x0A)
    }
}
