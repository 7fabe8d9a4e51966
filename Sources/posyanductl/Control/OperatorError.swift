// What went wrong, in words for the operator.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Ends the command with status 1; ArgumentParser prints ``description`` after `Error: `.
struct OperatorError: Error, Hashable, CustomStringConvertible {
    /// What, in one sentence.
    var message: String
    /// What to do about it, as a command where there is one.
    var hint: String?

    init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }

    var description: String { hint.map { "\(message)\nHint: \($0)" } ?? message }
}

extension OperatorError {
    /// The daemon's refusal: its message and hint, or what the status alone says.
    init(status: Int, answer: JSONValue?) {
        guard let error = answer?["error"], let message = error["message"]?.string, !message.isEmpty else {
            switch status {
            case 404:
                self.init(
                    "the daemon does not know this request (404)",
                    hint: "posyanductl and posyandud may be of different versions: posyanductl version"
                )
            case 413: self.init("the file is too large for the daemon (413)", hint: "split it and send the parts")
            default:
                self.init(
                    "the daemon answered \(status) and gave no reason",
                    hint: "journalctl -u posyandud --since -5min"
                )
            }
            return
        }
        let code = error["code"]?.string.map { " (\(Printable.line($0)))" } ?? ""
        self.init(Printable.line(message) + code, hint: error["hint"]?.string.map(Printable.line))
    }
}
