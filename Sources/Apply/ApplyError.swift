// Why apply stopped, or put a batch back.
// SPDX-License-Identifier: Apache-2.0

/// An error of apply itself. What is wrong with a message is a verdict, not an error.
package struct ApplyError: Error, Sendable, CustomStringConvertible {
    package struct Code: Hashable, Sendable {
        let name: String
        /// Another consumer holds the cursor.
        package static let fenced = Code(name: "fenced")
        /// The log has a hole or an entry vanished.
        package static let log = Code(name: "log")
        /// Something else wrote what the batch was decided on; it is decided again.
        package static let raced = Code(name: "raced")
        /// Replay gave other bytes.
        package static let differs = Code(name: "differs")
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code.name): \(message)" }
}
