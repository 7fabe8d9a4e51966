// The random driver of the model test: nodes, sticks, zombies and crashes against a real log.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PostgresClient
import PostgresTesting
import Synchronization

@testable import MessageLog

/// A rule was broken, in words.
struct Violation: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// The state of one run. Used by one task.
final class ModelWorld {
    struct Crash: Error {}

    let log: LogFixture
    let rules: Rules
    let consumer: ModelConsumer
    /// The writer's connections: some steps terminate their backends.
    let writerPool: PostgresPool
    let armed = ArmedStage()
    var random: ModelRandom
    var writer: LogWriter
    private var running: Task<Void, any Error>

    var devices: [Device] = []
    /// Every text that a device ever wrote at (source, epoch, seq).
    var written: [String: Set<String>] = [:]
    /// Texts that a parent acknowledged to some device: never to be lost.
    var promised: Set<String> = []
    var sticks: [VerifiedBatch] = []
    var spooled: [[UInt8]: VerifiedBatch] = [:]
    var isSectorOpen = true
    var fences: [[Int: Int64]] = []
    var cursors: [Int: CursorState] = [:]
    var staleCursors: [CursorState] = []
    var counts: [String: Int] = [:]
    private var messages = 0

    init(seed: UInt64, rules: Rules, sources: Int) async throws {
        log = try await LogFixture()
        self.rules = rules
        random = ModelRandom(seed: seed)
        consumer = ModelConsumer(rules: rules, sealer: log.sealer)
        try await log.pool.withConnection { c in try c.run(script: ModelConsumer.schema) }
        writerPool = PostgresPool(log.database.configuration, size: 2)
        let armed = self.armed
        writer = log.makeWriter(pool: writerPool) {
            $0.rules = rules
            $0.maximumMessagesPerTransaction = 40
            $0.fault = { if armed.strikes($0) { throw Crash() } }
        }
        let first = writer
        running = Task { try await first.run() }
        try await waitForWriter()
        for source in try await log.register(sources) { devices.append(Device(source: source.uuid, epoch: 1)) }
        try await takeCursors()
    }

    func count(_ what: String) { counts[what, default: 0] += 1 }

    // MARK: The parent

    func waitForWriter() async throws {
        while writer.health.shards == 0 { try await Task.sleep(for: .milliseconds(1)) }
        let held = try await log.pool.withConnection { c in
            try c.query("select shard, fence from log.shard").map { (try $0.int(0), Int64(try $0.int(1))) }
        }
        fences.append(Dictionary(uniqueKeysWithValues: held))
    }

    /// The daemon is killed and starts again: new leases, new fences.
    func restart() async throws {
        count("restarts")
        await stop()
        let armed = self.armed
        let rules = self.rules
        writer = log.makeWriter(pool: writerPool) {
            $0.rules = rules
            $0.maximumMessagesPerTransaction = 40
            $0.fault = { if armed.strikes($0) { throw Crash() } }
        }
        let next = writer
        running = Task { try await next.run() }
        try await waitForWriter()
        staleCursors = Array(cursors.values)
        try await takeCursors()
        try await drainSpool()
    }

    func stop() async {
        writer.stop()
        _ = await running.result
    }

    func takeCursors() async throws {
        let taken = try await log.pool.withConnection { c in
            try LogCursor.take(c, consumer: ModelConsumer.name, owner: "model", seconds: 60)
        }
        for cursor in taken { cursors[cursor.shard] = cursor }
    }

    /// Sends batches side by side, so that the writer groups them.
    func send(_ batches: [VerifiedBatch]) async -> [Result<IngestReply, any Error>] {
        let writer = self.writer
        return await withTaskGroup(of: (Int, Result<IngestReply, any Error>).self) { group in
            for (index, batch) in batches.enumerated() {
                if batch.via == .file { spooled[sha256(batch.bytes)] = batch }
                group.addTask {
                    do { return (index, .success(try await writer.ingest(batch))) } catch {
                        return (index, .failure(error))
                    }
                }
            }
            var results: [Int: Result<IngestReply, any Error>] = [:]
            for await (index, result) in group { results[index] = result }
            return batches.indices.compactMap { results[$0] }
        }
    }

    /// Early batches whose turn has come, as `Sync` drains them.
    func drainSpool() async throws {
        for (source, mark) in try await log.pool.withConnection({ c in try LogSpool.ready(c) }) {
            var mark = mark
            while true {
                let (epoch, hwm) = (mark.epoch, mark.hwm)
                let next = try await log.pool.withConnection { c in
                    try LogSpool.next(c, source: source, epoch: epoch, hwm: hwm)
                }
                guard let next, let batch = spooled[next.digest] else { break }
                guard case .success(.committed(let receipt)) = await send([batch])[0] else { break }
                try await log.pool.withConnection { c in try LogSpool.remove(c, next) }
                mark = receipt.mark
                count("spooled batches drained")
            }
        }
    }

    func apply(shard: Int, limit: Int, fault: ModelConsumer.Fault) async throws {
        let (consumer, isOpen) = (self.consumer, isSectorOpen)
        let state = try await log.pool.withConnection { c in
            try LogCursor.all(c).first { $0.consumer == ModelConsumer.name && $0.shard == shard }
        }
        guard let held = cursors[shard], let state else { return }
        let cursor = CursorState(
            consumer: state.consumer,
            shard: shard,
            pos: state.pos,
            fence: held.fence,
            tries: 0,
            tryTo: 0,
            paused: nil
        )
        do {
            try await log.pool.withConnection { c in
                if isOpen { try consumer.drain(c, waitsFor: "sector") }
                try consumer.drain(c, waitsFor: "retry")
                try consumer.step(c, cursor: cursor, limit: limit, isOpen: isOpen, fault: fault)
            }
        } catch is ModelConsumer.Crash {
            count("apply crashes")
        } catch let error as MessageLogError where error.code == .fenced && fault == .overtaken {
            count("overtaken applies")
        }
    }

    // MARK: Nodes

    func write(_ index: Int, count: Int) {
        for _ in 0..<count {
            messages += 1
            let letter = ["N", "N", "N", "N", "N", "N", "H", "S", "R", "P"][random.pick(0...9)]
            record(ModelMessage(text: "\(letter)\(messages)-\(random.next() % 1_000_000)"), on: index)
        }
    }

    func record(_ message: ModelMessage, on index: Int) {
        devices[index].log.append(message)
        let device = devices[index]
        written["\(device.source)/\(device.epoch)/\(device.log.count)", default: []].insert(message.text)
    }

    /// What a device does with an answer, enrolment included.
    func handle(_ index: Int, _ result: Result<IngestReply, any Error>) async throws {
        guard case .success(let reply) = result else { return }
        let before = devices[index]
        if case .fork = reply { count("forks") }
        switch devices[index].handle(reply) {
        case .fine:
            if case .committed = reply {
                for message in devices[index].log.prefix(devices[index].acknowledged) { promised.insert(message.text) }
            }
        case .mustEnrol:
            devices[index] = before
            try await enrolAgain(index, keepsLog: true)
        }
    }

    /// A new incarnation. When another device uses the same source, this one becomes a new source. With its log it
    /// re-issues everything
    /// it holds under the new epoch; nothing is backed up in the model, so `durable_hwm` is 0.
    func enrolAgain(_ index: Int, keepsLog: Bool) async throws {
        count("enrolments")
        let old = devices[index]
        let isShared = devices.enumerated().contains { $0.offset != index && $0.element.source == old.source }
        if isShared {
            let source = try await log.register()[0]
            devices[index] = Device(source: source.uuid, epoch: 1)
        } else {
            let epoch = try await log.pool.withConnection { c in
                try LogSources.openEpoch(c, source: old.source, incarnation: UUID(), signKey: [2])
            }
            devices[index] = Device(source: old.source, epoch: epoch)
        }
        if keepsLog {
            for message in old.log { record(message, on: index) }
        }
    }
}

/// The stage at which the next transaction crashes.
final class ArmedStage: Sendable {
    private let stage = Mutex<IngestStage?>(nil)

    func arm(_ next: IngestStage?) { stage.withLock { $0 = next } }

    func strikes(_ reached: IngestStage) -> Bool {
        stage.withLock { stage in
            guard stage == reached else { return false }
            stage = nil
            return true
        }
    }
}
