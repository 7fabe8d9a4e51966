// Reads small files with the C library alone.
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Whole files of a sector's folder.
package enum FileReader {
    /// The bytes of a file of at most `limit` bytes.
    package static func read(_ path: String, limit: Int) throws(SetupError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SetupError("\(path): \(reason(errno))") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SetupError("\(path): \(reason(errno))") }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= limit else { throw SetupError("\(path): larger than \(limit) bytes") }
        }
    }

    /// The names in a folder, sorted; empty when it is missing.
    package static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
