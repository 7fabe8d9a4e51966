// Writes a new sector's folder that passes the conformance checks, and adds a program to one.
// SPDX-License-Identifier: Apache-2.0

import Glibc
package import PluginHost
import PluginKit

/// The files behind `posyanductl sector new`.
package enum SectorScaffold {
    /// A file to write; paths are below the folder.
    package struct File: Sendable, Hashable {
        package var path: String
        package var contents: String
        package var isExecutable = false
    }

    /// The files of a new declarative sector: manifest, two fixtures, README.
    /// - Throws: ``PluginHostError`` when the id is no id, or a name of one of the six.
    package static func declarative(_ id: String) throws(PluginHostError) -> [File] {
        guard Identifier.isSector(id) else {
            throw PluginHostError(.folder, "\(id) is not a sector id", hint: "use [a-z][a-z0-9_]{1,31}")
        }
        let words = id.split(separator: "_").joined(separator: " ")
        if let canonical = CanonicalSectors.synonymOf(words) {
            throw PluginHostError(
                .clash,
                "\(id) is a name of the canonical sector \(canonical) or of a service of it",
                hint: "record it in \(canonical), or choose another id"
            )
        }
        let title = words.prefix(1).uppercased() + words.dropFirst()
        func filled(_ template: String) -> String {
            template.replacing("ID", with: id).replacing("TITLE", with: String(title))
        }
        return [
            File(path: "sector.json", contents: filled(ScaffoldText.manifest)),
            File(path: "fixtures/catatan.json", contents: filled(ScaffoldText.fixture)),
            File(path: "fixtures/ditolak.json", contents: filled(ScaffoldText.rejectedFixture)),
            File(path: "README.md", contents: filled(ScaffoldText.readme)),
        ]
    }

    /// The files that turn a declarative sector into one with a Python worker: the manifest with its form changed, and
    /// `bin/<id>`, which gives the answers that the manifest's rules gave. Fixtures stay as they are.
    /// - Parameter manifest: the contents of its `sector.json`.
    package static func python(_ manifest: [UInt8]) throws(PluginHostError) -> [File] {
        guard case .success(let parsed) = Manifest.parse(manifest, file: "sector.json"),
            var json = (try? JSONParser.parse(manifest))?.object, var records = json["records"]?.object
        else {
            throw PluginHostError(.manifest, "sector.json has faults", hint: "posyanductl sector test .")
        }
        guard parsed.form == .declarative else {
            throw PluginHostError(.manifest, "\(parsed.id) has a program already")
        }
        var rules = JSONObject()
        for record in parsed.records {
            guard var object = records[record.type]?.object else { continue }
            var rule: JSONObject = [
                "fields": .array(record.fields.filter { !$0.derived }.map { .string($0.name) }),
                "contributions": object["contributions"] ?? [],
            ]
            if let caseRule = object["case"] { rule["case"] = caseRule }
            rules[record.type] = .object(rule)
            object["contributions"] = nil
            object["case"] = nil
            records[record.type] = .object(object)
        }
        var periods = JSONObject()
        for indicator in parsed.indicators { periods[indicator.name] = .string(indicator.period.rawValue) }
        json["form"] = "program"
        json["records"] = .object(records)
        let worker = ScaffoldText.python
            .replacing("RULES_HERE", with: pythonLiteral(.object(rules)))
            .replacing("PERIODS_HERE", with: pythonLiteral(.object(periods)))
        return [
            File(path: "sector.json", contents: PrettyJSON.text(.object(json))),
            File(path: "bin/\(parsed.id)", contents: worker, isExecutable: true),
        ]
    }

    /// JSON as a raw Python string for `json.loads`; names and choices hold no quotes of this kind.
    private static func pythonLiteral(_ json: JSONValue) -> String {
        PrettyJSON.text(json).replacing("\\", with: "\\\\").replacing("\"\"\"", with: "\\\"\\\"\\\"")
    }

    /// Writes files below a folder, which is made when it is missing.
    /// - Parameter replacing: whether files that exist are replaced; otherwise nothing is written when one exists.
    /// - Throws: ``PluginHostError`` that names the file.
    package static func write(_ files: [File], to folder: String, replacing: Bool) throws(PluginHostError) {
        if !replacing, let file = files.first(where: { access("\(folder)/\($0.path)", F_OK) == 0 }) {
            throw PluginHostError(.folder, "\(folder)/\(file.path) exists already", hint: "choose another folder")
        }
        for file in files {
            let path = "\(folder)/\(file.path)"
            var parent = ""
            for part in path.split(separator: "/", omittingEmptySubsequences: false).dropLast() {
                parent += parent.isEmpty && part.isEmpty ? "/" : (parent.isEmpty || parent == "/" ? "" : "/") + part
                if mkdir(parent, 0o755) != 0 && errno != EEXIST {
                    throw PluginHostError(.folder, "\(parent): \(String(cString: strerror(errno)))")
                }
            }
            try DurableFile.write(Array(file.contents.utf8), to: path, mode: file.isExecutable ? 0o755 : 0o644)
        }
    }
}
