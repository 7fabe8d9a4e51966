// Cuts a peer's words before they are kept or shown: no credentials, no control characters, no more than needed.
// SPDX-License-Identifier: Apache-2.0

/// What is kept of replies.
package enum Scrub {
    /// Bytes of a reply that the attempt log keeps.
    package static let keptBytes = 4096

    /// One line of at most 300 characters.
    package static func words(_ text: String) -> String {
        let line = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) }
        return hideDigits(String(line.prefix(300)))
    }

    /// The head of a reply as text, with every occurrence of the secrets replaced, and long digit runs (a NIK that an
    /// endpoint echoes) hidden.
    package static func head(_ body: [UInt8], secrets: [String]) -> String {
        // Cut after replacing: a secret that straddles the cut must not leave its first half behind.
        var bytes = body
        for secret in secrets where secret.utf8.count >= 4 { replace(Array(secret.utf8), in: &bytes) }
        let text = String(decoding: bytes.prefix(keptBytes), as: UTF8.self)
        return hideDigits(text.replacingNULs())
    }

    private static func replace(_ secret: [UInt8], in bytes: inout [UInt8]) {
        var index = 0
        while index + secret.count <= bytes.count {
            if bytes[index] == secret[0], bytes[index..<index + secret.count].elementsEqual(secret) {
                bytes.replaceSubrange(index..<index + secret.count, with: "‹redacted›".utf8)
                index += "‹redacted›".utf8.count
            } else {
                index += 1
            }
        }
    }

    /// Sixteen or more digits in a row become `‹digits›`.
    private static func hideDigits(_ text: String) -> String {
        var result = ""
        var run = ""
        for character in text {
            if character.isASCII, character.isNumber {
                run.append(character)
            } else {
                result += run.utf8.count >= 16 ? "‹digits›" : run
                run = ""
                result.append(character)
            }
        }
        return result + (run.utf8.count >= 16 ? "‹digits›" : run)
    }
}

extension String {
    /// PostgreSQL's text holds no NUL.
    fileprivate func replacingNULs() -> String {
        utf8.contains(0) ? String(map { $0 == "\0" ? " " : $0 }) : self
    }
}
