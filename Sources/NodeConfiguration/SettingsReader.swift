// Reads settings from a YAML tree and collects findings with line numbers instead of stopping at the first.
// SPDX-License-Identifier: Apache-2.0

/// A view of one mapping of a YAML file; every read names the setting, so that a complaint can name its line.
///
/// A value in the environment wins over the file: setting `listen.port` is `POSYANDUD_LISTEN_PORT`.
final class SettingsReader {
    private let file: String
    private let environment: [String: String]
    private(set) var findings: [ConfigurationFinding] = []

    init(file: String, environment: [String: String]) {
        self.file = file
        self.environment = environment
    }

    /// Parses a whole document; nil when it is not YAML or its top is not a mapping.
    func parse(_ text: String) -> Section? {
        do throws(YAMLNode.Problem) {
            guard let node = try YAMLNode.read(text) else { return Section(reader: self, path: "", node: nil) }
            guard node.members != nil else {
                complain(node, "", "the file is not a mapping of settings.", "start with a line like `node:`")
                return nil
            }
            return Section(reader: self, path: "", node: node)
        } catch {
            findings.append(
                ConfigurationFinding(
                    file: file,
                    line: error.line,
                    setting: "",
                    message: "not valid YAML: \(error.message).",
                    fix: "check indentation, quotes and colons near this line"
                )
            )
            return nil
        }
    }

    fileprivate func complain(_ node: YAMLNode?, _ setting: String, _ message: String, _ fix: String) {
        findings.append(.init(file: file, line: node?.line, setting: setting, message: message, fix: fix))
    }

    fileprivate func override(_ setting: String) -> String? {
        environment["POSYANDUD_" + setting.uppercased().replacing(".", with: "_").replacing("-", with: "_")]
    }

    /// One mapping inside the file.
    struct Section {
        let reader: SettingsReader
        let path: String
        let node: YAMLNode?

        private func full(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
        private func child(_ key: String) -> YAMLNode? { node?[key] }

        /// Line of a setting, for complaints that only the caller can make.
        func complain(_ key: String, _ message: String, _ fix: String) {
            reader.complain(child(key) ?? node, full(key), message, fix)
        }

        /// Complains about every key that is not among the known ones.
        func allow(_ keys: [String]) {
            for (key, _) in node?.members ?? [] {
                guard let name = key.text, !keys.contains(name) else { continue }
                let near = keys.first { $0.lowercased().prefix(3) == name.lowercased().prefix(3) }
                reader.complain(
                    key,
                    full(name),
                    "there is no such setting.",
                    near.map { "did you mean `\($0)`?" } ?? "known here: \(keys.joined(separator: ", "))"
                )
            }
        }

        func section(_ key: String) -> Section {
            let node = child(key)
            if let node, node.members == nil, !node.isNull {
                reader.complain(
                    node,
                    full(key),
                    "a group of settings is expected.",
                    "indent the settings below `\(key):`"
                )
            }
            return Section(reader: reader, path: full(key), node: node)
        }

        /// The mappings of a list.
        func sections(_ key: String) -> [Section] {
            guard let node = child(key), !node.isNull else { return [] }
            guard let elements = node.elements else {
                reader.complain(node, full(key), "a list is expected.", "write `- name: …` below `\(key):`")
                return []
            }
            return elements.enumerated().compactMap { index, element in
                let place = "\(full(key))[\(index)]"
                if element.members == nil {
                    reader.complain(element, place, "a group of settings is expected.", "write `- name: …`")
                    return nil
                }
                return Section(reader: reader, path: place, node: element)
            }
        }

        /// Line of this mapping in the file.
        var line: Int { node?.line ?? 1 }

        func has(_ key: String) -> Bool { child(key) != nil }

        /// A list of values, or a single one.
        func oneOrMore(_ key: String) -> [String] { child(key)?.text.map { [$0] } ?? texts(key) }

        /// A decimal number as it is written; nil when it is not there.
        func decimalText(_ key: String) -> String? {
            guard let text = optionalText(key) else { return nil }
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            let isDecimal =
                parts.count <= 2 && text.utf8.count <= 15
                && parts.allSatisfy {
                    !$0.isEmpty && $0.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
                }
            if !isDecimal { complain(key, "`\(text)` is not a number.", "for example 0.25") }
            return isDecimal ? text : nil
        }

        /// Single values by name; those of a group inside by `group.name`; a list becomes its values with spaces between.
        func flat() -> [String: String] {
            var values: [String: String] = [:]
            for (key, value) in node?.members ?? [] {
                guard let name = key.text else { continue }
                if let members = value.members {
                    for member in members {
                        guard let inner = member.key.text, let text = member.value.text else {
                            reader.complain(
                                member.value,
                                full(name),
                                "a single value is expected.",
                                "write `name: value`"
                            )
                            continue
                        }
                        values["\(name).\(inner)"] = text
                    }
                } else if let elements = value.elements {
                    values[name] = elements.compactMap(\.text).joined(separator: " ")
                } else if let text = value.text, !value.isNull {
                    values[name] = text
                }
            }
            return values
        }

        /// Names of the members of this mapping, in the order of the file.
        var keys: [String] { node?.members?.compactMap { $0.key.text } ?? [] }

        func optionalText(_ key: String) -> String? {
            if let value = reader.override(full(key)) { return value }
            guard let node = child(key), !node.isNull else { return nil }
            guard let text = node.text else {
                reader.complain(node, full(key), "a single value is expected.", "write `\(key): value`")
                return nil
            }
            return text
        }

        func text(_ key: String, default fallback: String? = nil) -> String {
            if let value = optionalText(key), !value.isEmpty { return value }
            if let fallback { return fallback }
            reader.complain(node, full(key), "the setting is missing.", "add `\(key): …` under `\(path)`")
            return ""
        }

        func integer(_ key: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
            guard let text = optionalText(key) else { return fallback }
            guard let value = Int(text), range.contains(value) else {
                complain(
                    key,
                    "`\(text)` is not a whole number from \(range.lowerBound) to \(range.upperBound).",
                    "for example \(fallback)"
                )
                return fallback
            }
            return value
        }

        func decimal(_ key: String, default fallback: Double, in range: ClosedRange<Double>) -> Double {
            guard let text = optionalText(key) else { return fallback }
            guard let value = Double(text), range.contains(value) else {
                complain(
                    key,
                    "`\(text)` is not a number from \(range.lowerBound) to \(range.upperBound).",
                    "for example \(fallback)"
                )
                return fallback
            }
            return value
        }

        func flag(_ key: String, default fallback: Bool) -> Bool {
            guard let text = optionalText(key) else { return fallback }
            switch text {
            case "true", "yes", "on": return true
            case "false", "no", "off": return false
            default:
                complain(key, "`\(text)` is neither true nor false.", "write true or false")
                return fallback
            }
        }

        func choice(_ key: String, default fallback: String, of choices: [String]) -> String {
            let value = text(key, default: fallback)
            guard choices.contains(value) else {
                complain(key, "`\(value)` is not known.", "one of \(choices.joined(separator: ", "))")
                return fallback
            }
            return value
        }

        func texts(_ key: String, default fallback: [String] = []) -> [String] {
            if let value = reader.override(full(key)) { return value.split(separator: ",").map(String.init) }
            guard let node = child(key), !node.isNull else { return fallback }
            guard let sequence = node.elements else {
                reader.complain(node, full(key), "a list is expected.", "write `\(key): [first, second]`")
                return fallback
            }
            return sequence.compactMap { item in
                guard let text = item.text else {
                    reader.complain(item, full(key), "a list of single values is expected.", "one value per entry")
                    return nil
                }
                return text
            }
        }
    }
}
