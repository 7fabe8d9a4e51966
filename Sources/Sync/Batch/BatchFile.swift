// Reads a file of batches: the bytes of one HTTP body, or several of them one after the other.
// SPDX-License-Identifier: Apache-2.0

/// Walks a concatenation of batches without holding more than one decoded.
package struct BatchFile: Sendable {
    private let bytes: [UInt8]
    private var position = 0

    /// - Parameter bytes: the whole file, decompressed.
    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Where the next batch begins.
    package var offset: Int { position }

    /// The next batch; `nil` at the end.
    ///
    /// - Throws: ``BatchProblem``. A batch with a wrong digest is stepped over; after any other problem nothing more
    ///   can be read.
    package mutating func next() throws(BatchProblem) -> BatchCodec.Decoded? {
        guard position < bytes.count else { return nil }
        do throws(BatchProblem) {
            let (batch, end) = try BatchCodec.decodeFirst(bytes, at: position)
            position = end
            return batch
        } catch {
            let start = position
            position = error.code == .digest ? nextMagic(after: start) : bytes.count
            throw BatchProblem(error.code, offset: start + (error.offset ?? 0))
        }
    }

    private func nextMagic(after start: Int) -> Int {
        var index = start + 1
        while index + BatchCodec.magic.count <= bytes.count {
            if bytes[index] == BatchCodec.magic[0],
                bytes[index..<(index + BatchCodec.magic.count)].elementsEqual(BatchCodec.magic)
            {
                return index
            }
            index += 1
        }
        return bytes.count
    }
}
