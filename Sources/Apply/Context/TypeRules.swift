// What apply must know of each record type, from the manifests and the catalogue's numbers.
// SPDX-License-Identifier: Apache-2.0
import PluginKit

/// One record type as apply handles it.
struct TypeRules: Sendable {
    enum SubjectKind: Sendable {
        case resident, household, none
    }
    /// Full name, `<sector>.<name>`.
    var name: String
    var sector: String
    var sectorID: Int16
    var typeID: Int16
    /// Versions of the type that the installed sector reads.
    var accepts: [Int]
    var subject: SubjectKind
    /// Members whose equality makes a second record of the subject, or of the posyandu, a correction.
    var key: [String]
    /// Types whose earlier records of the subject the handler wants, and how many.
    var previousTypes: [Int16]
    var previousLimit: Int
    /// The handler sees the subject's sex or birth date, so it is asked again when they are corrected.
    var needsSubject: Bool
    /// A standing record says that its subject died on the service date.
    var isDeath: Bool
    /// Role of the office that gets cases of this type.
    var office: String?
    private let declared: Declared

    /// The flow of the sector's cases; nil when it has none.
    var workflow: Manifest.Workflow? { declared.workflow }
    var record: Manifest.Record { declared.record }

    /// The manifest's own words, behind one reference: every message of a batch carries its rules along.
    private final class Declared: Sendable {
        let record: Manifest.Record
        let workflow: Manifest.Workflow?

        init(_ record: Manifest.Record, _ workflow: Manifest.Workflow?) {
            self.record = record
            self.workflow = workflow
        }
    }

    /// Records of this type have no subject and a natural key: those of one posyandu may be the same act.
    var isKeyedByPosyandu: Bool { subject == .none && !key.isEmpty }

    /// State in which a case of this type begins.
    var firstCaseState: String? { workflow?.initial }

    init(_ record: Manifest.Record, of manifest: Manifest, sectorID: Int16, typeIDs: [String: Int16]) {
        name = record.type
        sector = manifest.id
        self.sectorID = sectorID
        typeID = typeIDs[record.type] ?? 0
        accepts = record.accepts
        subject =
            switch record.subject {
            case .resident: .resident
            case .household: .household
            case .none: .none
            }
        key = record.key
        previousTypes = record.needs.previousTypes.compactMap { typeIDs[$0] }
        previousLimit = record.needs.previousTypes.isEmpty ? 0 : record.needs.previousLimit
        isDeath = record.isDeath
        needsSubject = !record.needs.subject.isEmpty
        office = manifest.office(for: record.type)
        declared = Declared(record, manifest.workflow)
    }
}

/// The record types of all sectors that are registered, with the numbers under which the registry knows them.
package struct ApplyCatalogue: Sendable {
    /// Type name → rules.
    private(set) var types: [String: TypeRules] = [:]
    private(set) var byID: [Int16: TypeRules] = [:]
    /// Type → types whose handlers look at earlier records of it.
    private(set) var dependents: [Int16: [Int16]] = [:]
    /// Indicator name → number.
    var indicators: [String: Int32]
    /// What made the answers: `sector@version#digest` of every sector, for the journal.
    package var plugins: String

    init(types: [TypeRules], indicators: [String: Int32], plugins: String) {
        self.indicators = indicators
        self.plugins = plugins
        for type in types {
            self.types[type.name] = type
            byID[type.typeID] = type
            for earlier in type.previousTypes { dependents[earlier, default: []].append(type.typeID) }
        }
    }

    /// Codes of the sectors that are registered.
    package var sectors: Set<String> { Set(types.values.map(\.sector)) }

    /// Types whose handlers see the subject's sex or birth date.
    var typesThatNeedSubject: [Int16] { byID.values.filter(\.needsSubject).map(\.typeID) }

    /// Sector of each type, for rows read from the registry.
    var sectorOfType: [Int16: Int16] { byID.mapValues(\.sectorID) }

    /// Types of which the newest records of a subject must be known before a record of `type` is asked: what its handler
    /// wants to see, its own kind when it has a natural key, and those that look back at it.
    func related(to type: TypeRules) -> Set<Int16> {
        var related = Set(type.previousTypes)
        if !type.key.isEmpty { related.insert(type.typeID) }
        related.formUnion(dependents[type.typeID] ?? [])
        return related
    }
}
