// Where the rows of `posyanductl growth` go: a file that is there as a whole or not at all, or the standard output.
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Writes beside the file and renames at the end: a run that breaks off leaves the old file.
struct GrowthOutput {
    private let path: String
    private let console: Console
    private let descriptor: Int32

    private var partial: String { "\(path).part" }

    /// - Parameter path: `-` is the standard output.
    /// - Throws: ``OperatorError`` when the file cannot be made.
    init(_ path: String, _ console: Console) throws(OperatorError) {
        self.path = path
        self.console = console
        guard path != "-" else {
            descriptor = -1
            return
        }
        descriptor = open("\(path).part", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(path) }
    }

    func write(_ bytes: [UInt8]) throws(OperatorError) {
        guard descriptor >= 0 else { return console.out(bytes) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure(path) }
            rest = rest.dropFirst(count)
        }
    }

    /// Puts the file in its place.
    func finish() throws(OperatorError) {
        guard descriptor >= 0 else { return }
        guard fsync(descriptor) == 0 || errno == EINVAL, close(descriptor) == 0, rename(partial, path) == 0 else {
            throw Self.failure(path)
        }
    }

    /// Removes what was written.
    func discard() {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(partial)
    }

    private static func failure(_ path: String) -> OperatorError {
        OperatorError("\(path): \(String(cString: strerror(errno)))")
    }
}
