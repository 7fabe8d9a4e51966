// Data elements, org units, data sets and category option combos of the DHIS2 side, from a metadata export.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation

/// One metadata object with the names by which requests may call it.
struct Dhis2Object: Sendable {
    var id: String
    var code: String
    var name: String
    var valueType = ""
    var periodType = ""
    /// Days after the end of a period in which its values may still change; 0 is no limit.
    var expiryDays = 0
    /// Data elements of a data set.
    var elements: Set<String> = []
    /// Id of the org unit above.
    var parent = ""
    /// Category options of a combo, sorted.
    var options: [String] = []
}

/// By which property a request names objects.
enum Dhis2Scheme: String, Sendable {
    case uid, code, name

    /// `nil` for `attribute:…`, which this subset does not have.
    init?(_ text: String?, or standard: Dhis2Scheme) {
        guard let text else {
            self = standard
            return
        }
        guard let scheme = Dhis2Scheme(rawValue: text.lowercased() == "id" ? "uid" : text.lowercased()) else {
            return nil
        }
        self = scheme
    }
}

/// The shape of `/api/metadata.json`. Without a file every identifier names an object of its own.
struct Dhis2Metadata: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case dataElements, organisationUnits, dataSets, categoryOptionCombos
    }

    static let defaultCombo = Dhis2Object(id: "HllvX50cXC0", code: "default", name: "default")

    private var objects: [Kind: [Dhis2Object]]?

    init(file: String?) throws {
        guard let file else { return }
        guard let root = FileManager.default.contents(atPath: file).flatMap(Node.read), root.object != nil else {
            throw ValidationError("--dhis2-metadata: \(file) is no JSON object that can be read")
        }
        var all: [Kind: [Dhis2Object]] = [:]
        for kind in Kind.allCases {
            all[kind] = try (root[kind.rawValue]?.list ?? []).map { entry in
                guard let id = entry["id"]?.string else {
                    throw ValidationError("--dhis2-metadata: \(file): an entry of \(kind.rawValue) has no id")
                }
                return Dhis2Object(
                    id: id,
                    code: entry["code"]?.string ?? "",
                    name: entry["name"]?.string ?? "",
                    valueType: entry["valueType"]?.string ?? "",
                    periodType: entry["periodType"]?.string ?? "",
                    expiryDays: entry["expiryDays"]?.integer ?? 0,
                    elements: Set(
                        (entry["dataSetElements"]?.list ?? []).compactMap { $0["dataElement"]?["id"]?.string }
                    ),
                    parent: entry["parent"]?["id"]?.string ?? "",
                    options: (entry["categoryOptions"]?.list ?? []).compactMap { $0["code"]?.string }.sorted()
                )
            }
        }
        objects = all
    }

    func find(_ kind: Kind, _ text: String, _ scheme: Dhis2Scheme) -> Dhis2Object? {
        if kind == .categoryOptionCombos, text == Self.defaultCombo.id || text == Self.defaultCombo.code {
            return Self.defaultCombo
        }
        guard let objects else { return text.isEmpty ? nil : Dhis2Object(id: text, code: text, name: text) }
        return objects[kind]?.first { object in
            switch scheme {
            case .uid: object.id == text
            case .code: object.code == text
            case .name: object.name == text
            }
        }
    }

    /// The combo of the options that an ADX value names by attributes.
    func combo(of options: [(category: String, option: String)]) -> Dhis2Object? {
        if options.isEmpty { return Self.defaultCombo }
        guard let objects else {
            let text = options.sorted { $0.category < $1.category }.map { "\($0.category)=\($0.option)" }
                .joined(separator: ",")
            return Dhis2Object(id: text, code: text, name: text)
        }
        return objects[.categoryOptionCombos]?.first { $0.options == options.map(\.option).sorted() }
    }

    /// Whether an org unit lies below one of these. Without a file, dotted codes tell.
    func isBelow(_ id: String, _ roots: Set<String>) -> Bool {
        guard let units = objects?[.organisationUnits] else { return roots.contains { id.hasPrefix("\($0).") } }
        var seen: Set<String> = []
        var place = units.first { $0.id == id }
        while let unit = place, seen.insert(unit.id).inserted {
            if roots.contains(unit.parent) { return true }
            place = units.first { $0.id == unit.parent }
        }
        return false
    }

    /// How an object kept by its id is called in a reply.
    func name(_ kind: Kind, _ id: String, _ scheme: Dhis2Scheme) -> String {
        guard let object = find(kind, id, .uid) else { return id }
        switch scheme {
        case .uid: return object.id
        case .code: return object.code
        case .name: return object.name
        }
    }
}
