// Keeps what somebody wrote out of the answers that say why a message was refused.
// SPDX-License-Identifier: Apache-2.0
import PluginKit

/// Rejections are kept in the clear and shown to every operator. A rule may quote a field's name and its own words, never
/// what the message says where that could lead to a person.
enum RejectionText {
    /// The violations without any text of `data` or `person`, for a message that is sealed in the log.
    static func withoutQuotes(_ violations: [Violation], of message: Message?, isSealed: Bool) -> [Violation] {
        guard isSealed else { return violations }
        let texts = message.map { quotable($0) } ?? []
        return violations.map { violation in
            let field = violation.field.map { isName($0) ? $0 : "?" }
            let quotes = texts.contains { violation.message.contains($0) }
            return Violation(
                isName(violation.code) ? violation.code : "?",
                field: field,
                quotes ? "isian ini tidak memenuhi aturan; isinya dirahasiakan" : violation.message
            )
        }
    }

    /// Texts of three characters and more, wherever they stand; shorter ones would hide sentences without need. States and
    /// choices are among them only when they are no plain word of the manifests, so that a rule may name them.
    private static func quotable(_ message: Message) -> [String] {
        var found: [String] = []
        func collect(_ value: JSONValue) {
            if let text = value.string {
                if text.utf8.count >= 3, !isName(text) { found.append(text) }
            } else if let list = value.array {
                list.forEach(collect)
            } else if let object = value.object {
                for member in object.members {
                    if !isName(member.name) { found.append(member.name) }
                    collect(member.value)
                }
            } else if let number = value.decimal, number.description.utf8.count >= 6 {
                found.append(number.description)
            }
        }
        for bytes in [message.data, message.person ?? []] {
            if let value = try? JSONParser.parse(bytes) { collect(value) }
        }
        return found
    }

    /// Names of fields and codes: `isian.wajib`, `person.nik`, `dari`. A word that somebody wrote may look the same, so a
    /// text counts as a name only in small letters, with a letter first and at most 40 long.
    private static func isName(_ text: String) -> Bool {
        guard (1...40).contains(text.utf8.count), let first = text.utf8.first, first &- UInt8(ascii: "a") < 26 else {
            return false
        }
        return text.utf8.allSatisfy {
            $0 &- UInt8(ascii: "a") < 26 || $0 &- UInt8(ascii: "0") < 10 || $0 == UInt8(ascii: "_")
                || $0 == UInt8(ascii: ".")
        }
    }
}
