// The settings of one destination, as plain values.
// SPDX-License-Identifier: Apache-2.0

/// A file of `config/destinations`, checked. What a kind of destination makes of it is the exporter's business.
package struct DestinationFile: Sendable {
    package enum Authentication: Sendable {
        /// OAuth client credentials: a token is fetched and renewed.
        case clientCredentials(tokenPath: String, clientID: String, secretFile: String)
        /// A static key in a header; `{secret}` in the format stands for the content of the file.
        case header(name: String, format: String, secretFile: String)
        case none
    }
    /// What one indicator is called at the destination.
    package struct Indicator: Sendable {
        package var name: String
        package var code: String
        package var programmes: [String]
    }

    package var name: String
    package var kind: String
    package var baseURL: String
    package var authentication: Authentication
    package var documents: [String]
    package var mappingVersion: String
    package var indicators: [Indicator]
    /// `pass-through`, `fail` or `skip`.
    package var unmapped: String
    package var suppressBelow: Int
    package var caFile: String?
    package var allowHTTP: Bool
    package var concurrency: Int
    package var timeoutSeconds: Int
    package var backOffBaseSeconds: Double
    package var backOffCapSeconds: Double
    package var pollBaseSeconds: Double

    /// Reads and checks the text of a destination file.
    /// - Parameters:
    ///   - credentials: folder of systemd credentials; secret names without a slash are looked up there.
    /// - Throws: `ConfigurationError` with every finding.
    package static func read(
        _ text: String,
        file: String,
        environment: [String: String] = [:],
        credentials: String? = nil
    ) throws(ConfigurationError) -> DestinationFile {
        let reader = SettingsReader(file: file, environment: [:])
        guard let top = reader.parse(text) else { throw ConfigurationError(findings: reader.findings) }
        top.allow([
            "destination", "kind", "base_url", "auth", "documents", "mapping", "suppress_below", "tls", "limits",
        ])
        let auth = top.section("auth")
        let mapping = top.section("mapping")
        let tls = top.section("tls")
        let limits = top.section("limits")
        mapping.allow(["version", "unmapped", "indicators"])
        tls.allow(["ca_file", "allow_http"])
        limits.allow(["concurrency", "timeout_s", "back_off_base_s", "back_off_cap_s", "poll_base_s"])
        let baseURL = top.text("base_url")
        let allowHTTP = tls.flag("allow_http", default: false)
        if !baseURL.hasPrefix("https://"), !(allowHTTP && baseURL.hasPrefix("http://")) {
            top.complain(
                "base_url",
                "the address does not begin with https://.",
                "use https, or tls.allow_http in a test"
            )
        }
        let named = mapping.section("indicators")
        let result = DestinationFile(
            name: top.text("destination"),
            kind: top.choice("kind", default: "sipd-rekap", of: ["sipd-rekap"]),
            baseURL: baseURL,
            authentication: authentication(auth, credentials),
            documents: top.texts("documents", default: ["registri-posyandu", "spm-posyandu", "keluhan-spm", "kader"]),
            mappingVersion: mapping.text("version", default: "1"),
            indicators: named.keys.map { name in
                let entry = named.section(name)
                entry.allow(["code", "subkegiatan"])
                return Indicator(name: name, code: entry.text("code"), programmes: entry.texts("subkegiatan"))
            },
            unmapped: mapping.choice("unmapped", default: "pass-through", of: ["pass-through", "fail", "skip"]),
            suppressBelow: top.integer("suppress_below", default: 0, in: 0...1_000),
            caFile: tls.optionalText("ca_file"),
            allowHTTP: allowHTTP,
            concurrency: limits.integer("concurrency", default: 2, in: 1...16),
            timeoutSeconds: limits.integer("timeout_s", default: 120, in: 1...1_800),
            backOffBaseSeconds: limits.decimal("back_off_base_s", default: 30, in: 0.01...3_600),
            backOffCapSeconds: limits.decimal("back_off_cap_s", default: 21_600, in: 0.1...86_400),
            pollBaseSeconds: limits.decimal("poll_base_s", default: 2, in: 0.01...3_600)
        )
        guard reader.findings.isEmpty else { throw ConfigurationError(findings: reader.findings) }
        return result
    }

    private static func authentication(
        _ section: SettingsReader.Section,
        _ credentials: String?
    ) -> Authentication {
        section.allow(["type", "token_path", "client_id", "header", "format", "secret_file"])
        func secret() -> String {
            let value = section.text("secret_file")
            if value.isEmpty || value.contains("/") { return value }
            guard let credentials else {
                section.complain(
                    "secret_file",
                    "`\(value)` names a systemd credential, but there is no credentials directory.",
                    "start by systemd, or give the path of a file"
                )
                return value
            }
            return credentials + "/" + value
        }
        switch section.choice("type", default: "client_credentials", of: ["client_credentials", "header", "none"]) {
        case "none": return .none
        case "header":
            return .header(
                name: section.text("header", default: "Authorization"),
                format: section.text("format", default: "Bearer {secret}"),
                secretFile: secret()
            )
        default:
            return .clientCredentials(
                tokenPath: section.text("token_path", default: "/auth/token"),
                clientID: section.text("client_id"),
                secretFile: secret()
            )
        }
    }
}
