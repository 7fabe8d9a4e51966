// What a manifest says about records that only named roles may look into.
// SPDX-License-Identifier: Apache-2.0

extension Manifest {
    /// Who may look into the confidential record types of a sector, one record at a time and audited.
    package struct Confidentiality: Hashable, Sendable {
        /// Roles of `access` in `posyandud.yaml`; nobody when it is empty.
        package var visibleTo: [String] = []
        /// Below kecamatan, lists of fewer records than this show the month instead of the day, and counts are not told.
        /// Default: `docs/domain.md` §11.
        package var smallCount = 5

        package init() {}
    }

    /// Whether a record type is confidential; false for a type of another manifest.
    package func isConfidential(_ type: String) -> Bool { record(type)?.isConfidential ?? false }
}

extension Manifest.Record {
    /// Nothing of it that could lead to a person is shown, kept in the clear or quoted.
    package var isConfidential: Bool { sensitivity == .confidential }

    /// Whether a field of it may stand in the registry in the clear. Of a confidential record only what counts may: choices,
    /// numbers, flags, dates, and what the program derives from them; never what somebody wrote, nor a place or a picture.
    package func isOpen(_ field: Manifest.Field) -> Bool {
        guard isConfidential else { return true }
        guard field.sensitivity == .normal else { return false }
        switch field.type {
        case .choice, .integer, .decimal, .flag, .date: return true
        default: return field.derived && field.type == .text
        }
    }

    /// Names of the fields that may stand in the clear; nil when all may.
    package var openFields: Set<String>? {
        isConfidential ? Set(fields.filter { isOpen($0) }.map(\.name)) : nil
    }
}

extension ManifestReader {
    static let confidentialKeys = ["visible_to", "small_count"]

    mutating func confidentiality(_ place: Place?, _ records: [Manifest.Record]) -> Manifest.Confidentiality {
        var rule = Manifest.Confidentiality()
        guard let place, object(place, ManifestReader.confidentialKeys) else { return rule }
        if !records.contains(where: \.isConfidential) {
            fault(
                nameOf: place,
                "no record type is confidential",
                fix: "write \"sensitivity\": \"confidential\" at the record types that are"
            )
        }
        rule.visibleTo = plainNames(
            required(place, "visible_to", fix: "name the roles that may look: [\"kepala_desa\"]")
        )
        rule.smallCount = integer(place["small_count"], 1...100) ?? rule.smallCount
        return rule
    }
}
