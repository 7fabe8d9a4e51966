// Writes the refused lines of an import where only their owner can read them.
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A file of refused lines: they hold personal data in clear.
enum RejectsFile {
    /// Writes the file with mode 0600, also when it was there with another.
    /// - Throws: ``OperatorError``; what was imported stays imported.
    static func write(_ bytes: [UInt8], to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        guard fchmod(descriptor, 0o600) == 0, ftruncate(descriptor, 0) == 0 else { throw failure(path) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(path) }
            rest = rest.dropFirst(count)
        }
    }

    private static func failure(_ path: String) -> OperatorError {
        OperatorError(
            "\(path): \(String(cString: strerror(errno))). The good lines are imported, the refused ones not written",
            hint: "run the import again with another --rejects FILE: good lines are not imported twice"
        )
    }
}
