// Which exporter speaks to a destination.
// SPDX-License-Identifier: Apache-2.0

/// Why a destination cannot be served as configured.
package struct DestinationsError: Error, Sendable, CustomStringConvertible {
    package struct Code: Hashable, Sendable {
        package var name: String

        package static let unknownKind = Code(name: "unknownKind")
        package static let noTemplate = Code(name: "noTemplate")
        package static let unreadableSecret = Code(name: "unreadableSecret")
    }

    package var code: Code
    package var message: String
    package var hint: String?

    package init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    package var description: String { hint.map { "\(message) (\($0))" } ?? message }
}

/// The exporters that are compiled in.
package enum Exporters {
    package static let kinds = [
        SipdRekap.kind, SipdServ.kind, Dhis2.kind, Adx.kind, Fhir.kind, EspmWorksheet.kind, TemplateExporter.kind,
    ]

    /// The exporter for the settings' `kind`.
    package static func make(_ settings: DestinationSettings) throws(DestinationsError) -> any Exporter {
        switch settings.kind {
        case SipdRekap.kind: return SipdRekap(settings: settings)
        case SipdServ.kind: return SipdServ(settings: settings)
        case Dhis2.kind: return Dhis2(settings: settings)
        case Adx.kind: return Adx(settings: settings)
        case Fhir.kind: return Fhir(settings: settings)
        case EspmWorksheet.kind: return EspmWorksheet(settings: settings)
        case TemplateExporter.kind:
            guard let template = settings.dialect.template else {
                throw DestinationsError(.noTemplate, "destination \(settings.name) has no template")
            }
            return TemplateExporter(settings: settings, template: template)
        default:
            throw DestinationsError(
                .unknownKind,
                "destination \(settings.name) has the unknown kind \(settings.kind)",
                hint: "known kinds: \(kinds.joined(separator: ", "))"
            )
        }
    }
}
