// Reads and checks a destination file; every wrong thing is named with its line and the remedy.
// SPDX-License-Identifier: Apache-2.0

extension DestinationFile {
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
            "destination", "kind", "base_url", "auth", "documents", "period", "org_unit", "mapping", "mappings",
            "options", "check_first", "suppress_below", "adds_up", "tls", "limits", "template",
        ])
        let kindName = top.choice("kind", default: "sipd-rekap", of: kinds.map(\.name))
        let kind = kinds.first { $0.name == kindName } ?? kinds[0]
        let period = top.section("period")
        let area = top.section("org_unit")
        period.allow(["from", "render"])
        area.allow(["scheme", "overrides"])
        let tls = tls(top.section("tls"))
        let result = DestinationFile(
            name: top.text("destination"),
            kind: kind.name,
            baseURL: address(top, kind, allowHTTP: tls.allowHTTP),
            authentication: authentication(top.section("auth"), kind, credentials),
            documents: choices(
                top,
                "documents",
                of: ["registri-posyandu", "spm-posyandu", "keluhan-spm", "kader"],
                default: ["registri-posyandu", "spm-posyandu", "keluhan-spm", "kader"]
            ),
            periods: choices(period, "from", of: ["month", "quarter", "year"], default: kind.usualPeriods),
            periodFormat: rendering(period),
            areaScheme: area.choice("scheme", default: "dotted", of: ["dotted", "plain"]),
            areaNames: area.section("overrides").flat(),
            mappings: mappings(top),
            options: options(top.section("options"), kind),
            checksFirst: top.flag("check_first", default: false),
            suppressBelow: top.integer("suppress_below", default: 0, in: 0...1_000),
            addsUp: top.sections("adds_up").map(sum),
            tls: tls,
            limits: limits(top.section("limits")),
            template: template(top, kind)
        )
        guard reader.findings.isEmpty else { throw ConfigurationError(findings: reader.findings) }
        return result
    }

    private static func address(_ top: SettingsReader.Section, _ kind: Kind, allowHTTP: Bool) -> String {
        if kind.isByHand {
            if top.has("base_url") {
                top.complain("base_url", "nothing is sent: a person carries these documents.", "remove the setting")
            }
            return ""
        }
        var address = top.text("base_url")
        if !address.isEmpty, !address.hasPrefix("https://"), !(allowHTTP && address.hasPrefix("http://")) {
            top.complain(
                "base_url",
                "the address does not begin with https://.",
                "use https, or tls.allow_http in a test"
            )
        }
        if address.contains("@") || address.contains("?") || address.contains("#") {
            top.complain(
                "base_url",
                "the address holds a user name or a query.",
                "give scheme, host, port and path only"
            )
        }
        while address.hasSuffix("/") { address.removeLast() }
        return address
    }

    private static func choices(
        _ section: SettingsReader.Section,
        _ key: String,
        of known: [String],
        default fallback: [String]
    ) -> [String] {
        let values = section.texts(key, default: fallback)
        for value in values where !known.contains(value) {
            section.complain(key, "`\(value)` is not known.", "some of \(known.joined(separator: ", "))")
        }
        if values.isEmpty { section.complain(key, "the list is empty.", "some of \(known.joined(separator: ", "))") }
        return values
    }

    private static func sum(_ entry: SettingsReader.Section) -> AddsUp {
        entry.allow(["total", "parts"])
        let sum = AddsUp(total: entry.text("total"), parts: entry.texts("parts"))
        if sum.parts.count < 2 || Set(sum.parts).count < sum.parts.count || sum.parts.contains(sum.total) {
            entry.complain(
                "parts",
                "these are no parts of a sum.",
                "list two or more other indicators, each once, as [kesehatan.d_l, kesehatan.d_p]"
            )
        }
        return sum
    }

    private static func rendering(_ section: SettingsReader.Section) -> String {
        let text = section.optionalText("render") ?? ""
        let known = ["yyyy", "mm", "q", "start", "end"]
        for name in Placeholders.names(text, anyCase: true) where !known.contains(name) {
            section.complain(
                "render",
                "`{\(name)}` is no part of a period.",
                "use \(known.map { "{\($0)}" }.joined(separator: ", "))"
            )
        }
        return text
    }

    private static func options(_ section: SettingsReader.Section, _ kind: Kind) -> [String: String] {
        section.allow(kind.options)
        let values = section.flat()
        for name in kind.needed where (values[name] ?? "").isEmpty {
            section.complain(name, "the setting is missing.", "add `\(name): …` under `options`")
        }
        for name in section.keys where kind.options.contains(name) && !kind.groups.contains(name) {
            if values.keys.contains(where: { $0.hasPrefix("\(name).") }) {
                section.complain(name, "a single value is expected.", "write `\(name): value`")
            }
        }
        for name in kind.groups where values[name] != nil {
            section.complain(name, "a group of settings is expected.", "write `\(name): {name: value}`")
        }
        for (name, value) in values.sorted(by: { $0.key < $1.key }) where name.hasPrefix("closing.") {
            if !CalendarDay.isOne(value) {
                section.complain("closing", "`\(value)` is no day.", "write the last day as 2027-01-20")
            }
        }
        return values
    }

    // MARK: Mappings

    private static func mappings(_ top: SettingsReader.Section) -> [Mapping] {
        guard top.has("mappings") else { return [mapping(top.section("mapping"))] }
        if top.has("mapping") {
            top.complain(
                "mapping",
                "there is a list `mappings` too.",
                "keep one of them; several versions go into `mappings`"
            )
        }
        let sections = top.sections("mappings")
        let mappings = sections.map(mapping)
        for (index, one) in mappings.enumerated() {
            for (earlier, other) in mappings[..<index].enumerated() {
                if one.version == other.version {
                    sections[index].complain("version", "version `\(one.version)` is there twice.", "give each its own")
                }
                let isApart =
                    (one.validFrom ?? "") > (other.validTo ?? "9999")
                    || (other.validFrom ?? "") > (one.validTo ?? "9999")
                if !isApart {
                    sections[index].complain(
                        "valid_from",
                        "versions `\(one.version)` and `\(mappings[earlier].version)` are valid on one day.",
                        "let the earlier end before the later begins"
                    )
                }
            }
        }
        return mappings
    }

    private static func mapping(_ section: SettingsReader.Section) -> Mapping {
        section.allow(["version", "nomenclature", "valid_from", "valid_to", "unmapped", "indicators"])
        let from = day(section, "valid_from")
        let to = day(section, "valid_to")
        if let from, let to, from > to {
            section.complain("valid_to", "the last day is before the first.", "write a day from \(from) on")
        }
        let named = section.section("indicators")
        return Mapping(
            version: section.text("version", default: "1"),
            nomenclature: section.optionalText("nomenclature"),
            validFrom: from,
            validTo: to,
            unmapped: section.choice("unmapped", default: "pass-through", of: ["pass-through", "fail", "skip"]),
            indicators: named.keys.map { indicator(named.section($0), $0) }
        )
    }

    private static func indicator(_ entry: SettingsReader.Section, _ name: String) -> Indicator {
        entry.allow(["code", "numerator", "denominator", "option", "subkegiatan", "scale"])
        let numerator = entry.optionalText("numerator")
        let denominator = entry.optionalText("denominator")
        if (numerator == nil) != (denominator == nil) {
            entry.complain(
                numerator == nil ? "denominator" : "numerator",
                "one part of a ratio has a code and the other has none.",
                "give both `numerator` and `denominator`, or neither"
            )
        }
        return Indicator(
            name: name,
            code: entry.text("code"),
            programmes: entry.texts("subkegiatan"),
            numerator: numerator,
            denominator: denominator,
            option: entry.optionalText("option"),
            scale: entry.has("scale") ? entry.integer("scale", default: 2, in: 0...6) : nil
        )
    }

    private static func day(_ section: SettingsReader.Section, _ key: String) -> String? {
        guard let text = section.optionalText(key) else { return nil }
        if !CalendarDay.isOne(text) { section.complain(key, "`\(text)` is no day.", "write it as 2027-01-01") }
        return text
    }

    // MARK: Connection

    private static func tls(_ section: SettingsReader.Section) -> TLS {
        section.allow(["ca_file", "client_cert", "client_key", "pin", "min_version", "allow_http"])
        let certificate = section.optionalText("client_cert")
        let key = section.optionalText("client_key")
        if (certificate == nil) != (key == nil) {
            section.complain(
                certificate == nil ? "client_key" : "client_cert",
                "a client certificate needs its key, and a key its certificate.",
                "give both `client_cert` and `client_key` as PEM files"
            )
        }
        let pin = section.has("pin") ? section.oneOrMore("pin").joined(separator: ";") : nil
        if let pin, !pin.split(separator: ";").allSatisfy({ isPin($0) }) {
            section.complain(
                "pin",
                "a pin is `sha256//` and 44 characters of Base64.",
                "give one or, better, two of them"
            )
        }
        return TLS(
            caFile: section.optionalText("ca_file"),
            clientCertificate: certificate,
            clientKey: key,
            pin: pin,
            minimumVersion: section.choice("min_version", default: "1.2", of: ["1.2", "1.3"]),
            allowHTTP: section.flag("allow_http", default: false)
        )
    }

    private static func isPin(_ text: Substring) -> Bool {
        guard text.hasPrefix("sha256//"), text.utf8.count == 52, text.hasSuffix("=") else { return false }
        return text.dropFirst(8).dropLast().utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "+"), UInt8(ascii: "/"): true
            default: false
            }
        }
    }

    private static func limits(_ section: SettingsReader.Section) -> Limits {
        section.allow([
            "concurrency", "rate_per_s", "burst", "breaker", "timeout_s", "connect_timeout_s", "back_off_base_s",
            "back_off_cap_s", "poll_base_s", "poll_cap_s", "poll_limit", "verification_limit", "loss_limit",
            "retry_after_cap_s", "max_rows", "max_response_bytes",
        ])
        return Limits(
            concurrency: section.integer("concurrency", default: 2, in: 1...16),
            ratePerSecond: section.has("rate_per_s")
                ? section.decimal("rate_per_s", default: 1, in: 0.001...1_000) : nil,
            burst: section.integer("burst", default: 1, in: 1...1_000),
            breaker: section.integer("breaker", default: 5, in: 1...100),
            timeoutSeconds: section.integer("timeout_s", default: 120, in: 1...1_800),
            connectTimeoutSeconds: section.integer("connect_timeout_s", default: 10, in: 1...300),
            backOffBaseSeconds: section.decimal("back_off_base_s", default: 30, in: 0.01...3_600),
            backOffCapSeconds: section.decimal("back_off_cap_s", default: 21_600, in: 0.1...86_400),
            pollBaseSeconds: section.decimal("poll_base_s", default: 2, in: 0.01...3_600),
            pollCapSeconds: section.decimal("poll_cap_s", default: 900, in: 0.01...86_400),
            pollLimit: section.integer("poll_limit", default: 200, in: 1...10_000),
            verificationLimit: section.integer("verification_limit", default: 5, in: 1...1_000),
            lossLimit: section.integer("loss_limit", default: 3, in: 1...100),
            retryAfterCapSeconds: section.integer("retry_after_cap_s", default: 86_400, in: 1...604_800),
            maximumRows: section.integer("max_rows", default: 500, in: 1...100_000),
            maximumResponseBytes: section.integer("max_response_bytes", default: 4 << 20, in: 1_024...(1 << 30))
        )
    }

    private static func authentication(
        _ section: SettingsReader.Section,
        _ kind: Kind,
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
        if kind.isByHand { return .none }
        let known = (kind.hasLogin ? ["client_credentials"] : []) + ["header", "none"]
        switch section.choice("type", default: known[0], of: known) {
        case "none": return .none
        case "header":
            let format = section.text("format", default: "Bearer {secret}")
            if !format.contains("{secret}") {
                section.complain(
                    "format",
                    "the secret has no place in it.",
                    "write {secret} where it stands, as in `Bearer {secret}`"
                )
            }
            let name = section.text("header", default: "Authorization")
            if !name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }) {
                section.complain("header", "`\(name)` is no name of a header.", "for example Authorization or APIkey")
            }
            return .header(name: name, format: format, secretFile: secret())
        default:
            return .clientCredentials(
                tokenPath: section.text("token_path", default: "/auth/token"),
                clientID: section.text("client_id"),
                secretFile: secret()
            )
        }
    }
}

/// A day as `2026-11-22`.
enum CalendarDay {
    static func isOne(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2, 2], text.utf8.allSatisfy({ ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2D }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]), (1...12).contains(month)
        else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...days[month - 1]).contains(day)
    }
}
