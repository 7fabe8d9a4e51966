// Reads an ADX document: elements and attributes of well-formed XML without a document type, and nothing else.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Groups of an `adx` element, as values of a data value set.
struct Adx: Sendable {
    struct Value: Sendable {
        var group: [String: String]
        var attributes: [String: String]
    }

    private(set) var values: [Value] = []

    /// `nil` when it is no well-formed ADX.
    init?(_ data: Data) {
        var scanner = Scanner(text: Array(String(decoding: data, as: UTF8.self).unicodeScalars))
        var open: [String] = []
        var group: [String: String] = [:]
        var isAdx = false
        while let tag = scanner.next() {
            switch tag {
            case .start(let name, let attributes, let isEmpty):
                switch (open.count, name) {
                case (0, "adx"):
                    guard !isAdx, attributes["xmlns"] == "urn:ihe:qrph:adx:2015", attributes["exported"] != nil else {
                        return nil
                    }
                    isAdx = true
                case (1, "group"): group = attributes
                case (2, "dataValue"): values.append(Value(group: group, attributes: attributes))
                case (3, "annotation"): break
                default: return nil
                }
                if !isEmpty { open.append(name) }
            case .end(let name):
                guard open.popLast() == name else { return nil }
            }
        }
        guard isAdx, open.isEmpty, scanner.isAtEnd else { return nil }
    }

    private enum Tag {
        case start(String, [String: String], isEmpty: Bool)
        case end(String)
    }

    private struct Scanner {
        let text: [Unicode.Scalar]
        var place = 0

        init(text: [Unicode.Scalar]) { self.text = text }

        var isAtEnd: Bool { place == text.count }

        /// The next tag; `nil` at the end and at the first thing that is no XML.
        mutating func next() -> Tag? {
            while place < text.count {
                if text[place] != "<" {
                    place += 1
                } else if starts("<?") {
                    guard skip(past: "?>") else { return nil }
                } else if starts("<!--") {
                    guard skip(past: "-->") else { return nil }
                } else if starts("</") {
                    place += 2
                    let name = self.name()
                    blanks()
                    guard take(">") else { return nil }
                    return .end(name)
                } else {
                    return element()
                }
            }
            return nil
        }

        private mutating func element() -> Tag? {
            let start = place
            place += 1
            let name = self.name()
            var attributes: [String: String] = [:]
            while true {
                blanks()
                if take("/>") { return name.isEmpty ? fail(start) : .start(name, attributes, isEmpty: true) }
                if take(">") { return name.isEmpty ? fail(start) : .start(name, attributes, isEmpty: false) }
                let key = self.name()
                blanks()
                guard !key.isEmpty, take("=") else { return fail(start) }
                blanks()
                guard let value = quoted(), attributes.updateValue(value, forKey: key) == nil else {
                    return fail(start)
                }
            }
        }

        private mutating func fail(_ start: Int) -> Tag? {
            place = start
            return nil
        }

        private mutating func quoted() -> String? {
            guard place < text.count, text[place] == "\"" || text[place] == "'" else { return nil }
            let quote = text[place]
            place += 1
            let start = place
            while place < text.count, text[place] != quote, text[place] != "<" { place += 1 }
            guard place < text.count, text[place] == quote else { return nil }
            var value = ""
            value.unicodeScalars.append(contentsOf: text[start..<place])
            place += 1
            for (entity, character) in [
                ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&"),
            ] {
                value = value.replacingOccurrences(of: entity, with: character)
            }
            return value
        }

        private mutating func name() -> String {
            var name = ""
            while place < text.count,
                text[place].properties.isAlphabetic || "0123456789_-.:".unicodeScalars.contains(text[place])
            {
                name.unicodeScalars.append(text[place])
                place += 1
            }
            return name
        }

        private mutating func blanks() {
            while place < text.count, text[place].properties.isWhitespace { place += 1 }
        }

        private func starts(_ mark: String) -> Bool {
            let scalars = Array(mark.unicodeScalars)
            return place + scalars.count <= text.count && Array(text[place..<place + scalars.count]) == scalars
        }

        private mutating func take(_ mark: String) -> Bool {
            guard starts(mark) else { return false }
            place += mark.unicodeScalars.count
            return true
        }

        private mutating func skip(past mark: String) -> Bool {
            while place < text.count {
                if take(mark) { return true }
                place += 1
            }
            return false
        }
    }
}
