// Fills placeholders of a template, each value made safe for where it stands.
// SPDX-License-Identifier: Apache-2.0

internal import PluginKit
internal import Workbook

enum TemplateText {
    /// Replaces each `{name}` that `values` knows; everything else, other braces too, stays as it is. A value is never
    /// looked at again, so that nothing in it can be a placeholder.
    static func fill(_ template: String, _ values: [String: String], _ escape: (String) -> String) -> String {
        var result = ""
        var rest = template[...]
        while let open = rest.firstIndex(of: "{") {
            result += rest[..<open]
            let inside = rest[rest.index(after: open)...]
            if let close = inside.firstIndex(where: { !isName($0) }), inside[close] == "}",
                let value = values[String(inside[..<close])]
            {
                result += escape(value)
                rest = inside[inside.index(after: close)...]
            } else {
                result += "{"
                rest = inside
            }
        }
        return result + rest
    }

    private static func isName(_ character: Character) -> Bool { character == "_" || ("a"..."z").contains(character) }

    static func escaped(_ value: String, _ escape: HTTPTemplate.Escape) -> String {
        switch escape {
        case .json:
            var writer = JSONWriter()
            writer.string(value)
            return String(decoding: writer.bytes.dropFirst().dropLast(), as: UTF8.self)
        case .xml: return XMLText.escaped(value)
        case .csv:
            guard value.contains(where: { "\",;\n\r".contains($0) }) else { return value }
            return "\"" + value.replacing("\"", with: "\"\"") + "\""
        case .form: return PathText.encoded(value)
        case .none: return value
        }
    }
}

/// RFC 6901.
enum JSONPointer {
    /// What a pointer leads to; the empty one is the whole.
    static func value(_ root: JSONValue, _ pointer: String) -> JSONValue? {
        if pointer.isEmpty { return root }
        guard pointer.hasPrefix("/") else { return nil }
        var value = root
        for part in pointer.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            let name = String(part).replacing("~1", with: "/").replacing("~0", with: "~")
            let next: JSONValue?
            if let list = value.array {
                next = Int(name).flatMap { list.indices.contains($0) ? list[$0] : nil }
            } else {
                next = value[name]
            }
            guard let next else { return nil }
            value = next
        }
        return value
    }

    /// A text, a number as written, `true`, `false` or `null`.
    static func text(_ root: JSONValue, _ pointer: String) -> String? {
        guard let value = value(root, pointer) else { return nil }
        if let text = value.text { return text }
        if let flag = value.bool { return flag ? "true" : "false" }
        return value.isNull ? "null" : nil
    }
}
