// Why bytes are not a batch that can be taken; nothing of them was consumed.
// SPDX-License-Identifier: Apache-2.0

/// Damaged or foreign bytes. The sender sends the same batch again and raises an alarm after three times.
package struct BatchProblem: Error, Hashable, CustomStringConvertible {
    /// The codes of the protocol's 400, 401 and 413 answers.
    package enum Code: String, Sendable {
        /// The framing or the header is not that of a batch (400).
        case malformed
        /// The header's digest is not that of the messages (400).
        case digest
        /// The signature is not made with the key of this source and epoch (401).
        case signature
        /// More than 500 messages, more than 1 MiB, or more than that after decompression (413).
        case size
        /// The body is not what Content-Encoding says (400).
        case encoding
    }

    package let code: Code
    /// Byte offset of the problem where it has one.
    package let offset: Int?

    package init(_ code: Code, offset: Int? = nil) {
        self.code = code
        self.offset = offset
    }

    package var description: String { offset.map { "\(code.rawValue) at byte \($0)" } ?? code.rawValue }
}
