// The settings of one destination, as plain values.
// SPDX-License-Identifier: Apache-2.0

/// A file of `config/destinations`, checked. What a kind of destination makes of it is the exporter's business.
package struct DestinationFile: Sendable {
    package enum Authentication: Sendable, Hashable {
        /// OAuth client credentials: a token is fetched and renewed.
        case clientCredentials(tokenPath: String, clientID: String, secretFile: String)
        /// A static key in a header; `{secret}` in the format stands for the content of the file.
        case header(name: String, format: String, secretFile: String)
        case none
    }

    /// What one indicator is called at the destination.
    package struct Indicator: Sendable, Hashable {
        package var name: String
        package var code: String
        package var programmes: [String]
        /// Codes of a ratio's two parts.
        package var numerator: String?
        package var denominator: String?
        /// Disaggregation at the destination.
        package var option: String?
        /// Decimals of the value.
        package var scale: Int?
    }

    /// One version of the mapping.
    package struct Mapping: Sendable, Hashable {
        package var version: String
        /// Name of the list of sub kegiatan; nil takes the node's.
        package var nomenclature: String?
        /// First and last day, `2027-01-01`; nil leaves that side open.
        package var validFrom: String?
        package var validTo: String?
        /// `pass-through`, `fail` or `skip`.
        package var unmapped: String
        package var indicators: [Indicator]
    }

    /// An indicator and others that add up to it, by their names.
    package struct AddsUp: Sendable, Hashable {
        package var total: String
        package var parts: [String]
    }

    package struct TLS: Sendable, Hashable {
        package var caFile: String?
        package var clientCertificate: String?
        package var clientKey: String?
        package var pin: String?
        /// `1.2` or `1.3`.
        package var minimumVersion: String
        package var allowHTTP: Bool
    }

    package struct Limits: Sendable, Hashable {
        package var concurrency: Int
        package var ratePerSecond: Double?
        package var burst: Int
        /// Failures in a row that open the breaker.
        package var breaker: Int
        package var timeoutSeconds: Int
        package var connectTimeoutSeconds: Int
        package var backOffBaseSeconds: Double
        package var backOffCapSeconds: Double
        package var pollBaseSeconds: Double
        package var pollCapSeconds: Double
        package var pollLimit: Int
        package var verificationLimit: Int
        package var lossLimit: Int
        package var retryAfterCapSeconds: Int
        package var maximumRows: Int
        package var maximumResponseBytes: Int
    }

    package var name: String
    package var kind: String
    package var baseURL: String
    package var authentication: Authentication
    package var documents: [String]
    /// Lengths of the periods that are sent: `month`, `quarter`, `year`.
    package var periods: [String]
    /// Spelling of a period; empty takes the kind's usual one.
    package var periodFormat: String
    /// `dotted` or `plain`.
    package var areaScheme: String
    package var areaNames: [String: String]
    /// In the order of the file; one without dates, or several that share no day.
    package var mappings: [Mapping]
    package var options: [String: String]
    package var checksFirst: Bool
    package var suppressBelow: Int
    package var addsUp: [AddsUp]
    package var tls: TLS
    package var limits: Limits
    package var template: Template?

    /// What differs between the kinds of destinations in a file.
    struct Kind {
        var name: String
        /// Documents are carried by a person: no address, no key.
        var isByHand = false
        /// Has a login call that gives a token.
        var hasLogin = false
        var usualPeriods = ["month", "quarter", "year"]
        var options: [String] = []
        /// Options that are groups.
        var groups: [String] = []
        var needed: [String] = []
    }

    static let kinds = [
        Kind(name: "sipd-rekap", hasLogin: true),
        Kind(name: "sipd-serv", usualPeriods: ["year"]),
        Kind(
            name: "dhis2-dvs",
            options: ["data_set", "org_unit_root", "import_strategy", "async", "closed_codes"],
            needed: ["data_set"]
        ),
        Kind(
            name: "adx-xml",
            options: [
                "data_set", "org_unit_root", "import_strategy", "async", "closed_codes", "category",
                "read_back_period",
            ],
            groups: ["category"],
            needed: ["data_set"]
        ),
        Kind(
            name: "fhir-measurereport",
            options: [
                "measure", "code_system", "area_system", "identifier_system", "subject", "reporter", "kecamatan_code",
                "closed_codes",
            ]
        ),
        Kind(
            name: "espm-worksheet",
            isByHand: true,
            usualPeriods: ["quarter"],
            options: ["services_file", "office", "closing"],
            groups: ["office", "closing"]
        ),
        Kind(name: "http-template"),
    ]
}
