// Reads a manifest: JSON, then its keys, then what the parts say of each other.
// SPDX-License-Identifier: Apache-2.0

extension Manifest {
    /// The largest manifest that is read: it travels in one line.
    package static let maximumBytes = 512 << 10

    /// Reads `sector.json`.
    ///
    /// - Parameter file: the name that findings give.
    /// - Returns: the manifest, or every fault that was found, each with its place and its repair.
    package static func parse(_ bytes: [UInt8], file: String) -> Result<Manifest, ManifestFindings> {
        func finding(_ offset: Int, _ pointer: String, _ message: String, _ fix: String?) -> Finding {
            let (line, column) = TextPosition.lineAndColumn(of: offset, in: bytes)
            return Finding(file: file, line: line, column: column, pointer: pointer, message: message, fix: fix)
        }
        guard bytes.count <= maximumBytes else {
            let message = "the manifest is larger than \(maximumBytes) bytes"
            return .failure(ManifestFindings(findings: [finding(0, "", message, nil)]))
        }
        let json: JSONValue
        do {
            json = try JSONParser.parse(bytes)
        } catch {
            return .failure(ManifestFindings(findings: [finding(error.offset, "", error.reason.rawValue, nil)]))
        }
        var reader = ManifestReader()
        let manifest = reader.manifest(Place(value: json, path: []))
        guard !reader.faults.isEmpty else { return .success(manifest) }
        let located = reader.faults.map { fault in
            (JSONLocator.offset(of: fault.path, isName: fault.isName, in: bytes), fault)
        }
        let findings = located.sorted { $0.0 < $1.0 }.map { offset, fault in
            finding(offset, JSONLocator.pointer(fault.path), fault.message, fault.fix)
        }
        return .failure(ManifestFindings(findings: findings))
    }
}

extension ManifestReader {
    static let topKeys = [
        "$schema", "manifest", "id", "version", "protocol", "form", "scope", "stability", "name", "parameters",
        "records",
        "indicators", "workflow", "routing", "spm", "registers", "views", "links", "limits", "lists",
        "confidential",
    ]

    mutating func manifest(_ top: Place) -> Manifest {
        var manifest = Manifest()
        guard object(top, ManifestReader.topKeys) else { return manifest }
        readIdentity(top, into: &manifest)
        manifest.parameters = parameters(top["parameters"])
        if let records = required(top, "records", fix: "declare at least one record type"), object(records) {
            if records.members.isEmpty { fault(records, "declares no record type") }
            manifest.records = records.members.compactMap { record($0.name, $0.place, of: manifest) }
        }
        if let indicators = top["indicators"], object(indicators) {
            manifest.indicators = indicators.members.compactMap { indicator($0.name, $0.place, of: manifest.id) }
        }
        manifest.workflow = top["workflow"].flatMap { workflow($0, manifest.parameters) }
        readOffices(top, into: &manifest)
        readPrint(top, into: &manifest)
        manifest.views = views(top["views"])
        manifest.limits = limits(top["limits"])
        manifest.lists = lists(top["lists"], manifest.records)
        manifest.confidentiality = confidentiality(top["confidential"], manifest.records)
        checkReferences(top, manifest)
        return manifest
    }

    /// Checks that a place is an object, of any members.
    mutating func object(_ place: Place) -> Bool {
        if place.value.object != nil { return true }
        fault(place, "must be an object")
        return false
    }

    private mutating func readIdentity(_ top: Place, into manifest: inout Manifest) {
        if let place = required(top, "manifest", fix: "add \"manifest\": \(Manifest.format)"),
            integer(place, 1...1_000) ?? Manifest.format != Manifest.format
        {
            fault(place, "this posyandud reads manifest format \(Manifest.format)")
        }
        if let place = required(top, "id", fix: "add the sector code, the folder's name"), let id = text(place) {
            manifest.id = id
            if !Identifier.isSector(id) {
                fault(
                    place,
                    "'\(id)' is not a sector code",
                    fix: "use 2 to 32 of: small letters, digits, _; a letter first"
                )
            }
        }
        if let place = required(top, "version", fix: "add \"version\": \"1.0.0\""), let version = text(place) {
            manifest.version = version
            if !ManifestReader.isVersion(version) {
                fault(place, "'\(version)' is not a version", fix: "write three numbers, such as \"1.0.0\"")
            }
        }
        let wire = required(top, "protocol", fix: "add \"protocol\": \(Wire.version)")
        manifest.wireProtocol = integer(wire, 1...1_000) ?? Wire.version
        let form = required(top, "form", fix: "add \"form\": \"declarative\" or \"program\"")
        manifest.form = choice(form, Manifest.Form.self) ?? .program
        let scope = required(top, "scope", fix: "add \"scope\": \"local\"")
        manifest.scope = choice(scope, Manifest.Scope.self) ?? .local
        let isSix = Manifest.canonicalSectors.contains(manifest.id)
        if let scope, isSix != (manifest.scope == .canonical), scope.value.string != nil, !manifest.id.isEmpty {
            fault(
                scope,
                isSix ? "'\(manifest.id)' is one of the six" : "only the six canonical sectors are canonical",
                fix: isSix ? "write \"canonical\"" : "write \"local\""
            )
        }
        let stability = required(top, "stability", fix: "add \"stability\": \"development\"")
        manifest.stability = choice(stability, Manifest.Stability.self) ?? .development
        manifest.name = title(required(top, "name", fix: "add \"name\": {\"id\": \"…\"}")) ?? manifest.name
    }

    /// Three numbers without leading zeros, and an optional word behind a hyphen.
    static func isVersion(_ text: String) -> Bool {
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 {
            let isWord = parts[1].utf8.allSatisfy {
                $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") || $0 &- 48 <= 9 || ($0 | 0x20) &- 97 < 26
            }
            guard isWord, !parts[1].isEmpty else { return false }
        }
        let numbers = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 3
            && numbers.allSatisfy { number in
                (1...9).contains(number.utf8.count) && number.utf8.allSatisfy { $0 &- 48 <= 9 }
                    && (number == "0" || number.utf8.first != UInt8(ascii: "0"))
            }
    }

    private mutating func limits(_ place: Place?) -> Manifest.Limits {
        var limits = Manifest.Limits()
        guard let place, object(place, ["records", "seconds", "memory_mib"]) else { return limits }
        limits.records = integer(place["records"], 1...10_000) ?? limits.records
        limits.seconds = integer(place["seconds"], 1...60) ?? limits.seconds
        limits.memoryMiB = memory(place["memory_mib"]) ?? limits.memoryMiB
        return limits
    }

    private mutating func memory(_ place: Place?) -> Int? {
        let most = Manifest.Limits.mostMemoryMiB
        if let place, let wanted = place.value.integer, wanted > most {
            fault(place, "a worker gets at most \(most) MiB, not \(wanted)", fix: "write \(most) or less")
            return nil
        }
        return integer(place, 64...most)
    }
}
