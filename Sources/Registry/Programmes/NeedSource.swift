// Which reports of the villages count as a need, for which SPM service, and whose office it is: from the manifests.
// SPDX-License-Identifier: Apache-2.0
package import PluginKit

/// One record type as a source of needs for one SPM service, or for none.
package struct NeedSource: Hashable, Sendable {
    /// When a record counts.
    package enum Condition: Hashable, Sendable {
        case always
        /// A text field of the record names the service, space between.
        case named(field: String)
        /// The same field names no service at all: the need is nobody's by law.
        case unnamed(field: String)
        /// A field has one of these values, each a JSON text; a list has it when one of its elements is it.
        case equal([Equality])
    }

    package struct Equality: Hashable, Sendable {
        package var field: String
        package var json: String

        package init(field: String, json: String) {
            self.field = field
            self.json = json
        }

        init(_ condition: Manifest.Condition) {
            var writer = JSONWriter()
            condition.value.write(to: &writer)
            self.init(field: condition.field, json: String(decoding: writer.bytes, as: UTF8.self))
        }
    }

    /// Full name of the record type.
    package var type: String
    package var sector: String
    /// `sector.item`: the record type's work item, or its own name where it has none and its cases have an office.
    package var workItem: String
    /// SIPD label 9 to 37; nil for work that no legal service asks for.
    package var service: Int?
    package var condition: Condition
    /// Role of the office that gets the sector's cases of this type.
    package var office: String?
    /// States in which a case is over.
    package var finalStates: [String]

    package init(
        type: String,
        sector: String,
        workItem: String,
        service: Int?,
        condition: Condition = .always,
        office: String?,
        finalStates: [String] = []
    ) {
        self.type = type
        self.sector = sector
        self.workItem = workItem
        self.service = service
        self.condition = condition
        self.office = office
        self.finalStates = finalStates
    }

    /// All sources of the sectors, in their order.
    ///
    /// A record type is one by its `work_item`, or because `routing` gives its cases to an office. Sums made elsewhere (recaps
    /// from paper) are none: they do not say what was asked for. Where a field of the record names the services, one that names none is
    /// a need of its work item alone.
    package static func all(of manifests: [Manifest]) -> [NeedSource] {
        manifests.flatMap { manifest in
            let offices = Set(manifest.routing.map(\.office))
            return manifest.records.flatMap { record -> [NeedSource] in
                let routed = manifest.office(for: record.type)
                let ownName = record.type.split(separator: ".").last.map(String.init) ?? record.type
                guard record.aggregate == nil, let item = record.workItem ?? (routed == nil ? nil : ownName) else {
                    return []
                }
                let source = NeedSource(
                    type: record.type,
                    sector: manifest.id,
                    workItem: "\(manifest.id).\(item)",
                    service: nil,
                    office: routed ?? (offices.count == 1 ? offices.first : nil),
                    finalStates: manifest.workflow?.final ?? []
                )
                guard let served = manifest.service(of: record), !served.services.isEmpty else { return [source] }
                if let field = served.field {
                    return served.services.map { source.serving($0, .named(field: field)) }
                        + [source.serving(nil, .unnamed(field: field))]
                }
                return served.services.map { service in
                    source.serving(service, served.conditions[service].map { .equal($0.map(Equality.init)) } ?? .always)
                }
            }
        }
    }

    private func serving(_ service: Int?, _ condition: Condition) -> NeedSource {
        var source = self
        source.service = service
        source.condition = condition
        return source
    }
}
