// Why the registry refused to do something, in words for an operator.
// SPDX-License-Identifier: Apache-2.0

/// The registry's one error. `message` and `hint` never hold a personal value.
package struct RegistryError: Error, Hashable, CustomStringConvertible {
    /// What kind of refusal it is; grows without breaking a caller.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        package let name: String
        package var description: String { name }

        /// A key file is missing, readable by others, not a key, or not the key of the data.
        package static let keyFile = Code(name: "key_file")
        /// A sealed value does not open: other key, other row, or changed bytes.
        package static let sealBroken = Code(name: "seal_broken")
        /// A sealed value names a key that this node does not hold.
        package static let keyUnknown = Code(name: "key_unknown")
        /// A file to import cannot be read or is no CSV.
        package static let file = Code(name: "file")
        /// The request itself makes no sense (an empty label, a version that exists with other content).
        package static let request = Code(name: "request")
        /// A registration number breaks a rule of its history.
        package static let registration = Code(name: "registration")
        /// The trail of looks is broken.
        package static let trail = Code(name: "trail")
        /// The bytes of an attachment cannot be kept or read.
        package static let attachment = Code(name: "attachment")
    }

    package var code: Code
    /// What, in one sentence.
    package var message: String
    /// What the operator can do, as a command where there is one.
    package var hint: String?

    package init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    package var description: String { hint.map { "\(message) \($0)" } ?? message }
}
