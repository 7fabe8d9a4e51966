// The code lists that the stand-in publishes and checks against.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Crypto
import Foundation

/// Known indicators, region codes and nomenclatures. A list that was not given knows everything of the right pattern.
struct ReferenceLists: Sendable {
    /// Codes with their units, sorted; empty when no manifest was given.
    private(set) var indicators: [(code: String, title: String)] = []
    private let knownIndicators: Set<String>
    private let regions: [String: Set<String>]
    /// Codes by label; `nil` where only the label is known.
    private let nomenclatures: [String: Set<String>?]

    init(regions: [String], manifests: [String], nomenclatures: [String]) throws {
        var lists: [String: Set<String>] = [:]
        for entry in regions {
            guard let equals = entry.lastIndex(of: "=") else {
                throw ValidationError("--wilayah: LABEL=FILE is missing its =")
            }
            lists[String(entry[..<equals])] = try Self.codes(String(entry[entry.index(after: equals)...]))
        }
        self.regions = lists
        var names: [String: Set<String>?] = [:]
        for entry in nomenclatures {
            if let equals = entry.lastIndex(of: "=") {
                let codes = try Self.codes(String(entry[entry.index(after: equals)...]))
                names.updateValue(codes, forKey: String(entry[..<equals]))
            } else {
                names.updateValue(nil, forKey: entry)
            }
        }
        self.nomenclatures = names
        for file in manifests {
            guard let data = FileManager.default.contents(atPath: file),
                let declared = Node.read(data)?["indicators"]?.object
            else { throw ValidationError("--manifest: \(file) has no indicators that can be read") }
            for (name, indicator) in declared {
                indicators.append((name.uppercased(), indicator["title"]?.string ?? name))
            }
        }
        indicators.sort { $0.code < $1.code }
        knownIndicators = Set(indicators.map(\.code))
    }

    /// First column of a CSV with one header line; the codes hold no comma and no quote.
    private static func codes(_ file: String) throws -> Set<String> {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw ValidationError("\(file) cannot be read")
        }
        var codes: Set<String> = []
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n").dropFirst() {
            codes.insert(String(line.prefix { $0 != "," }))
        }
        return codes
    }

    func knowsIndicator(_ code: String) -> Bool {
        knownIndicators.isEmpty || knownIndicators.contains(code)
            || ["REGISTRI.", "KADER.", "KELUHAN."].contains { code.hasPrefix($0) }
    }

    func knowsRegionVersion(_ label: String) -> Bool { regions.isEmpty || regions[label] != nil }

    func knowsRegion(_ code: String, in label: String) -> Bool { regions[label].map { $0.contains(code) } ?? true }

    func knowsNomenclature(_ label: String) -> Bool { nomenclatures.isEmpty || nomenclatures[label] != nil }

    /// A label without a list knows every code.
    func knowsSubkegiatan(_ code: String, in label: String) -> Bool {
        nomenclatures[label].flatMap { $0 }.map { $0.contains(code) } ?? true
    }

    /// The published list; `nil` when there is no list of that name or version.
    func published(_ name: String, version: String?) -> Node? {
        switch name {
        case "indikator":
            return .object([
                "versi": .string("standin"),
                "data": .list(
                    indicators.map { .object(["kodeindikator": .string($0.code), "uraian": .string($0.title)]) }
                ),
            ])
        case "wilayah":
            let labels = regions.keys.sorted()
            guard let version else { return .object(["versi": .list(labels.map(Node.string))]) }
            guard let codes = regions[version] else { return nil }
            return .object(["versi": .string(version), "data": .list(codes.sorted().map(Node.string))])
        case "subkegiatan":
            guard let version else {
                return .object(["versi": .list(nomenclatures.keys.sorted().map(Node.string))])
            }
            guard let codes = nomenclatures[version] else { return nil }
            return .object(["versi": .string(version), "data": .list((codes ?? []).sorted().map(Node.string))])
        default: return nil
        }
    }
}
