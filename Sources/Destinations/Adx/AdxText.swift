// ADX as text: values into groups of one area each, and back.
// SPDX-License-Identifier: Apache-2.0

internal import PluginKit
internal import Summaries
internal import Workbook

/// Writes and reads the documents of ``Adx``. It reads what it wrote, not any XML.
struct AdxText {
    private let settings: DestinationSettings
    /// Attributes in ADX by code of the disaggregation.
    private let categories: [String: [Attribute]]

    struct Attribute: Hashable {
        var name: String
        var value: String
    }

    init(_ settings: DestinationSettings) {
        self.settings = settings
        var categories: [String: [Attribute]] = [:]
        for (name, value) in settings.dialect.options where name.hasPrefix("category.") {
            categories[String(name.dropFirst("category.".count))] = Self.attributes(value)
        }
        self.categories = categories
    }

    /// `GENDER=F AGE=0_4`; a word without `=` is none.
    private static func attributes(_ words: String) -> [Attribute] {
        words.split(separator: " ").compactMap { word in
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, isName(String(parts[0])), !parts[1].isEmpty else { return nil }
            return Attribute(name: String(parts[0]), value: String(parts[1]))
        }.sorted { ($0.name, $0.value) < ($1.name, $1.value) }
    }

    /// Letters, digits and `_`, not beginning with a digit, and none of ADX's own names.
    private static func isName(_ text: String) -> Bool {
        let isLetter: (UInt8) -> Bool = { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A || $0 == 0x5F }
        guard let first = text.utf8.first, isLetter(first), text != "dataElement", text != "value" else { return false }
        return text.utf8.allSatisfy { isLetter($0) || ($0 >= 0x30 && $0 <= 0x39) }
    }

    // MARK: Writing

    /// - Parameter values: sorted by area.
    func bytes(_ values: ArraySlice<ValueRow>, _ source: SnapshotRows) throws(PlanError) -> [UInt8] {
        let exported = LocalTime.text(source.snapshot.createdAt, source.snapshot.utcOffsetSeconds)
        let duration =
            switch source.period.kind {
            case .month: "P1M"
            case .quarter: "P3M"
            case .year: "P1Y"
            }
        let period = settings.dialect.text(source.period, usual: "{start}/\(duration)")
        let dataSet = settings.dialect.options["data_set"] ?? ""
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        text += "<adx xmlns=\"urn:ihe:qrph:adx:2015\" exported=\"\(exported)\">\n"
        var area: String?
        for value in values {
            if value.area != area {
                if area != nil { text += "</group>\n" }
                text += "<group"
                try Self.append("orgUnit", value.area, to: &text)
                try Self.append("dataSet", dataSet, to: &text)
                try Self.append("period", period, to: &text)
                text += ">\n"
                area = value.area
            }
            text += "<dataValue"
            try Self.append("dataElement", value.code, to: &text)
            try Self.append("value", value.value, to: &text)
            for attribute in try disaggregation(value.option) {
                try Self.append(attribute.name, attribute.value, to: &text)
            }
            text += "/>\n"
        }
        if area != nil { text += "</group>\n" }
        text += "</adx>\n"
        return Array(text.utf8)
    }

    private func disaggregation(_ option: String) throws(PlanError) -> [Attribute] {
        if option.isEmpty { return [] }
        guard let attributes = categories[option], !attributes.isEmpty else {
            throw PlanError(.unusable, "disaggregation \(option) has no attributes: set options.category.\(option)")
        }
        return attributes
    }

    private static func append(_ name: String, _ value: String, to text: inout String) throws(PlanError) {
        guard XMLText.isWritable(value) else {
            throw PlanError(.unusable, "\(name) has a character that XML cannot hold")
        }
        text += " \(name)=\"\(XMLText.escaped(value))\""
    }

    // MARK: Reading

    /// The values of a document of ours; nil when it is none, or has a disaggregation that the settings no longer name.
    func values(_ bytes: [UInt8]) -> [ValueRow]? {
        var codes: [[Attribute]: String] = [:]
        for (code, attributes) in categories.sorted(by: { $0.key > $1.key }) { codes[attributes] = code }
        var area: String?
        var values: [ValueRow] = []
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard lines.count >= 3, lines[1].hasPrefix("<adx "), lines.last == "</adx>" else { return nil }
        for line in lines.dropFirst(2).dropLast() {
            if line == "</group>" {
                area = nil
            } else if line.hasPrefix("<group ") {
                area = Self.read(line).first { $0.name == "orgUnit" }?.value
            } else {
                let attributes = Self.read(line)
                guard line.hasPrefix("<dataValue "), let area, attributes.count >= 2,
                    attributes[0].name == "dataElement", attributes[1].name == "value"
                else { return nil }
                let rest = Array(attributes.dropFirst(2))
                guard let option = rest.isEmpty ? "" : codes[rest] else { return nil }
                values.append(
                    ValueRow(code: attributes[0].value, area: area, option: option, value: attributes[1].value)
                )
            }
        }
        return values
    }

    /// The attributes of one line: names and quoted values, as ``append(_:_:to:)`` writes them.
    private static func read(_ line: Substring) -> [Attribute] {
        let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
        var attributes: [Attribute] = []
        var index = 0
        while index + 1 < parts.count {
            let name = parts[index].split(separator: " ").last.map { $0.dropLast() } ?? ""
            attributes.append(Attribute(name: String(name), value: unescaped(parts[index + 1])))
            index += 2
        }
        return attributes
    }

    private static func unescaped(_ text: Substring) -> String {
        let marks = [
            ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#9;", "\t"), ("&#10;", "\n"),
            ("&#13;", "\r"), ("&amp;", "&"),
        ]
        var result = String(text)
        for (mark, character) in marks { result = result.replacing(mark, with: character) }
        return result
    }
}
