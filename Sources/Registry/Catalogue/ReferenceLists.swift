// Loads reference lists that are kept by version: papers, completeness, terms, levels of cadres.
// SPDX-License-Identifier: Apache-2.0
internal import PostgresClient

/// A reference list of which several versions are kept: the one with the latest `valid_from` up to a day is in force.
///
/// A file replaces the rows of the versions that it holds; versions that it does not name stay, so that what was decided
/// under them can be decided again.
struct ReferenceList {
    let file: String
    let table: String
    /// Column of the file, column of the table, and the type it is read as; empty cells become null when nullable.
    let columns: [(file: String, table: String, expression: String)]

    static let all: [ReferenceList] = [
        ReferenceList(
            file: "posyandu-documents.csv",
            table: "document_kind",
            columns: [
                text("version"), date("valid_from"), text("code"), text("name"),
                ("required", "is_required", "::boolean"), ("has_term", "has_term", "::boolean"), text("actor"),
                text("source"),
            ]
        ),
        ReferenceList(
            file: "posyandu-completeness.csv",
            table: "completeness_item",
            columns: [
                text("version"), date("valid_from"), text("code"), text("state"), text("section"), text("name"),
                text("actor"), number("months"), text("source"),
            ]
        ),
        ReferenceList(
            file: "cadre-term-rules.csv",
            table: "term_rule",
            columns: [
                text("version"), date("valid_from"), text("kind"), text("code"), number("value"), text("meaning"),
                text("source"),
            ]
        ),
        ReferenceList(
            file: "kader-levels.csv",
            table: "level_rule",
            columns: [
                text("version"), date("valid_from"), text("level"), ("rank", "rank", "::smallint"), text("rule"),
                text("group_code"), number("least"), text("meaning"), text("source"),
            ]
        ),
    ]

    private static func text(_ name: String) -> (String, String, String) { (name, name, "") }
    private static func date(_ name: String) -> (String, String, String) { (name, name, "::date") }
    private static func number(_ name: String) -> (String, String, String) { (name, name, "::int") }

    /// Returns the number of rows added, changed or taken away.
    func load(_ connection: isolated PostgresConnection, folder: String) throws -> Int {
        let given = try ReferenceData.read(.file("\(folder)/\(file)"), columns.map(\.file))
        let names = columns.map(\.table).joined(separator: ", ")
        let values = columns.map { column in
            column.expression == "::int" ? "nullif(\(column.table), '')::int" : column.table + column.expression
        }
        let arrays = columns.indices.map { "$\($0 + 1)::text[]" }.joined(separator: ", ")
        let rows = """
            with named (\(names)) as (
                select \(values.joined(separator: ", ")) from unnest(\(arrays)) as cells (\(names)))
            """
        let gone = try connection.execute(
            """
            \(rows)
            delete from registry.\(table) old where version in (select version from named)
                and not exists (select from named new where \(Self.same(columns.map(\.table))))
            """,
            given
        )
        let added = try connection.execute(
            """
            \(rows)
            insert into registry.\(table) (\(names)) select \(names) from named on conflict do nothing
            """,
            given
        )
        return gone + added
    }

    private static func same(_ columns: [String]) -> String {
        columns.map { "new.\($0) is not distinct from old.\($0)" }.joined(separator: " and ")
    }
}
