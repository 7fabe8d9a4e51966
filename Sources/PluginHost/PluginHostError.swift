// Why a sector folder was refused or its worker could not be started.
// SPDX-License-Identifier: Apache-2.0

/// What went wrong with a sector, in words for its operator: message, and where there is one the command that repairs it.
package struct PluginHostError: Error, Sendable, CustomStringConvertible {
    /// What kind of problem it is; callers that decide, decide by this.
    package struct Code: Hashable, Sendable {
        package let name: String

        package static let folder = Code(name: "folder")
        package static let ownership = Code(name: "ownership")
        package static let manifest = Code(name: "manifest")
        package static let clash = Code(name: "clash")
        package static let signature = Code(name: "signature")
        package static let parameters = Code(name: "parameters")
        package static let confinement = Code(name: "confinement")
        package static let launch = Code(name: "launch")
        package static let protocolMismatch = Code(name: "protocolMismatch")
        package static let unknownSector = Code(name: "unknownSector")
    }

    package var code: Code
    /// What, in one sentence, without record data.
    package var message: String
    /// What the operator can do, as a command where there is one.
    package var hint: String?

    package init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    package var description: String {
        guard let hint else { return message }
        return "\(message). Repair: \(hint)"
    }
}
