// The address and key that interrupt the running statement of one connection.
// SPDX-License-Identifier: Apache-2.0

import CLibPQ
import FailPoints

/// A `PGcancel`: usable from any thread, also after its connection was closed.
final class CancelTarget: @unchecked Sendable {  // a PGcancel never changes; PQcancel is thread-safe
    private let pointer: OpaquePointer

    init?(_ connection: OpaquePointer) {
        guard let pointer = PQgetCancel(connection) else { return nil }
        self.pointer = pointer
    }

    deinit { PQfreeCancel(pointer) }

    /// Asks the server to cancel what runs; returns when the server has passed the request on. Blocks; failures are
    /// ignored, since the statement has its own time limit.
    func request() {
        if CallFault.strikes(.libpq) { return }
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { message in
            _ = PQcancel(pointer, message.baseAddress, 256)
        }
    }
}
