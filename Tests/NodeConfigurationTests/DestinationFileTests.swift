// What an operator gets told about a destination file.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import NodeConfiguration
import Testing

@Suite struct DestinationFileTests {
    private func read(_ text: String) throws -> DestinationFile {
        try DestinationFile.read(text, file: "d.yaml", credentials: "/creds")
    }

    private func findings(_ text: String) -> [ConfigurationFinding] {
        do throws(ConfigurationError) {
            _ = try DestinationFile.read(text, file: "d.yaml", credentials: "/creds")
            return []
        } catch {
            return error.findings
        }
    }

    private static let folder =
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/config/destinations"

    @Test func `every example that ships is valid, one of each kind`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder).filter { $0.hasSuffix(".example") }
        let files = try names.sorted().map { name in
            try read(try String(contentsOfFile: "\(Self.folder)/\(name)", encoding: .utf8))
        }
        #expect(
            Set(files.map(\.kind)) == [
                "sipd-rekap", "sipd-serv", "dhis2-dvs", "adx-xml", "fhir-measurereport", "espm-worksheet",
                "http-template",
            ]
        )
        let dhis2 = try #require(files.first { $0.kind == "dhis2-dvs" })
        #expect(dhis2.options["closed_codes"]?.hasPrefix("E7641 E7642") == true)
        #expect(dhis2.mappings[0].indicators[0].numerator == "P6_D" && dhis2.areaNames["33.25"] == "KAB_BATANG")
        #expect(dhis2.checksFirst && dhis2.limits.ratePerSecond == 0.5)
        let template = try #require(files.first { $0.kind == "http-template" })
        #expect(template.mappings.map(\.version) == ["2026", "2027"] && template.template?.rules.count == 8)
        #expect(template.template?.rules[1].statuses == 200...299)
        let fhir = try #require(files.first { $0.kind == "fhir-measurereport" })
        #expect(fhir.addsUp.count == 7 && fhir.addsUp[0].total == "kesehatan.d" && fhir.addsUp[0].parts.count == 4)
        let espm = try #require(files.first { $0.kind == "espm-worksheet" })
        #expect(espm.baseURL.isEmpty && espm.authentication == .none && espm.options["closing.2026-Q4"] == "2027-01-20")
    }

    @Test func `what is not given has the usual value`() throws {
        let file = try read(
            "destination: a\nkind: dhis2-dvs\nbase_url: https://a/api/\nauth: {secret_file: s}\noptions: {data_set: D}"
        )
        #expect(file.baseURL == "https://a/api")
        #expect(
            file.authentication == .header(name: "Authorization", format: "Bearer {secret}", secretFile: "/creds/s")
        )
        #expect(
            file.limits.maximumRows == 500 && file.limits.maximumResponseBytes == 4 << 20
                && file.limits.ratePerSecond == nil
        )
        #expect(
            file.tls.minimumVersion == "1.2" && file.areaScheme == "dotted" && file.mappings.map(\.version) == ["1"]
        )
    }

    /// Text of a file, the setting that is wrong, its line, and a word of the remedy.
    static let wrong: [(text: String, setting: String, line: Int, fix: String)] = [
        ("kind: dhis3", "kind", 3, "dhis2-dvs"),
        ("bas_url: x", "bas_url", 3, "base_url"),
        ("kind: dhis2-dvs\noptions: {}", "options.data_set", 4, "data_set"),
        ("kind: dhis2-dvs\noptions: {data_set: A, datset: B}", "options.datset", 4, "data_set"),
        ("kind: adx-xml\noptions: {data_set: A, category: x}", "options.category", 4, "name: value"),
        ("kind: dhis2-dvs\noptions: {data_set: {a: b}}", "options.data_set", 4, "write"),
        ("kind: espm-worksheet\noptions: {closing: {2026-Q4: 20 Jan}}", "options.closing", 4, "2027-01-20"),
        ("period: {from: [week]}", "period.from", 3, "month, quarter, year"),
        ("period: {render: \"{YYYY}\"}", "period.render", 3, "{yyyy}"),
        ("org_unit: {scheme: dots}", "org_unit.scheme", 3, "dotted, plain"),
        ("documents: [kader, posyandu]", "documents", 3, "registri-posyandu"),
        ("documents: []", "documents", 3, "registri-posyandu"),
        ("mapping: {unmapped: ignore}", "mapping.unmapped", 3, "skip"),
        ("mapping: {indicators: {a.b: {cod: X}}}", "mapping.indicators.a.b.cod", 3, "code"),
        ("mapping: {indicators: {a.b: {code: X, numerator: Y}}}", "mapping.indicators.a.b.numerator", 3, "both"),
        ("mapping: {indicators: {a.b: {code: X, scale: 9}}}", "mapping.indicators.a.b.scale", 3, "2"),
        ("mapping: {valid_from: 2026-02-30}", "mapping.valid_from", 3, "2027-01-01"),
        ("mapping: {valid_from: 2026-02-02, valid_to: 2026-02-01}", "mapping.valid_to", 3, "2026-02-02"),
        ("mapping: {}\nmappings: [{version: a}]", "mapping", 3, "mappings"),
        (
            "mappings:\n  - {version: a, valid_to: 2026-12-31}\n  - {version: b, valid_from: 2026-12-31}",
            "mappings[1].valid_from", 5, "end before"
        ),
        (
            "mappings:\n  - {version: a, valid_to: 2026-12-31}\n  - {version: a, valid_from: 2027-01-01}",
            "mappings[1].version", 5, "own"
        ),
        ("mappings: {version: a}", "mappings", 3, "- "),
        ("adds_up: [{total: a.x, parts: [a.y]}]", "adds_up[0].parts", 3, "two or more"),
        ("adds_up: [{total: a.x, parts: [a.x, a.y]}]", "adds_up[0].parts", 3, "two or more"),
        ("adds_up: [{parts: [a.x, a.y]}]", "adds_up[0].total", 3, "total"),
        ("tls: {client_cert: a.pem}", "tls.client_cert", 3, "both"),
        ("tls: {pin: abc}", "tls.pin", 3, "two"),
        ("tls: {min_version: \"1.1\"}", "tls.min_version", 3, "1.2, 1.3"),
        ("limits: {max_rows: 0}", "limits.max_rows", 3, "500"),
        ("limits: {rate_per_s: fast}", "limits.rate_per_s", 3, "1"),
        ("template: {}", "template", 3, "remove"),
        ("kind: sipd-serv\nauth: {type: client_credentials}", "auth.type", 4, "header, none"),
        ("auth: {type: header, format: Bearer, secret_file: s}", "auth.format", 3, "{secret}"),
        ("auth: {type: header, header: \"a b\", secret_file: s}", "auth.header", 3, "Authorization"),
    ]

    @Test(arguments: wrong.indices)
    func `a wrong setting is named with its line and remedy`(_ index: Int) throws {
        let one = Self.wrong[index]
        let isByHand = one.text.contains("espm")
        let head = isByHand ? "destination: a\nsuppress_below: 5\n" : "destination: a\nbase_url: https://a\n"
        let rest = one.text.contains("auth:") || isByHand ? "" : "\nauth: {type: none}"
        let found = findings(head + one.text + rest)
        let finding = try #require(found.first { $0.setting == one.setting && $0.fix.contains(one.fix) }, "\(found)")
        #expect(finding.line == one.line, "\(finding)")
    }

    @Test(arguments: ["http://a", "https://u@a", "https://a?key=1"])
    func `an address that is none is refused`(_ address: String) {
        #expect(findings("destination: a\nbase_url: \(address)\nauth: {type: none}").map(\.setting) == ["base_url"])
    }

    // MARK: Templates

    private static func template(_ lines: String) -> String {
        """
        destination: a
        kind: http-template
        base_url: https://a
        auth: {type: none}
        template:
        \(lines.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n"))
        """
    }

    private static let good = """
        path: /x/{period}
        body: '[{rows}]'
        row: '{"a":"{code}"}'
        classify: [{status: 200, class: ACK_FINAL}]
        """

    @Test func `a short template is enough`() throws {
        let template = try #require(try read(Self.template(Self.good)).template)
        #expect(template.method == "PUT" && template.escape == "json" && template.separator == ",")
        #expect(template.readBack == nil && template.rules[0].statuses == 200...200)
    }

    static let wrongTemplates: [(old: String, new: String, setting: String, line: Int)] = [
        ("path: /x/{period}", "path: x/{period}", "template.path", 6),
        ("path: /x/{period}", "path: /x/{code}", "template.path", 6),
        ("'[{rows}]'", "'[]'", "template.body", 7), ("'[{rows}]'", "'[{rows}{rows}]'", "template.body", 7),
        ("'[{rows}]'", "'[{rows}{secret}]'", "template.body", 7),
        ("{code}", "{denominator}", "template.row", 8), ("{code}", "{rows}", "template.row", 8),
        ("status: 200", "status: 20x", "template.classify[0].status", 9),
        ("status: 200", "status: 300-200", "template.classify[0].status", 9),
        ("ACK_FINAL", "OK", "template.classify[0].class", 9), ("ACK_FINAL", "ACK_PENDING", "template.classify", 9),
        ("status: 200,", "status: 200, equals: a,", "template.classify[0].equals", 9),
        ("status: 200,", "status: 200, pointer: a,", "template.classify[0].pointer", 9),
        ("classify: [{status: 200, class: ACK_FINAL}]", "read_back: {path: /a}", "template.classify", 6),
        ("classify:", "read_back: {path: /a}\nclassify:", "template.read_back.revision", 9),
        ("classify:", "read_back: {path: /a, rows: /d, code: /c, area: /a}\nclassify:", "template.read_back.value", 9),
        ("classify:", "escape: yaml\nclassify:", "template.escape", 9),
        ("classify:", "method: GET\nclassify:", "template.method", 9),
    ]

    @Test(arguments: wrongTemplates.indices)
    func `a wrong template is named with its line`(_ index: Int) throws {
        let one = Self.wrongTemplates[index]
        let found = findings(Self.template(Self.good.replacing(one.old, with: one.new)))
        let finding = try #require(found.first { $0.setting == one.setting }, "\(found)")
        #expect(finding.line == one.line, "\(finding)")
    }
}
