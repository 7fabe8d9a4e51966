// Where an import's bytes come from; can be read more than once.
// SPDX-License-Identifier: Apache-2.0
internal import FailPoints
internal import Glibc

/// The bytes of a file to import. An import with `skipBad` reads them twice.
package enum CSVSource: Sendable {
    /// Bytes in memory, as the control socket delivers them.
    case bytes([UInt8])
    /// A file on this machine, read in blocks.
    case file(String)

    /// One reading, block by block.
    final class Blocks {
        private var memory: [UInt8]?
        private let descriptor: Int32

        fileprivate init(memory: [UInt8]) {
            self.memory = memory
            descriptor = -1
        }

        fileprivate init(descriptor: Int32) {
            memory = nil
            self.descriptor = descriptor
        }

        deinit {
            if descriptor >= 0 { close(descriptor) }
        }

        /// The next block, never empty; nil at the end.
        func next() throws(RegistryError) -> [UInt8]? {
            if let bytes = memory {
                memory = nil
                return bytes.isEmpty ? nil : bytes
            }
            guard descriptor >= 0 else { return nil }
            while true {
                guard !CallFault.strikes(.file) else { throw Self.failed(EIO) }
                var block = [UInt8](repeating: 0, count: 64 * 1024)
                let got = block.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
                if got < 0 && errno == EINTR { continue }
                guard got >= 0 else { throw Self.failed(errno) }
                guard got > 0 else { return nil }
                block.removeLast(block.count - got)
                return block
            }
        }

        private static func failed(_ code: Int32) -> RegistryError {
            RegistryError(.file, "The file cannot be read on (errno \(code)).")
        }
    }

    func open() throws(RegistryError) -> Blocks {
        switch self {
        case .bytes(let bytes): return Blocks(memory: bytes)
        case .file(let path):
            let descriptor = CallFault.strikes(.file) ? -1 : Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
            guard descriptor >= 0 else {
                throw RegistryError(.file, "\(path) cannot be opened (errno \(errno)).")
            }
            return Blocks(descriptor: descriptor)
        }
    }
}
