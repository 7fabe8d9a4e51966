// Reads parts of a manifest and collects what is wrong with them.
// SPDX-License-Identifier: Apache-2.0

/// All faults of a manifest, in the order of the file.
package struct ManifestFindings: Error, Sendable, CustomStringConvertible {
    package let findings: [Finding]

    /// A line a finding.
    package var description: String { findings.map(\.description).joined(separator: "\n") }
}

/// A value of the manifest and the way to it.
struct Place {
    let value: JSONValue
    let path: [String]

    subscript(name: String) -> Place? { value[name].map { Place(value: $0, path: path + [name]) } }

    /// The members of an object, without `$comment`.
    var members: [(name: String, place: Place)] {
        (value.object?.members ?? []).filter { $0.name != "$comment" }.map { member in
            (member.name, Place(value: member.value, path: path + [member.name]))
        }
    }

    var elements: [Place] {
        (value.array ?? []).enumerated().map { Place(value: $1, path: path + ["\($0)"]) }
    }
}

/// Typed access to places; whatever does not fit becomes a fault, and reading goes on.
struct ManifestReader {
    struct Fault {
        var path: [String]
        /// Whether the place is the member's name, not its value.
        var isName: Bool
        var message: String
        var fix: String?
    }

    private(set) var faults: [Fault] = []

    mutating func fault(_ place: Place, _ message: String, fix: String? = nil) {
        faults.append(Fault(path: place.path, isName: false, message: message, fix: fix))
    }

    mutating func fault(nameOf place: Place, _ message: String, fix: String? = nil) {
        faults.append(Fault(path: place.path, isName: true, message: message, fix: fix))
    }

    /// Checks that a place is an object with no members but these; says which member was meant.
    @discardableResult
    mutating func object(_ place: Place, _ names: [String]) -> Bool {
        guard place.value.object != nil else {
            fault(place, "must be an object")
            return false
        }
        for (name, member) in place.members where !names.contains(name) {
            let near = names.min { Spelling.distance($0, name) < Spelling.distance($1, name) }
            let meant = near.flatMap { Spelling.distance($0, name) <= 3 ? $0 : nil }
            let fix = meant.map { "write \"\($0)\"" } ?? "remove it; known are \(names.joined(separator: ", "))"
            fault(nameOf: member, "'\(name)' is not a key of this object", fix: fix)
        }
        return true
    }

    mutating func required(_ place: Place, _ name: String, fix: String) -> Place? {
        if let member = place[name] { return member }
        if place.value.object != nil { fault(place, "'\(name)' is missing", fix: fix) }
        return nil
    }

    mutating func text(_ place: Place?, fix: String = "write text in double quotes") -> String? {
        guard let place else { return nil }
        guard let text = place.value.string, !text.isEmpty, text.isStorable else {
            fault(place, "must be text that is not empty", fix: fix)
            return nil
        }
        return text
    }

    mutating func integer(_ place: Place?, _ range: ClosedRange<Int>) -> Int? {
        guard let place else { return nil }
        guard let number = place.value.integer, range.contains(number) else {
            let upper = range.upperBound == Int.max ? "or more" : "to \(range.upperBound)"
            fault(place, "must be a whole number, \(range.lowerBound) \(upper)")
            return nil
        }
        return number
    }

    mutating func decimal(_ place: Place?) -> ExactDecimal? {
        guard let place else { return nil }
        guard let number = place.value.decimal else {
            fault(place, "must be a number")
            return nil
        }
        return number
    }

    mutating func flag(_ place: Place?) -> Bool {
        guard let place else { return false }
        guard let flag = place.value.bool else {
            fault(place, "must be true or false")
            return false
        }
        return flag
    }

    mutating func choice<Value: RawRepresentable & CaseIterable>(_ place: Place?, _ type: Value.Type) -> Value?
    where Value.RawValue == String {
        guard let place else { return nil }
        guard let value = place.value.string.flatMap({ Value(rawValue: $0) }) else {
            let names = Value.allCases.map { "\"\($0.rawValue)\"" }
            let known = place.value.string.map { "'\($0)' is not known here" } ?? "must be text"
            fault(place, known, fix: "write one of \(names.joined(separator: ", "))")
            return nil
        }
        return value
    }

    mutating func title(_ place: Place?) -> Manifest.Title? {
        guard let place else { return nil }
        let fix = "write {\"id\": \"…\"}, in Indonesian"
        guard object(place, ["id", "en"]), let text = text(required(place, "id", fix: fix)) else { return nil }
        return Manifest.Title(id: text, en: self.text(place["en"]))
    }

    mutating func texts(_ place: Place?) -> [String] {
        guard let place else { return [] }
        guard place.value.array != nil else {
            fault(place, "must be a list", fix: "write [\"…\"]")
            return []
        }
        var seen: [String] = []
        for element in place.elements {
            guard let text = text(element) else { continue }
            if seen.contains(text) {
                fault(element, "'\(text)' occurs twice", fix: "remove one")
            } else {
                seen.append(text)
            }
        }
        return seen
    }

    mutating func plainName(_ place: Place?) -> String? {
        guard let place, let name = text(place) else { return nil }
        guard Identifier.isPlain(name) else {
            fault(place, "'\(name)' is not a name", fix: ManifestReader.nameRule)
            return nil
        }
        return name
    }

    mutating func plainNames(_ place: Place?) -> [String] {
        let names = texts(place)
        for (element, name) in zip(place?.elements ?? [], names) where !Identifier.isPlain(name) {
            fault(element, "'\(name)' is not a name", fix: ManifestReader.nameRule)
        }
        return names
    }

    static let nameRule = "use small letters, digits and _, a letter first"
}

/// How far two words are apart.
package enum Spelling {
    /// Letters to insert, remove or replace, capped by the length of the words.
    package static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.utf8.prefix(64))
        let right = Array(right.utf8.prefix(64))
        var row = Array(0...right.count)
        for (index, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in right.indices {
                let cost = min(diagonal + (right[column] == letter ? 0 : 1), row[column] + 1, row[column + 1] + 1)
                diagonal = row[column + 1]
                row[column + 1] = cost
            }
        }
        return row[right.count]
    }
}
