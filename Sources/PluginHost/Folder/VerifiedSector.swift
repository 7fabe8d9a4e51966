// A sector's folder that may be used: manifest read, owners checked, digest taken.
// SPDX-License-Identifier: Apache-2.0

import Crypto
package import PluginKit

/// A sector whose folder and manifest passed every check that needs no other sector.
package struct VerifiedSector: Sendable {
    package let tree: SectorFolderTree
    package let manifest: Manifest
    /// `sector.json` as it lies in the folder; sent to the worker as it is.
    package let manifestBytes: [UInt8]
    /// SHA-256 over manifest and tables: what decides the answers, apart from the program.
    package let digest: [UInt8]
    /// The name of the key that signed the folder; nil when it has no signature.
    package let signedBy: String?
    let rules: AnswerRules

    package var id: String { manifest.id }

    /// The program to run: `bin/<id>`, nil for the declarative form.
    package var program: String? { manifest.form == .program ? "\(tree.path)/bin/\(manifest.id)" : nil }

    /// Whether any record of the sector may not be quoted anywhere.
    package var isConfidential: Bool {
        manifest.records.contains { record in
            record.sensitivity == .confidential || record.fields.contains { $0.sensitivity == .confidential }
        }
    }

    /// Reads and checks one folder.
    /// - Throws: ``PluginHostError`` with the reason it is refused.
    package init(
        folder: String,
        policy: FolderPolicy,
        keys: [SectorSignature.Key] = [],
        requireSignature: Bool = false
    ) throws(PluginHostError) {
        let path = AbsolutePath.of(folder)
        let tree = try SectorFolderTree(path: path, policy: policy)
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        guard Identifier.isSector(name) else {
            throw PluginHostError(.folder, "\(name) is not a sector id: [a-z][a-z0-9_]{1,31}")
        }
        guard let bytes = tree.bytes("sector.json") else {
            throw PluginHostError(.manifest, "\(path) has no sector.json", hint: "posyanductl sector new \(name)")
        }
        let manifest: Manifest
        switch Manifest.parse(bytes, file: "\(path)/sector.json") {
        case .success(let parsed): manifest = parsed
        case .failure(let findings):
            let count = findings.findings.count
            let first = findings.findings.first?.description ?? "sector.json cannot be read"
            throw PluginHostError(
                .manifest,
                count > 1 ? "\(first) (\(count - 1) more)" : first,
                hint: "posyanductl sector test \(path)"
            )
        }
        guard manifest.id == name else {
            throw PluginHostError(
                .manifest,
                "the folder is called \(name), its manifest says \(manifest.id)",
                hint: "mv \(path) \(path.dropLast(name.count))\(manifest.id)"
            )
        }
        if manifest.form == .program {
            let program = tree.files.first { $0.path == "bin/\(manifest.id)" }
            guard let program else { throw PluginHostError(.folder, "\(path)/bin/\(manifest.id) is missing") }
            guard program.isExecutable else {
                throw PluginHostError(
                    .folder,
                    "\(path)/bin/\(manifest.id) is not executable",
                    hint: "chmod +x \(path)/bin/\(manifest.id)"
                )
            }
        }
        if manifest.scope == .local { try Self.refuseSynonyms(manifest) }
        signedBy = try SectorSignature.check(tree, keys: keys, isRequired: requireSignature)
        self.tree = tree
        self.manifest = manifest
        manifestBytes = bytes
        digest = Self.digest(of: tree)
        rules = AnswerRules(manifest)
    }

    /// A local sector must not look like one of the six, or like a part of one.
    private static func refuseSynonyms(_ manifest: Manifest) throws(PluginHostError) {
        for label in [manifest.id.split(separator: "_").joined(separator: " "), manifest.name.id] {
            if let canonical = CanonicalSectors.synonymOf(label) {
                throw PluginHostError(
                    .clash,
                    "\"\(label)\" is a name of the canonical sector \(canonical) or of a service of it",
                    hint: "record it in \(canonical), or give the sector another id and name"
                )
            }
        }
    }

    private static func digest(of tree: SectorFolderTree) -> [UInt8] {
        var hash = SHA256()
        for file in tree.files {
            guard file.path != "sector.sig", let bytes = tree.bytes(file.path) else { continue }
            // Length before content, so that no two sets of files give the same stream.
            hash.update(data: Array("\(file.path)\n\(bytes.count)\n".utf8))
            hash.update(data: bytes)
        }
        return Array(hash.finalize())
    }
}

extension AnswerRules {
    /// What a manifest allows, in the form that is quick to look up.
    init(_ manifest: Manifest) {
        indicatorNames = NameTable(manifest.indicators.map(\.name))
        indicators = manifest.indicators.map { indicator in
            Indicator(
                period: indicator.period,
                needsSubject: indicator.kind == .distinct,
                isWhole: indicator.kind == .count || indicator.kind == .distinct,
                takesContributions: indicator.kind != .ratio
            )
        }
        states = manifest.workflow.map { Set($0.states + $0.final) } ?? []
        recordTypes = [:]
        for record in manifest.records {
            let service = manifest.service(of: record)
            let numbers = Set((service?.services ?? []).map { String($0) })
            recordTypes[record.type] = RecordType(
                names: NameTable(record.fields.map(\.name)),
                fields: record.fields.map { field in
                    let kind = field.name == service?.field ? FieldKind.services(numbers) : FieldKind(field)
                    return Field(kind: kind, isList: field.multiple)
                },
                hasSubject: record.subject != .none
            )
        }
    }
}

extension AnswerRules.FieldKind {
    fileprivate init(_ field: Manifest.Field) {
        switch field.type {
        case .text, .region, .photo: self = .text
        case .choice: self = .choice(NameTable(field.choices))
        case .flag: self = .flag
        case .integer: self = .integer
        case .decimal: self = .decimal
        case .date: self = .date
        case .point: self = .point
        case .line: self = .line
        }
    }
}
