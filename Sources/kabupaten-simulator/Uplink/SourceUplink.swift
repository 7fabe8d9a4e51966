// Sends the stream of one source: batches, marks, go-back-N, and every trouble of a bad line.
// SPDX-License-Identifier: Apache-2.0
import Crypto
import FoundationEssentials
import HTTPTransfer

/// The uplink of one source. It believes nothing but the hub's mark, and the mark only when its head is the source's own
/// message.
struct SourceUplink {
    let source: UUID
    let key: Curve25519.Signing.PrivateKey
    let messages: [StreamMessage]
    let hub: Hub
    var chance: SplitMix
    private(set) var counts = SentCounts()
    /// The hub has committed this many messages, as far as is known.
    private(set) var acknowledged = 0
    private var cursor = 0
    private var mostMessages: Int
    private let epoch = 1

    init(source: UUID, key: Curve25519.Signing.PrivateKey, messages: [StreamMessage], hub: Hub, chance: SplitMix) {
        self.source = source
        self.key = key
        self.messages = messages
        self.hub = hub
        self.chance = chance
        mostMessages = 100
    }

    /// Sends everything up to message `end`.
    /// - Throws: ``SimulatorError`` when the hub gives an answer after which a device stops.
    mutating func send(upTo end: Int, _ progress: Progress) async throws {
        if cursor == 0, try await askMark() > 0 {
            // An earlier run sent these: nobody knows how often.
            counts.uncertain += acknowledged
        }
        while acknowledged < end {
            let before = acknowledged
            let count = min(end - cursor, mostMessages, chance.number(20...100))
            let trouble = Trouble.draw(&chance)
            try await send(cursor..<(cursor + count), trouble, end)
            await progress.add(acknowledged - before)
        }
    }

    // MARK: One batch

    private mutating func send(_ range: Range<Int>, _ trouble: Trouble?, _ end: Int) async throws {
        switch trouble {
        case .twice:
            try await deliver(range)
            if acknowledged >= range.upperBound {
                counts.deliberateDuplicates += range.count
                try await deliver(range)
            }
        case .lostAnswer:
            try await deliver(range, heeds: false)
            counts.deliberateDuplicates += range.count
            try await deliver(range)
        case .lostAnswerThenMark:
            try await deliver(range, heeds: false)
            _ = try await askMark()
        case .earlier:
            try await deliver(range)
            let back = min(acknowledged, chance.number(1...30))
            if acknowledged >= range.upperBound, back > 0 {
                counts.deliberateDuplicates += back
                let first = acknowledged - back
                try await deliver(first..<min(end, acknowledged + chance.number(0...20)))
            }
        case .outOfOrder where range.upperBound < end:
            try await deliver(range.upperBound..<min(end, range.upperBound + 20))
        case .damaged:
            var bytes = try batch(range)
            bytes[bytes.count / 2] ^= 0x20
            try await deliver(range, bytes)
        case .foreignSignature:
            var bytes = try batch(range)
            bytes[bytes.count - 1] ^= 1
            try await deliver(range, bytes)
        case .shorter where range.count > 1:
            try await deliver(range.lowerBound..<(range.lowerBound + range.count / 2))
        default:
            try await deliver(range)
        }
    }

    private func batch(_ range: Range<Int>) throws -> [UInt8] {
        try BatchBytes.make(
            source: source,
            epoch: epoch,
            first: range.lowerBound + 1,
            messages: messages[range],
            key: key
        )
    }

    /// Sends a batch until there is an answer to it, or until the mark must be asked.
    private mutating func deliver(_ range: Range<Int>, _ damaged: [UInt8]? = nil, heeds: Bool = true) async throws {
        guard !range.isEmpty else { return }
        let bytes = try damaged ?? batch(range)
        counts.batches += 1
        counts.bytes += bytes.count
        switch await hub.post(bytes, source: source, epoch: epoch) {
        case .taken(let mark, _):
            counts.answered += range.count
            if heeds { try move(to: mark) }
        case .gap(let mark):
            counts.gaps += 1
            try move(to: mark)
        case .waiting(let mark): try move(to: mark)
        case .tooLarge: mostMessages = max(1, mostMessages / 2)
        case .damaged(let code):
            guard damaged != nil else {
                throw SimulatorError("source \(source.text): a sound batch was refused: \(code)")
            }
        case .later(let seconds):
            // A hub that lost its database in the middle of a commit cannot know either.
            counts.uncertain += range.count
            counts.retries += 1
            try await hub.wait(seconds: Double(seconds), &chance)
            _ = try await askMark()
        case .stop(let reason): throw SimulatorError("source \(source.text) stops: \(reason)")
        case .unsent:
            counts.retries += 1
            try await hub.wait(seconds: 0.5, &chance)
            _ = try await askMark()
        case .lost:
            counts.uncertain += range.count
            counts.retries += 1
            try await hub.wait(seconds: 0.5, &chance)
            _ = try await askMark()
        }
    }

    // MARK: The mark

    /// Asks until the hub says where it stands.
    private mutating func askMark() async throws -> Int {
        while true {
            switch await hub.mark(of: source) {
            case .taken(let mark, _), .gap(let mark), .waiting(let mark):
                try move(to: mark)
                return acknowledged
            case .stop(let reason): throw SimulatorError("source \(source.text) stops: \(reason)")
            case .later(let seconds):
                counts.retries += 1
                try await hub.wait(seconds: Double(seconds), &chance)
            case .lost, .unsent, .damaged, .tooLarge:
                counts.retries += 1
                try await hub.wait(seconds: 0.5, &chance)
            }
        }
    }

    /// Moves the cursor to the mark, if the message there is really this source's.
    private mutating func move(to mark: HubReply.Mark) throws {
        guard mark.hwm <= messages.count else {
            throw SimulatorError("source \(source.text): the hub is ahead at \(mark.hwm)")
        }
        if mark.hwm > 0 {
            let own = BatchBytes.hex(SHA256.hash(data: messages[mark.hwm - 1].bytes))
            guard mark.head == own else { throw SimulatorError("source \(source.text): fork at \(mark.hwm)") }
        }
        acknowledged = mark.hwm
        cursor = mark.hwm
    }
}
