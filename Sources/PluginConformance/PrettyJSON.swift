// JSON as a person writes it.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// JSON with two spaces of indent; what fits into a line stays on one.
enum PrettyJSON {
    private static let width = 110

    static func text(_ value: JSONValue) -> String { lines(value, indent: 0) + "\n" }

    private static func lines(_ value: JSONValue, indent: Int) -> String {
        let flat = String(decoding: compact(value), as: UTF8.self)
        if flat.utf8.count + indent <= width && !flat.contains("\n") && indent > 0 { return flat }
        let inner = String(repeating: " ", count: indent + 2)
        let outer = String(repeating: " ", count: indent)
        switch value {
        case .object(let object) where !object.isEmpty:
            let members = object.members.map { member in
                let name = String(decoding: compact(.string(member.name)), as: UTF8.self)
                return "\(inner)\(name): \(lines(member.value, indent: indent + 2))"
            }
            return "{\n\(members.joined(separator: ",\n"))\n\(outer)}"
        case .array(let elements) where !elements.isEmpty:
            let parts = elements.map { inner + lines($0, indent: indent + 2) }
            return "[\n\(parts.joined(separator: ",\n"))\n\(outer)]"
        default:
            return flat
        }
    }

    private static func compact(_ value: JSONValue) -> [UInt8] {
        var writer = JSONWriter()
        writer.value(value)
        return writer.bytes
    }
}
