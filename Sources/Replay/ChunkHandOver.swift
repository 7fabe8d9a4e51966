// Hands chunks from one thread to another, few at a time: the faster of the two waits.
// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Between two threads that may block, as those of two database connections; never between tasks of the cooperative pool.
///
/// At most `room` chunks wait to be taken. A side that fails says why, and the other gets that error from its next call.
final class ChunkHandOver<Chunk: Sendable>: @unchecked Sendable {  // waits, as no Mutex can; `lock` guards all
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let change = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let room: Int
    private var chunks: [Chunk] = []
    private var most = 0
    private var isFinished = false
    private var failure: (any Error)?

    init(room: Int) {
        self.room = max(1, room)
        pthread_mutex_init(lock, nil)
        pthread_cond_init(change, nil)
    }

    deinit {
        pthread_cond_destroy(change)
        pthread_mutex_destroy(lock)
        change.deallocate()
        lock.deallocate()
    }

    /// The most chunks that have waited at once.
    var mostWaiting: Int {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return most
    }

    /// Blocks the thread until there is room.
    func put(_ chunk: Chunk) throws {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while chunks.count >= room, failure == nil { pthread_cond_wait(change, lock) }
        if let failure { throw failure }
        chunks.append(chunk)
        most = max(most, chunks.count)
        pthread_cond_broadcast(change)
    }

    /// Blocks the thread until there is a chunk; nil after the last one.
    func take() throws -> Chunk? {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while chunks.isEmpty, !isFinished, failure == nil { pthread_cond_wait(change, lock) }
        if let failure { throw failure }
        guard !chunks.isEmpty else { return nil }
        let chunk = chunks.removeFirst()
        pthread_cond_broadcast(change)
        return chunk
    }

    /// No chunk comes any more.
    func finish() {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        isFinished = true
        pthread_cond_broadcast(change)
    }

    /// One of the sides has failed. The first error counts.
    func fail(_ error: any Error) {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        if failure == nil { failure = error }
        chunks.removeAll()
        pthread_cond_broadcast(change)
    }
}
