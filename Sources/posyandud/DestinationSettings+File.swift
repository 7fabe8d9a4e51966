// What the push engine needs of a destination file.
// SPDX-License-Identifier: Apache-2.0
import Destinations
import HTTPTransfer
import NodeConfiguration
import PluginKit

extension DestinationSettings {
    init(_ file: DestinationFile, node: NodeConfiguration, services: [BasicService] = []) {
        let authentication: Authentication =
            switch file.authentication {
            case .clientCredentials(let path, let client, let secret):
                .clientCredentials(tokenPath: path, clientID: client, secretFile: secret)
            case .header(let name, let format, let secret): .header(name: name, format: format, secretFile: secret)
            case .none: .none
            }
        let mappings = file.mappings.map { mapping in
            DatedMapping(
                from: mapping.validFrom.flatMap { CivilDate($0) },
                to: mapping.validTo.flatMap { CivilDate($0) },
                mapping: ExporterMapping(mapping, nomenclature: node.node.nomenclatureVersion)
            )
        }
        self.init(
            name: file.name,
            kind: file.kind,
            baseURL: file.baseURL,
            authentication: authentication,
            sendingOffice: node.node.office,
            systemVersion: Version.text,
            mapping: mappings[0].mapping,
            kinds: Set(file.documents.compactMap { DocumentKind(rawValue: $0) }),
            suppressBelow: file.suppressBelow,
            tls: HTTPTLS(file.tls),
            allowHTTP: file.tls.allowHTTP,
            maxResponseBytes: file.limits.maximumResponseBytes,
            limits: PushLimits(file.limits),
            dialect: DialectSettings(file, services: services)
        )
        self.mappings = mappings
        addsUp = file.addsUp.map { AddsUp(total: $0.total, parts: $0.parts) }
        timeouts.total = .seconds(file.limits.timeoutSeconds)
        timeouts.connect = .seconds(file.limits.connectTimeoutSeconds)
    }
}

extension ExporterMapping {
    init(_ file: DestinationFile.Mapping, nomenclature: String) {
        var indicators: [String: IndicatorRule] = [:]
        for indicator in file.indicators {
            indicators[indicator.name] = IndicatorRule(
                code: indicator.code,
                subkegiatan: indicator.programmes,
                scale: indicator.scale,
                numerator: indicator.numerator,
                denominator: indicator.denominator,
                option: indicator.option
            )
        }
        self.init(
            version: file.version,
            nomenclature: file.nomenclature ?? nomenclature,
            indicators: indicators,
            unmapped: Unmapped(rawValue: file.unmapped) ?? .fail
        )
    }
}

extension HTTPTLS {
    init(_ file: DestinationFile.TLS) {
        var certificate: ClientCertificate?
        if let path = file.clientCertificate, let key = file.clientKey {
            certificate = ClientCertificate(certificateFile: path, keyFile: key)
        }
        self.init(
            caFile: file.caFile,
            clientCertificate: certificate,
            pin: file.pin,
            minimumVersion: file.minimumVersion == "1.3" ? .tls13 : .tls12
        )
    }
}

extension PushLimits {
    init(_ file: DestinationFile.Limits) {
        self.init(
            concurrency: file.concurrency,
            requestsPerSecond: file.ratePerSecond,
            burst: file.burst,
            backOffBase: .seconds(file.backOffBaseSeconds),
            backOffCap: .seconds(file.backOffCapSeconds),
            pollBase: .seconds(file.pollBaseSeconds),
            pollCap: .seconds(file.pollCapSeconds),
            pollLimit: file.pollLimit,
            verificationLimit: file.verificationLimit,
            lossLimit: file.lossLimit,
            retryAfterLimit: .seconds(file.retryAfterCapSeconds),
            breakerThreshold: file.breaker
        )
    }
}

extension DialectSettings {
    init(_ file: DestinationFile, services: [BasicService]) {
        self.init(
            periods: Set(file.periods.compactMap { Period.Kind(rawValue: $0) }),
            periodFormat: file.periodFormat,
            orgUnits: OrgUnits(
                scheme: OrgUnits.Scheme(rawValue: file.areaScheme) ?? .dotted,
                overrides: file.areaNames
            ),
            maximumRows: file.limits.maximumRows,
            checksFirst: file.checksFirst,
            options: file.options
        )
        self.services = services
        template = file.template.map { HTTPTemplate($0) }
    }
}

extension HTTPTemplate {
    init(_ file: DestinationFile.Template) {
        self.init(
            method: Method(rawValue: file.method) ?? .put,
            path: file.path,
            contentType: file.contentType,
            escape: Escape(rawValue: file.escape) ?? .json,
            body: file.body,
            row: file.row,
            ratioRow: file.ratioRow,
            separator: file.separator,
            rules: file.rules.map { rule in
                Rule(
                    act: rule.act.flatMap { PushAct(rawValue: $0) },
                    statuses: rule.statuses,
                    pointer: rule.pointer,
                    equals: rule.equals,
                    kind: OutcomeClass(rawValue: rule.outcome) ?? .contractDrift
                )
            },
            transaction: file.transaction,
            message: file.message,
            poll: file.poll,
            readBack: file.readBack.map { readBack in
                ReadBack(
                    path: readBack.path,
                    comparison: readBack.revision.map { .revision($0) }
                        ?? .rows(
                            Rows(
                                shown: readBack.rows,
                                sent: readBack.sentRows,
                                code: readBack.code,
                                area: readBack.area,
                                value: readBack.value,
                                pageSize: readBack.pageSize
                            )
                        )
                )
            }
        )
    }
}
