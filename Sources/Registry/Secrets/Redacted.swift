// A wrapper whose description never shows what it holds.
// SPDX-License-Identifier: Apache-2.0

/// A personal value on its way through the daemon. Printing, interpolating, dumping or mirroring it gives
/// `‹redacted›`; `reveal()` is the one way to the value, easy to find in a review.
package struct Redacted<Value>: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: Value

    package init(_ value: Value) {
        self.value = value
    }

    /// The value itself, for sealing or for a person who may see it.
    package func reveal() -> Value { value }

    package var description: String { redactedText }
    package var debugDescription: String { redactedText }
    package var customMirror: Mirror { Mirror(reflecting: redactedText) }
}

extension Redacted: Sendable where Value: Sendable {}
extension Redacted: Equatable where Value: Equatable {}
extension Redacted: Hashable where Value: Hashable {}

let redactedText = "‹redacted›"
