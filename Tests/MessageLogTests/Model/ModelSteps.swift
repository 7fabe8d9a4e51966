// The steps of the random driver.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Logging
import PostgresClient

@testable import MessageLog

extension ModelWorld {
    /// One random step.
    func step() async throws {
        let index = random.pick(0...(devices.count - 1))
        switch random.pick(0...999) {
        case 0..<260: write(index, count: random.pick(1...6))
        case 260..<560: try await upload()
        case 560..<790: try await applySome()
        case 790..<820: try await resend(index)
        case 820..<845: try await sendGap(index)
        case 845..<880: try await useStick(index)
        case 880..<900: reverseSector()
        case 900..<915: try await zombieWriter(index)
        case 915..<930: try await zombieConsumer()
        case 930..<945: try await terminateBackends()
        case 945..<955: try await loseDisk(index)
        case 955..<965: cloneDisk(index)
        case 965..<975: log.clock.advance(days: Int64(random.pick(1...5)))
        case 975..<985: try await retryDead()
        case 985..<992: try await restart()
        default: log.clock.advance(seconds: Int64(random.pick(1...4_000)))
        }
    }

    /// Several nodes send at once; some answers are lost, some transactions crash.
    func upload() async throws {
        count("uploads")
        var senders: [Int] = []
        for _ in 0..<random.pick(1...5) {
            let index = random.pick(0...(devices.count - 1))
            let taken = senders.contains { devices[$0].source == devices[index].source }
            if !taken, devices[index].acknowledged < devices[index].log.count { senders.append(index) }
        }
        let stages: [IngestStage] = [
            .read, .begin, .shardLocked, .copied, .marked, .beforeCommit, .beforeCommit, .afterCommit, .afterCommit,
        ]
        if random.chance(18) {
            count("ingest crashes")
            armed.arm(stages[random.pick(0...(stages.count - 1))])
        }
        let batches = senders.map { index in
            let device = devices[index]
            let rest = device.log.count - device.acknowledged
            return device.batch(from: device.acknowledged + 1, count: min(rest, random.pick(1...12)), via: .https)
        }
        let results = await send(batches)
        armed.arm(nil)
        for (index, result) in zip(senders, results) {
            if random.chance(12) {
                count("lost answers")
                continue
            }
            try await handle(index, result)
        }
        try await drainSpool()
    }

    func resend(_ index: Int) async throws {
        let device = devices[index]
        guard !device.log.isEmpty else { return }
        count("resends")
        let first = random.pick(1...device.log.count)
        let count = min(device.log.count - first + 1, random.pick(1...15))
        guard first <= device.acknowledged + 1 else { return }
        try await handle(index, await send([device.batch(from: first, count: count, via: .https)])[0])
    }

    func sendGap(_ index: Int) async throws {
        let device = devices[index]
        guard device.log.count >= device.acknowledged + 2 else { return }
        count("gaps")
        let first = random.pick((device.acknowledged + 2)...device.log.count)
        let via: Via = random.chance(50) ? .https : .file
        let result = await send([device.batch(from: first, count: 1, via: via)])[0]
        try await handle(index, result)
    }

    /// Saves a batch on a stick, or brings an old one, any time and any number of times.
    func useStick(_ index: Int) async throws {
        let device = devices[index]
        if random.chance(50), !device.log.isEmpty {
            let first = random.pick(1...device.log.count)
            sticks.append(device.batch(from: first, count: min(device.log.count - first + 1, 10), via: .file))
            return
        }
        guard let stick = sticks.randomElement(using: &random) else { return }
        count("sticks")
        if case .success(.committed(let receipt)) = await send([stick])[0] {
            if receipt.mark.epoch < (devices.first { $0.source == stick.header.source }?.epoch ?? 0) {
                count("tails of closed epochs")
            }
        }
        try await drainSpool()
    }

    func applySome() async throws {
        for _ in 0..<random.pick(1...4) {
            var fault = ModelConsumer.Fault.none
            if random.chance(12) { fault = .crashBeforeCommit }
            if random.chance(6) { fault = .crashAfterCommit }
            if random.chance(4) { fault = .overtaken }
            try await apply(shard: random.pick(0...15), limit: random.pick(1...25), fault: fault)
        }
    }

    func reverseSector() {
        isSectorOpen.toggle()
        count("sector closed or opened")
    }

    /// A writer that slept through the loss of its lease writes other data, on a connection of its own.
    func zombieWriter(_ index: Int) async throws {
        guard fences.count >= 2 else { return }
        count("zombie writers")
        let old = fences[random.pick(0...(fences.count - 2))]
        let row = try await status(devices[index].source)
        guard let row, row.state == .open else { return }
        let data = batch(row.uuid, epoch: row.epoch, first: row.hwm + 1, ["Nzombie-\(random.next())"])
        let transaction = IngestTransaction(
            sealer: log.sealer,
            requiresDurability: false,
            spoolLimit: LogSpool.bytesPerSource,
            log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            rules: rules,
            fault: nil
        )
        let now = log.clock.now
        do {
            let outcomes = try await log.pool.withConnection { c in
                try transaction.process(c, [.batch(data)], fences: old, now: now)
            }
            // Left to the invariants to find.
            if case .reply(.committed) = outcomes[0] { count("zombie writes that got through") }
        } catch let error as MessageLogError where error.code == .fenced {
            count("fenced writes")
        }
    }

    /// A consumer that lost its lease tries to move the cursor over what it did not apply.
    func zombieConsumer() async throws {
        guard let stale = staleCursors.randomElement(using: &random) else { return }
        count("zombie consumers")
        let rules = self.rules
        do {
            try await log.pool.withConnection { c in
                guard
                    let now = try LogCursor.all(c).first(where: {
                        $0.consumer == ModelConsumer.name && $0.shard == stale.shard
                    })
                else { return }
                let end = try c.query(
                    "select next_pos - 1 from log.shard where shard = $1",
                    [.int2(Int16(stale.shard))]
                )[0].int(0)
                guard Int64(end) > now.pos else { return }
                try LogCursor.advance(
                    c,
                    consumer: ModelConsumer.name,
                    shard: stale.shard,
                    from: now.pos,
                    to: Int64(end),
                    fence: stale.fence,
                    rules: rules
                )
            }
        } catch let error as MessageLogError where error.code == .fenced {
            count("fenced cursors")
        }
    }

    /// The backends of the writer die at a random moment of an upload.
    func terminateBackends() async throws {
        count("terminated backends")
        let index = random.pick(0...(devices.count - 1))
        let device = devices[index]
        guard device.log.count > device.acknowledged else { return }
        let backend = try? await writerPool.withConnection { c in try c.query("select pg_backend_pid()")[0].int(0) }
        guard let backend else { return }
        let delay = random.pick(0...1_500)
        let pool = log.pool
        async let killed: Void = {
            try await Task.sleep(for: .microseconds(delay))
            _ = try await pool.withConnection { c in
                try c.query("select pg_terminate_backend($1)", [.int4(Int32(backend))])
            }
        }()
        let batch = device.batch(
            from: device.acknowledged + 1,
            count: min(10, device.log.count - device.acknowledged),
            via: .https
        )
        let result = await send([batch])[0]
        try await killed
        try await handle(index, result)
    }

    /// The disk is gone: what was not sent is lost, except what a stick holds.
    func loseDisk(_ index: Int) async throws {
        count("lost disks")
        let device = devices[index]
        if random.chance(60), device.acknowledged < device.log.count {
            let rest = device.log.count - device.acknowledged
            sticks.append(device.batch(from: device.acknowledged + 1, count: min(rest, 10), via: .file))
        }
        try await enrolAgain(index, keepsLog: false)
    }

    func cloneDisk(_ index: Int) {
        guard devices.count < 60 else { return }
        count("cloned disks")
        devices.append(devices[index])
    }

    func retryDead() async throws {
        try await log.pool.withConnection { c in
            guard let letter = try DeadLetters.list(c, consumer: ModelConsumer.name, limit: 1).first else { return }
            try DeadLetters.retry(c, consumer: ModelConsumer.name, at: letter.position, by: "model", why: "test")
        }
        count("dead letters retried")
    }

    func status(_ source: UUID) async throws -> SourceRow? {
        try await log.pool.withConnection { c in
            try IntakeState.read(c, shards: [], epochs: [(source, nil)]).sources[source]
        }
    }
}
