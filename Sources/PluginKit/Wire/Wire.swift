// The lines that daemon and worker exchange, as values.
// SPDX-License-Identifier: Apache-2.0

/// The wire of `docs/plugins.md` §4: one JSON object a line. Daemon and worker encode and decode with the same code.
///
/// ```text
/// > initialize                    < initialized | error
/// > batch, record, record, end    < answer, answer, end
/// > shutdown
/// ```
package enum Wire {
    /// The protocol that this code speaks. The daemon offers it and the one before.
    package static let version = 1
    /// The longest line that a worker may answer with, in bytes, and the longest record line the daemon sends.
    package static let maximumLine = 1 << 20
    /// How deep a line nests: a message's own depth and what the envelope adds.
    package static let maximumDepth = 40

    /// The questions of a batch.
    package struct Questions: OptionSet, Hashable, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }

        package static let validate = Questions(rawValue: 1)
        package static let apply = Questions(rawValue: 2)
        package static let summarise = Questions(rawValue: 4)
        package static let all: Questions = [.validate, .apply, .summarise]

        static let names: [(question: Questions, name: String)] = [
            (.validate, "validate"), (.apply, "apply"), (.summarise, "summarise"),
        ]
    }

    /// The first line to a worker.
    package struct Initialize: Sendable {
        package var protocols: [Int]
        package var daemon: String
        /// `sector.json` as it stands in the folder.
        package var manifest: [UInt8]
        package var parameters: Fields
        package var region: String
        package var calendar: WorkCalendar

        package init(
            protocols: [Int] = [Wire.version],
            daemon: String,
            manifest: [UInt8],
            parameters: Fields,
            region: String,
            calendar: WorkCalendar
        ) {
            self.protocols = protocols
            self.daemon = daemon
            self.manifest = manifest
            self.parameters = parameters
            self.region = region
            self.calendar = calendar
        }
    }

    /// A worker's answer to `initialize`.
    package struct Initialized: Hashable, Sendable {
        package var wireProtocol: Int
        package var version: String
        package var types: [String]

        package init(wireProtocol: Int, version: String, types: [String]) {
            self.wireProtocol = wireProtocol
            self.version = version
            self.types = types
        }
    }

    /// What a worker says of one record: violations, or effects and contributions, never both.
    package struct Answer: Hashable, Sendable {
        package var id: String
        package var violations: [Violation]
        package var effects: [Effect]
        package var contributions: [Contribution]

        package var isRejected: Bool { !violations.isEmpty }

        package init(
            id: String,
            violations: [Violation] = [],
            effects: [Effect] = [],
            contributions: [Contribution] = []
        ) {
            self.id = id
            self.violations = violations
            self.effects = effects
            self.contributions = contributions
        }
    }

    /// A line to a worker.
    package enum Request: Sendable {
        case initialize(Initialize)
        case batch(number: Int, records: Int, ask: Questions)
        case record(RecordLine)
        case end(Int)
        case shutdown
        /// A line of a later protocol; to be ignored.
        case unknown
    }

    /// A record line. The payload is a place in the line, valid as long as its buffer.
    package struct RecordLine: @unchecked Sendable {  // the buffer is read-only and outlives the line's handling
        package var type: UnsafeRawBufferPointer
        package var version: Int
        package var context: Context
        package var payload: UnsafeRawBufferPointer
    }

    /// A line from a worker.
    package enum Reply: Hashable, Sendable {
        case initialized(Initialized)
        case answer(Answer)
        case end(Int)
        /// The worker gives up: a code such as `protocol` or `setup`, and a sentence for the operator.
        case error(code: String, message: String)
    }
}

/// A line that is not of the wire. Names the member, never its content.
package struct WireError: Error, Hashable, Sendable, CustomStringConvertible {
    package let message: String

    package init(_ message: String) { self.message = message }

    package var description: String { message }
}
