// Wakes a thread out of poll(2).
// SPDX-License-Identifier: Apache-2.0

import CPlatform
import Glibc

/// A pipe that other threads write a byte into when the worker's thread has something to look at.
final class WakePipe: Sendable {
    let readEnd: Int32
    private let writeEnd: Int32

    init() throws(PluginHostError) {
        var ends: [Int32] = [-1, -1]
        let failure = cplatform_pipe(&ends, 3)
        guard failure == 0 else { throw PluginHostError(.launch, "pipe: \(String(cString: strerror(failure)))") }
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// A full pipe is fine: the thread is going to wake up anyway.
    func wake() {
        var byte: UInt8 = 1
        _ = write(writeEnd, &byte, 1)
    }

    /// Forgets the wake-ups so far.
    func drain() {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            while read(readEnd, buffer.baseAddress, buffer.count) == buffer.count {}
        }
    }
}
