// The group `template` of a destination file: an interface as data, with every placeholder and pointer checked.
// SPDX-License-Identifier: Apache-2.0

extension DestinationFile {
    /// What `http-template` sends, how it reads answers, and how it asks back.
    package struct Template: Sendable, Hashable {
        /// One line of the classification; the first that fits decides.
        package struct Rule: Sendable, Hashable {
            /// `check`, `put`, `poll` or `read_back`; nil fits all.
            package var act: String?
            package var statuses: ClosedRange<Int>
            package var pointer: String?
            package var equals: String?
            /// As `ACK_FINAL`.
            package var outcome: String
        }

        package struct ReadBack: Sendable, Hashable {
            package var path: String
            /// Leads to the revision; nil when rows are compared.
            package var revision: String?
            package var rows: String
            package var sentRows: String
            package var code: String
            package var area: String
            package var value: String
            package var pageSize: Int
        }

        package var method: String
        package var path: String
        package var contentType: String
        package var escape: String
        package var body: String
        package var row: String
        package var ratioRow: String?
        package var separator: String
        package var transaction: String?
        package var message: String?
        package var rules: [Rule]
        package var poll: String?
        package var readBack: ReadBack?

        /// Placeholders of the body outside the rows.
        package static let bodyPlaceholders = [
            "kodepemda", "period", "start", "end", "year", "kind", "revision", "office", "version", "mapping_version",
            "nomenclature", "region_version", "created", "cutoff", "registered", "reported", "count", "rows",
        ]
        package static let rowPlaceholders = [
            "code", "sector", "area", "unit", "value", "status", "index", "option", "numerator",
        ]
        package static let ratioPlaceholders = rowPlaceholders + ["denominator"]
        package static let pathPlaceholders = ["kodepemda", "period", "start", "end", "year", "kind", "revision"]
        package static let pollPlaceholders = pathPlaceholders + ["transaction"]
        package static let readBackPlaceholders = pathPlaceholders + ["page", "offset", "limit"]

        package static let outcomes = [
            "ACK_FINAL", "ACK_PENDING", "PARTIAL", "DUPLICATE_OK", "RETRY_LATER", "AUTH", "WINDOW_CLOSED", "STALE",
            "TOO_BIG", "REJECTED", "CONTRACT_DRIFT",
        ]
    }

    static func template(_ top: SettingsReader.Section, _ kind: Kind) -> Template? {
        let section = top.section("template")
        guard kind.name == "http-template" else {
            if top.has("template") {
                top.complain("template", "only kind http-template has a template.", "remove it, or change the kind")
            }
            return nil
        }
        section.allow([
            "method", "path", "content_type", "escape", "body", "row", "row_ratio", "separator", "transaction",
            "message", "classify", "poll", "read_back",
        ])
        let type = section.text("content_type", default: "application/json")
        let usual = ["json", "xml", "csv"].first { type.contains($0) } ?? (type.contains("form") ? "form" : "none")
        let body = text(section, "body", Template.bodyPlaceholders)
        if !body.isEmpty, Placeholders.names(body).count(where: { $0 == "rows" }) != 1 {
            section.complain("body", "the rows have no place in it, or more than one.", "write {rows} once")
        }
        let poll = section.section("poll")
        poll.allow(["path"])
        let result = Template(
            method: section.choice("method", default: "PUT", of: ["PUT", "POST"]),
            path: path(section, Template.pathPlaceholders),
            contentType: type,
            escape: section.choice("escape", default: usual, of: ["json", "xml", "csv", "form", "none"]),
            body: body,
            row: text(section, "row", Template.rowPlaceholders),
            ratioRow: section.has("row_ratio") ? text(section, "row_ratio", Template.ratioPlaceholders) : nil,
            separator: section.optionalText("separator") ?? (usual == "json" ? "," : ""),
            transaction: pointer(section, "transaction"),
            message: pointer(section, "message"),
            rules: rules(section),
            poll: section.has("poll") ? path(poll, Template.pollPlaceholders) : nil,
            readBack: section.has("read_back") ? readBack(section.section("read_back")) : nil
        )
        if result.rules.contains(where: { $0.outcome == "ACK_PENDING" }),
            result.poll == nil || result.transaction == nil
        {
            section.complain(
                "classify",
                "a rule says ACK_PENDING, but nothing can be polled.",
                "give `transaction` (a pointer) and `poll: {path: …}`"
            )
        }
        return result
    }

    private static func text(_ section: SettingsReader.Section, _ key: String, _ known: [String]) -> String {
        let text = section.text(key)
        for name in Placeholders.names(text) where !known.contains(name) {
            section.complain(
                key,
                "there is no placeholder `{\(name)}` here.",
                "known here: \(known.map { "{\($0)}" }.joined(separator: " "))"
            )
        }
        return text
    }

    private static func path(_ section: SettingsReader.Section, _ known: [String]) -> String {
        let path = text(section, "path", known)
        if !path.isEmpty, !path.hasPrefix("/") || path.hasPrefix("//") || path.contains("#") || path.contains(" ") {
            section.complain(
                "path",
                "a path begins with one slash and holds no blank and no #.",
                "for example /v1/{period}"
            )
        }
        return path
    }

    private static func pointer(_ section: SettingsReader.Section, _ key: String) -> String? {
        guard let text = section.optionalText(key) else { return nil }
        if !text.isEmpty, !text.hasPrefix("/") {
            section.complain(key, "`\(text)` is no JSON pointer.", "begin it with a slash, as /data/status")
        }
        return text
    }

    private static func rules(_ section: SettingsReader.Section) -> [Template.Rule] {
        let rules = section.sections("classify").map { entry in
            entry.allow(["act", "status", "pointer", "equals", "class"])
            if entry.has("equals"), !entry.has("pointer") {
                entry.complain("equals", "nothing says where the value stands.", "add `pointer: /…`")
            }
            return Template.Rule(
                act: entry.has("act") ? entry.choice("act", default: "put", of: ["put", "poll"]) : nil,
                statuses: statuses(entry),
                pointer: pointer(entry, "pointer"),
                equals: entry.optionalText("equals"),
                outcome: entry.choice("class", default: "CONTRACT_DRIFT", of: Template.outcomes)
            )
        }
        if rules.isEmpty {
            section.complain(
                "classify",
                "no answer would ever be taken.",
                "list rules such as {status: 200, class: ACK_FINAL}"
            )
        }
        return rules
    }

    /// `200`, `4xx`, `500-599`, `any`.
    private static func statuses(_ entry: SettingsReader.Section) -> ClosedRange<Int> {
        let text = entry.text("status")
        if text == "any" { return 100...599 }
        if text.utf8.count == 3, text.hasSuffix("xx"), let hundred = text.first?.wholeNumberValue,
            (1...5).contains(hundred)
        {
            return hundred * 100...hundred * 100 + 99
        }
        let bounds = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        if (1...2).contains(bounds.count), bounds.allSatisfy((100...599).contains),
            bounds[0] <= bounds[bounds.count - 1]
        {
            return bounds[0]...bounds[bounds.count - 1]
        }
        if !text.isEmpty { entry.complain("status", "`\(text)` is no status.", "write 200, 4xx, 500-599 or any") }
        return 0...0
    }

    private static func readBack(_ section: SettingsReader.Section) -> Template.ReadBack {
        section.allow(["path", "revision", "rows", "sent_rows", "code", "area", "value", "page_size"])
        let revision = pointer(section, "revision")
        let rows = pointer(section, "rows")
        if (revision == nil) == (rows == nil) {
            section.complain(
                "revision",
                "a read-back compares the revision or the rows.",
                "give one of `revision` and `rows`"
            )
        }
        func part(_ key: String) -> String {
            if rows != nil, !section.has(key) {
                section.complain(key, "the setting is missing.", "add a pointer inside a row, as `\(key): /\(key)`")
            }
            return pointer(section, key) ?? ""
        }
        return Template.ReadBack(
            path: path(section, Template.readBackPlaceholders),
            revision: revision,
            rows: rows ?? "",
            sentRows: pointer(section, "sent_rows") ?? rows ?? "",
            code: part("code"),
            area: part("area"),
            value: part("value"),
            pageSize: section.integer("page_size", default: 0, in: 0...100_000)
        )
    }
}

/// The names in braces of a template. Braces around anything but small letters and `_` are none: JSON is full of them.
enum Placeholders {
    static func names(_ text: String, anyCase: Bool = false) -> [String] {
        text.split(separator: "{", omittingEmptySubsequences: false).dropFirst().compactMap { part in
            guard let close = part.firstIndex(of: "}") else { return nil }
            let name = part[..<close]
            guard !name.isEmpty, anyCase || name.allSatisfy({ $0 == "_" || ("a"..."z").contains($0) }) else {
                return nil
            }
            return String(name)
        }
    }
}
