// Where text for people and programs goes.
// SPDX-License-Identifier: Apache-2.0

import Glibc
import PluginKit

/// Standard output and standard error of a command.
struct Console: Sendable {
    let out: @Sendable ([UInt8]) -> Void
    let err: @Sendable ([UInt8]) -> Void
    /// Whether the output may carry bold text: a terminal that wants it.
    let isStyled: Bool
    /// Whether the standard error is a terminal, so that a line of progress can be drawn over.
    let isInteractive: Bool

    static func standard() -> Console {
        let isDumb = getenv("TERM").map { String(cString: $0) == "dumb" } ?? true
        return Console(
            out: { write($0, to: 1) },
            err: { write($0, to: 2) },
            isStyled: isatty(1) == 1 && getenv("NO_COLOR") == nil && !isDumb,
            isInteractive: isatty(2) == 1 && !isDumb
        )
    }

    /// Prints text and a line feed.
    func print(_ text: String) { out(Array(text.utf8) + [UInt8(ascii: "\n")]) }

    /// Prints text and a line feed on the standard error.
    func note(_ text: String) { err(Array(text.utf8) + [UInt8(ascii: "\n")]) }

    /// Prints an answer: as it came for programs, else as the report makes it.
    /// - Parameter report: takes the answer and whether bold text is welcome.
    func show(_ answer: JSONValue, json: Bool, _ report: (JSONValue, Bool) -> String) {
        print(json ? answer.description : report(answer, isStyled))
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }  // the reader has gone: there is nobody left to tell
            rest = rest.dropFirst(count)
        }
    }
}
