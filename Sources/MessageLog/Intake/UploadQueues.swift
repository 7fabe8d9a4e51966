// Waiting uploads by shard: groups them for the writer's connections and resumes their callers.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials

/// One waiting call with the continuation that its answer resumes.
struct WaitingUpload: Sendable {
    let upload: Upload
    let resume: @Sendable (Result<UploadOutcome, any Error>) -> Void
}

/// A pure state machine: who waits, which shards are busy, what a free connection takes next.
///
/// Shards that wait are served in the order in which they became ready. A group holds at most one upload a source, so
/// that every
/// decision starts from a committed mark, and whole uploads up to the limit of messages.
struct UploadQueues: Sendable {
    /// What one connection takes through one transaction.
    struct Group: Sendable {
        let shards: [Int]
        let uploads: [WaitingUpload]
    }

    private var waiting: [[WaitingUpload]] = Array(repeating: [], count: Shards.count)
    private var busy: Set<Int> = []
    private var ready: [Int] = []
    private(set) var waitingBytes = 0
    private(set) var waitingCount = 0

    mutating func add(_ waiter: WaitingUpload, shard: Int) {
        waiting[shard].append(waiter)
        waitingBytes += waiter.upload.byteCount
        waitingCount += 1
        if !busy.contains(shard), waiting[shard].count == 1 { ready.append(shard) }
    }

    /// The next group, or `nil` when no shard is ready. Its shards are busy until ``finish(_:)``.
    ///
    /// - Parameter maximumShards: how many shards one connection takes at most, so that the others find work too.
    mutating func take(maximumMessages: Int, maximumShards: Int = Shards.count) -> Group? {
        var shards: [Int] = []
        var uploads: [WaitingUpload] = []
        var messages = 0
        // Over all shards of the group: a source whose shard has just become known may wait in two queues.
        var seen: Set<UUID> = []
        while let shard = ready.first, messages < maximumMessages, shards.count < maximumShards {
            ready.removeFirst()
            shards.append(shard)
            busy.insert(shard)
            var rest: [WaitingUpload] = []
            for waiter in waiting[shard] {
                let isFirst = seen.insert(waiter.upload.source).inserted
                let count = waiter.upload.messageCount
                guard isFirst, uploads.isEmpty || messages + count <= maximumMessages else {
                    rest.append(waiter)
                    continue
                }
                uploads.append(waiter)
                messages += count
                waitingBytes -= waiter.upload.byteCount
                waitingCount -= 1
            }
            waiting[shard] = rest
        }
        return uploads.isEmpty ? nil : Group(shards: shards, uploads: uploads)
    }

    /// Frees the shards of a group; those with more waiting go to the end of the line.
    mutating func finish(_ group: Group) {
        for shard in group.shards {
            busy.remove(shard)
            if !waiting[shard].isEmpty { ready.append(shard) }
        }
    }

    var hasReady: Bool { !ready.isEmpty }

    /// Takes out everything that waits, for a writer that stops.
    mutating func drain() -> [WaitingUpload] {
        let all = waiting.flatMap(\.self)
        waiting = Array(repeating: [], count: Shards.count)
        ready = []
        waitingBytes = 0
        waitingCount = 0
        return all
    }
}
