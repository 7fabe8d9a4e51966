// The published JSON Schema against the reader, and the manifests in the repository against both.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import PluginKit

@Suite struct SchemaTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func schema() throws -> JSONValue {
        try JSONParser.parse(Array(try Data(contentsOf: Self.root.appending(path: "config/sector.schema.json"))))
    }

    private func names(_ object: JSONValue?) -> Set<String> {
        Set(object?["properties"]?.object?.names ?? []).subtracting(["$comment"])
    }

    @Test func `the schema knows the keys that the reader knows`() throws {
        let schema = try schema()
        let parts = schema["$defs"]
        #expect(names(schema) == Set(ManifestReader.topKeys))
        #expect(names(parts?["record"]) == Set(ManifestReader.recordKeys))
        #expect(names(parts?["field"]) == Set(ManifestReader.fieldKeys))
        #expect(names(parts?["indicator"]) == Set(ManifestReader.indicatorKeys))
        #expect(names(parts?["parameter"]) == Set(ManifestReader.parameterKeys))
        #expect(names(parts?["record"]?["properties"]?["needs"]) == Set(ManifestReader.needsKeys))
    }

    @Test func `the schema allows the memory that a worker can get`() throws {
        let memory = try schema()["properties"]?["limits"]?["properties"]?["memory_mib"]
        #expect(memory?["maximum"]?.integer == Manifest.Limits.mostMemoryMiB)
    }

    @Test func `the schema knows the words that the reader knows`() throws {
        func words(_ json: JSONValue?) -> [String] { json?["enum"]?.array?.compactMap(\.string) ?? [] }
        let schema = try schema()
        let parts = schema["$defs"]
        #expect(words(parts?["fieldType"]) == Manifest.FieldType.allCases.map(\.rawValue))
        #expect(words(parts?["sensitivity"]) == Manifest.Sensitivity.allCases.map(\.rawValue))
        #expect(words(parts?["subjectKind"]) == Manifest.Record.SubjectKind.allCases.map(\.rawValue))
        let indicator = parts?["indicator"]?["properties"]
        #expect(words(indicator?["kind"]) == Manifest.Indicator.Kind.allCases.map(\.rawValue))
        #expect(words(indicator?["period"]) == Period.Kind.allCases.map(\.rawValue))
        let move = parts?["workflow"]?["properties"]?["moves"]?["items"]?["properties"]
        #expect(words(parts?["caseRole"]) == Manifest.Workflow.Role.allCases.map(\.rawValue))
        #expect(words(move?["requires"]?["items"]) == Manifest.Workflow.Requirement.allCases.map(\.rawValue))
    }
}
