// A YAML document as a tree that knows its lines, read by libyaml.
// SPDX-License-Identifier: Apache-2.0
import CLibYAML

/// One node of a YAML document. Scalars stay text: the reader of a setting knows what it should be.
struct YAMLNode {
    enum Content {
        /// `isPlain` is false for quoted text, so that "null" in quotes is text.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        case mapping([(key: YAMLNode, value: YAMLNode)])
    }

    /// Why a text is not YAML.
    struct Problem: Error {
        var message: String
        /// Counted from 1.
        var line: Int
    }

    var content: Content
    /// Counted from 1.
    var line: Int

    private static let maximumDepth = 32

    /// The first document of a text; nil when the text holds none.
    static func read(_ text: String) throws(Problem) -> YAMLNode? {
        var parser = yaml_parser_t()
        guard yaml_parser_initialize(&parser) == 1 else { throw Problem(message: "out of memory", line: 1) }
        defer { yaml_parser_delete(&parser) }
        let bytes = Array(text.utf8)
        let result = bytes.withUnsafeBufferPointer { buffer in
            Result { () throws(Problem) in
                yaml_parser_set_input_string(&parser, buffer.baseAddress, buffer.count)
                return try load(&parser)
            }
        }
        return try result.get()
    }

    private static func load(_ parser: inout yaml_parser_t) throws(Problem) -> YAMLNode? {
        var document = yaml_document_t()
        guard yaml_parser_load(&parser, &document) == 1 else {
            let message = parser.problem.map { String(cString: $0) } ?? "unreadable"
            throw Problem(message: message, line: Int(parser.problem_mark.line) + 1)
        }
        defer { yaml_document_delete(&document) }
        guard let root = yaml_document_get_root_node(&document) else { return nil }
        return try node(root.pointee, in: &document, depth: 0)
    }

    private static func node(
        _ raw: yaml_node_t,
        in document: inout yaml_document_t,
        depth: Int
    ) throws(Problem) -> YAMLNode {
        let line = Int(raw.start_mark.line) + 1
        guard depth < maximumDepth else { throw Problem(message: "nested too deeply", line: line) }
        switch raw.type {
        case YAML_SCALAR_NODE:
            let scalar = raw.data.scalar
            let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            return YAMLNode(
                content: .scalar(text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE),
                line: line
            )
        case YAML_SEQUENCE_NODE:
            var elements: [YAMLNode] = []
            let items = raw.data.sequence.items
            for index in UnsafeBufferPointer(start: items.start, count: items.top - items.start) {
                elements.append(try child(index, in: &document, depth, line))
            }
            return YAMLNode(content: .sequence(elements), line: line)
        default:
            var members: [(key: YAMLNode, value: YAMLNode)] = []
            let pairs = raw.data.mapping.pairs
            for pair in UnsafeBufferPointer(start: pairs.start, count: pairs.top - pairs.start) {
                let key = try child(pair.key, in: &document, depth, line)
                if let name = key.text, members.contains(where: { $0.key.text == name }) {
                    throw Problem(message: "the setting `\(name)` is given twice", line: key.line)
                }
                members.append((key, try child(pair.value, in: &document, depth, line)))
            }
            return YAMLNode(content: .mapping(members), line: line)
        }
    }

    private static func child(
        _ index: Int32,
        in document: inout yaml_document_t,
        _ depth: Int,
        _ line: Int
    ) throws(Problem) -> YAMLNode {
        guard let raw = yaml_document_get_node(&document, index) else {
            throw Problem(message: "a node is missing", line: line)
        }
        return try node(raw.pointee, in: &document, depth: depth + 1)
    }

    /// The text of a scalar; nil for anything else.
    var text: String? {
        if case .scalar(let text, _) = content { text } else { nil }
    }

    /// Nothing, `~` or `null`, unquoted.
    var isNull: Bool {
        if case .scalar(let text, isPlain: true) = content { ["", "~", "null"].contains(text) } else { false }
    }

    var elements: [YAMLNode]? {
        if case .sequence(let elements) = content { elements } else { nil }
    }

    var members: [(key: YAMLNode, value: YAMLNode)]? {
        if case .mapping(let members) = content { members } else { nil }
    }

    /// The value of a member of a mapping.
    subscript(name: String) -> YAMLNode? { members?.first { $0.key.text == name }?.value }
}
