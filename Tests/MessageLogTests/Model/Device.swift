// A node of the model: a few lines of state that follow the uplink rules of the protocol.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials

@testable import MessageLog

/// One message of the model. The first letter of its text says what it is: N normal, P poison, H waits for a sector, R
/// refused at
/// intake, S personal.
struct ModelMessage: Hashable {
    let text: String
    var bytes: [UInt8] { Array(text.utf8) }
    var isRefused: Bool { text.hasPrefix("R") }
    var isPersonal: Bool { text.hasPrefix("S") }
}

/// A kiosk: its own log of the open epoch, and how far the parent has acknowledged it.
struct Device {
    var source: UUID
    var epoch: Int32
    /// The message with sequence number n is at index n - 1.
    var log: [ModelMessage] = []
    var acknowledged = 0

    enum Verdict {
        case fine
        /// Another history exists under this name, or this is a restored copy: stop and enrol again.
        case mustEnrol
    }

    /// A batch of the protocol's size, from `first`.
    func batch(from first: Int, count: Int, via: Via) -> VerifiedBatch {
        let messages = Array(log[(first - 1)..<(first - 1 + count)])
        return MessageLogTests.batch(
            source,
            epoch: epoch,
            first: Int64(first),
            messages.map(\.text),
            via: via,
            refused: Set(messages.indices.filter { messages[$0].isRefused }),
            personal: Set(messages.indices.filter { messages[$0].isPersonal })
        )
    }

    /// The uplink rules 2 to 4: compares `head` with its own message before the cursor moves in either direction.
    mutating func handle(_ reply: IngestReply) -> Verdict {
        switch reply {
        case .committed(let receipt): return move(to: receipt.mark)
        case .gap(let mark), .waiting(let mark), .spoolFull(let mark): return move(to: mark)
        case .overloaded, .unknownSource: return .fine
        case .staleEpoch, .unknownEpoch, .fork, .blocked, .revoked: return .mustEnrol
        }
    }

    private mutating func move(to mark: Mark) -> Verdict {
        let hwm = Int(mark.hwm)
        guard mark.epoch == epoch, hwm <= log.count else { return .mustEnrol }
        if hwm > 0, mark.head != sha256(log[hwm - 1].bytes) { return .mustEnrol }
        acknowledged = hwm
        return .fine
    }
}
