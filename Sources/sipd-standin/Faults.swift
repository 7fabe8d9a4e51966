// Faults on demand: a script of kinds and rates, drawn from a seed.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Synchronization

/// What goes wrong with a request.
enum Fault: Hashable, Sendable {
    /// Answers this status without acting.
    case status(Int)
    /// Closes the connection without acting.
    case reset
    /// Acts, then closes the connection without an answer.
    case resetAfterCommit
    /// Keeps the connection without acting.
    case hang
    /// Acts, then keeps the connection without an answer.
    case timeoutAfterCommit
    /// Answers 200 with a page, without acting.
    case html
    /// Acts, then breaks off in the middle of the answer.
    case truncate

    init?(_ name: String) {
        switch name {
        case "reset": self = .reset
        case "reset-after-commit": self = .resetAfterCommit
        case "hang": self = .hang
        case "timeout-after-commit": self = .timeoutAfterCommit
        case "html": self = .html
        case "truncate": self = .truncate
        default:
            guard let status = Int(name), (400...599).contains(status) else { return nil }
            self = .status(status)
        }
    }

    var name: String {
        switch self {
        case .status(let status): String(status)
        case .reset: "reset"
        case .resetAfterCommit: "reset-after-commit"
        case .hang: "hang"
        case .timeoutAfterCommit: "timeout-after-commit"
        case .html: "html"
        case .truncate: "truncate"
        }
    }
}

/// Kinds with their rates. The same seed and number of requests draw the same faults in the same order.
final class FaultScript: Sendable {
    private let entries: [(fault: Fault, rate: Double)]
    private let state: Mutex<UInt64>

    /// `503:0.1,reset:0.05`; the rates together are at most 1.
    init(_ script: String, seed: UInt64) throws {
        var entries: [(fault: Fault, rate: Double)] = []
        for part in script.split(separator: ",") {
            let pieces = part.split(separator: ":", maxSplits: 1)
            guard pieces.count == 2, let fault = Fault(String(pieces[0])), let rate = Double(String(pieces[1])),
                (0...1).contains(rate)
            else { throw ValidationError("--faults: \(part) is not KIND:RATE with a rate from 0 to 1") }
            entries.append((fault, rate))
        }
        guard entries.reduce(0, { $0 + $1.rate }) <= 1.000_001 else {
            throw ValidationError("--faults: the rates together are more than 1")
        }
        self.entries = entries
        state = Mutex(seed)
    }

    /// What happens to the next request.
    func next() -> Fault? {
        guard !entries.isEmpty else { return nil }
        var draw = state.withLock { state in
            // splitmix64
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return Double((z ^ (z >> 31)) >> 11) / Double(1 << 53)
        }
        for entry in entries {
            if draw < entry.rate { return entry.fault }
            draw -= entry.rate
        }
        return nil
    }
}
