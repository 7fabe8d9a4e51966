// A JSON value as Foundation reads it, with the types a checker asks for.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Any JSON value. Integers and other numbers are told apart.
enum Node: Codable, Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case list([Node])
    case object([String: Node])

    init(from decoder: any Decoder) throws {
        // What documents are full of comes first: a type that does not fit is an error that Foundation makes, with its path.
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode([Node].self) {
            self = .list(value)
        } else if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else {
            self = .object(try container.decode([String: Node].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .list(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    /// The value of some bytes; `nil` when they are no JSON.
    static func read(_ data: Data) -> Node? { try? JSONDecoder().decode(Node.self, from: data) }

    var bytes: Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)) ?? Data("null".utf8)
    }

    subscript(name: String) -> Node? { object?[name] }

    var object: [String: Node]? {
        if case .object(let value) = self { return value }
        return nil
    }

    var list: [Node]? {
        if case .list(let value) = self { return value }
        return nil
    }

    var string: String? {
        if case .string(let value) = self { return value }
        return nil
    }

    var integer: Int? {
        if case .integer(let value) = self { return value }
        return nil
    }
}
