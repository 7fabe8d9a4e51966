// The grouping of waiting uploads, without a database.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Testing

@testable import MessageLog

@Suite struct UploadQueuesTests {
    func waiter(_ source: UUID, _ count: Int) -> WaitingUpload {
        let texts = Array(repeating: "x", count: count)
        return WaitingUpload(upload: .batch(batch(source, first: 1, texts)), resume: { _ in })
    }

    func sizes(_ group: UploadQueues.Group?) -> [Int] { group?.uploads.map(\.upload.messageCount) ?? [] }

    @Test func `a group has one upload a source and keeps the order of the rest`() {
        var queues = UploadQueues()
        let (a, b) = (UUID(), UUID())
        for (source, count) in [(a, 1), (a, 2), (b, 3), (a, 4)] { queues.add(waiter(source, count), shard: 5) }
        let first = queues.take(maximumMessages: 100)
        #expect(sizes(first) == [1, 3])
        #expect(queues.take(maximumMessages: 100) == nil)
        if let first { queues.finish(first) }
        let second = queues.take(maximumMessages: 100)
        #expect(sizes(second) == [2])
        if let second { queues.finish(second) }
        #expect(sizes(queues.take(maximumMessages: 100)) == [4])
        #expect(queues.waitingCount == 0)
        #expect(queues.waitingBytes == 0)
    }

    @Test func `a source that waits under two shards is in a group once`() {
        var queues = UploadQueues()
        let own = UUID()
        queues.add(waiter(own, 1), shard: 7)
        queues.add(waiter(own, 2), shard: 0)
        queues.add(waiter(UUID(), 3), shard: 0)
        let first = queues.take(maximumMessages: 100)
        #expect(sizes(first) == [1, 3])
        if let first { queues.finish(first) }
        #expect(sizes(queues.take(maximumMessages: 100)) == [2])
    }

    @Test func `a busy shard does not hold up another`() {
        var queues = UploadQueues()
        queues.add(waiter(UUID(), 1), shard: 1)
        let first = queues.take(maximumMessages: 100)
        queues.add(waiter(UUID(), 2), shard: 1)
        queues.add(waiter(UUID(), 3), shard: 2)
        #expect(sizes(queues.take(maximumMessages: 100)) == [3])
        #expect(!queues.hasReady)
        if let first { queues.finish(first) }
        #expect(sizes(queues.take(maximumMessages: 100)) == [2])
    }

    @Test func `a group ends at the limit of messages, but one large upload always goes`() {
        var queues = UploadQueues()
        for count in [60, 60, 10] { queues.add(waiter(UUID(), count), shard: 3) }
        let first = queues.take(maximumMessages: 50)
        #expect(sizes(first) == [60])
        if let first { queues.finish(first) }
        let second = queues.take(maximumMessages: 80)
        #expect(sizes(second) == [60, 10])
    }

    @Test func `one connection leaves shards for the others`() {
        var queues = UploadQueues()
        for shard in 1...10 { queues.add(waiter(UUID(), 1), shard: shard) }
        #expect(queues.take(maximumMessages: 100, maximumShards: 8)?.shards == Array(1...8))
        #expect(queues.take(maximumMessages: 100, maximumShards: 8)?.shards == [9, 10])
    }
}
