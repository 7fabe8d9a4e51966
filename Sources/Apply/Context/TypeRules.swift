// What apply must know of each record type, from the manifests and the catalogue's numbers.
// SPDX-License-Identifier: Apache-2.0
import PluginKit

/// One record type as apply handles it.
struct TypeRules: Sendable {
    enum SubjectKind: Sendable {
        case resident, household, none
    }
    var sectorID: Int16
    var typeID: Int16
    var subject: SubjectKind
    /// Members whose equality makes a second record of the subject, or of the posyandu, a correction.
    var key: [String]
    /// How many earlier records of the subject the handler wants.
    var previousLimit: Int
    /// The handler sees the subject's sex or birth date, so it is asked again when they are corrected.
    var needsSubject: Bool
    /// Its records are sums made elsewhere: their contributions are kept apart from those of records.
    var isAggregate: Bool
    /// A standing record says that its subject died on the service date.
    var isDeath: Bool
    private let declared: Declared

    /// Full name, `<sector>.<name>`.
    var name: String { declared.record.type }
    var sector: String { declared.sector }
    /// Versions of the type that the installed sector reads.
    var accepts: [Int] { declared.record.accepts }
    /// Types whose earlier records of the subject the handler wants.
    var previousTypes: [Int16] { declared.previousTypes }
    /// Role of the office that gets the case of a record: by the first route that its fields fulfil.
    /// - Parameter body: the fields that the handler put, as JSON.
    func office(for body: [UInt8]) -> String? {
        guard !declared.routes.isEmpty else { return declared.office }
        let fields = try? JSONParser.parse(body)
        let route = declared.routes.first { route in
            guard let condition = route.condition, let value = fields?[condition.field].flatMap({ FieldValue($0) })
            else {
                return false
            }
            return condition.holds(for: value)
        }
        return route?.office ?? declared.office
    }
    /// The flow of the sector's cases; nil when it has none.
    var workflow: Manifest.Workflow? { declared.workflow }
    var record: Manifest.Record { declared.record }

    /// What does not fit into a few words, behind one reference: every message of a batch carries its rules along.
    private final class Declared: Sendable {
        let sector: String
        let record: Manifest.Record
        let workflow: Manifest.Workflow?
        let office: String?
        /// Routes of the type that ask for something in the record.
        let routes: [Manifest.Route]
        let previousTypes: [Int16]

        init(_ record: Manifest.Record, of manifest: Manifest, previousTypes: [Int16]) {
            sector = manifest.id
            self.record = record
            workflow = manifest.workflow(of: record)
            office = manifest.office(for: record.type)
            routes = manifest.routing.filter { $0.type == record.type && $0.condition != nil }
            self.previousTypes = previousTypes
        }
    }

    /// Records of this type have no subject and a natural key: those of one posyandu may be the same act.
    var isKeyedByPosyandu: Bool { subject == .none && !key.isEmpty }

    /// State in which a case of this type begins.
    var firstCaseState: String? { workflow?.initial }

    init(_ record: Manifest.Record, of manifest: Manifest, sectorID: Int16, typeIDs: [String: Int16]) {
        self.sectorID = sectorID
        typeID = typeIDs[record.type] ?? 0
        subject =
            switch record.subject {
            case .resident: .resident
            case .household: .household
            case .none: .none
            }
        key = record.key
        previousLimit = record.needs.previousTypes.isEmpty ? 0 : record.needs.previousLimit
        isDeath = record.isDeath
        needsSubject = !record.needs.subject.isEmpty
        isAggregate = record.aggregate != nil
        declared = Declared(
            record,
            of: manifest,
            previousTypes: record.needs.previousTypes.compactMap { typeIDs[$0] }
        )
    }
}

/// The record types of all sectors that are registered, with the numbers under which the registry knows them.
package struct ApplyCatalogue: Sendable {
    /// Type name → rules.
    private(set) var types: [String: TypeRules] = [:]
    private(set) var byID: [Int16: TypeRules] = [:]
    /// Type → types whose handlers look at earlier records of it.
    private(set) var dependents: [Int16: [Int16]] = [:]
    /// Type → types of which the newest records of a subject must be known before a record of it is asked: what its handler
    /// wants to see, its own kind when it has a natural key, and those that look back at it.
    private(set) var related: [Int16: Set<Int16>] = [:]
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
        for type in types {
            var related = Set(type.previousTypes)
            if !type.key.isEmpty { related.insert(type.typeID) }
            related.formUnion(dependents[type.typeID] ?? [])
            self.related[type.typeID] = related
        }
    }

    /// Codes of the sectors that are registered.
    package var sectors: Set<String> { Set(types.values.map(\.sector)) }

    /// Types whose handlers see the subject's sex or birth date.
    var typesThatNeedSubject: [Int16] { byID.values.filter(\.needsSubject).map(\.typeID) }

    /// Of confidential types, the fields that may stand in the registry in the clear.
    var openFields: [Int16: Set<String>] { byID.compactMapValues(\.record.openFields) }

    /// Sector of each type, for rows read from the registry.
    var sectorOfType: [Int16: Int16] { byID.mapValues(\.sectorID) }
}
