// Files that go to the daemon.
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A file named on the command line; `-` is the standard input.
struct InputFile {
    /// The daemon takes no larger one.
    static let largest = 128 << 20

    let path: String

    init(_ path: String) { self.path = path }

    /// The name in messages.
    var name: String { path == "-" ? "stdin" : path }

    /// The whole file.
    /// - Throws: ``OperatorError`` when it cannot be read or is larger than ``largest``.
    func read() throws -> [UInt8] {
        let descriptor = path == "-" ? dup(0) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure() }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= Self.largest else {
                throw OperatorError("\(name) is larger than \(Self.largest >> 20) MiB", hint: "split it")
            }
        }
    }

    /// The file in pieces of at most 256 KiB; the last one may be empty.
    /// - Throws: ``OperatorError`` when it cannot be read, and what `take` throws.
    func stream(_ take: (_ piece: ArraySlice<UInt8>, _ isLast: Bool) throws -> Void) throws {
        let descriptor = path == "-" ? dup(0) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        var chunk = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure() }
            try take(chunk[..<count], count == 0)
            if count == 0 { return }
        }
    }

    private func failure() -> OperatorError { OperatorError("\(name): \(String(cString: strerror(errno)))") }
}
