// The stand-in by itself: what its dialects take and refuse, its durability, and how it complains about a script.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTransfer
import PluginKit
import Testing

@Suite(.timeLimit(.minutes(25)), .enabled(if: StandinProcess.executable != nil, "sipd-standin is not built"))
struct StandinDialectTests {
    private static let json = (name: "Content-Type", value: "application/json")
    private static let bearer = (name: "Authorization", value: "Bearer rahasia")
    private static let token = (name: "Authorization", value: "ApiToken d2pat_rahasia")

    private func json(_ response: HTTPResponse) throws -> JSONValue { try JSONParser.parse(response.body) }

    // MARK: sipd-serv

    private func servRow(_ code: String, _ district: String, _ value: String) -> String {
        #"{"kodeindikator":"\#(code)","kodepemda":"3325","kodekec":"\#(district)","tahun":"2026","data":"\#(value)"}"#
    }

    @Test func `serv stores good rows, names bad ones in the log, verifies, ends and disables`() async throws {
        let standin = try await StandinProcess()
        defer { standin.stop() }
        func push(_ path: String, _ rows: [String]) async throws -> [String] {
            let response = try await standin.call(
                "POST",
                "a",
                "/serv/\(path)?kodepemda=3325",
                headers: [Self.json, Self.bearer],
                body: #"{"data":[\#(rows.joined(separator: ","))]}"#
            )
            let reply = try json(response)
            #expect(response.status == 200 && reply["code"]?.integer == 200)
            return (reply["log"]?.array ?? []).compactMap(\.string)
        }
        func list(_ path: String) async throws -> [JSONValue] {
            try json(try await standin.call("GET", "a", "/serv/\(path)", headers: [Self.bearer]))["data"]?.array ?? []
        }
        #expect(try await standin.call("GET", "a", "/serv/get_dssd?kodepemda=3325").status == 401)
        let log = try await push(
            "push_dssd",
            [servRow("1.04.000123", "0", "84"), servRow("1.04.000123", "332501", "12.5"), servRow("SALAH", "0", "1")]
        )
        #expect(log.filter { $0.hasSuffix(" OK") }.count == 2)
        #expect(log.filter { $0.hasPrefix("ERROR: baris 3") }.count == 1)
        #expect(
            try await push("push_dssd", Array(repeating: servRow("1.04.000123", "0", "1"), count: 501))[0].hasPrefix(
                "ERROR"
            )
        )
        let second = try await list("get_dssd?kodepemda=3325&tahun=2026&limit=1&offset=1")
        #expect(second.map { $0["data"]?.string } == ["12.5"])
        #expect(second.first?["rowtotal"]?.string == "2" && second.first?["rownum"]?.string == "2")
        #expect(try await list("get_dssd_final?kodepemda=3325&tahun=2026").isEmpty)
        let verified = try await standin.call(
            "POST",
            "a",
            "/standin/verifikasi",
            body: #"{"dialek":"serv","kunci":{"kodekec":"0"},"walidata":"Y","pembina":"Y","catatan":"sesuai"}"#
        )
        #expect(try json(verified)["baris"]?.integer == 1)
        #expect(try await list("get_dssd_final?kodepemda=3325&tahun=2026").map { $0["kodekec"]?.string } == ["0"])
        // The same value again is no effect and keeps the verification; another value takes it back.
        _ = try await push("push_dssd", [servRow("1.04.000123", "0", "84")])
        #expect(try await list("get_dssd_final?kodepemda=3325&tahun=2026").count == 1)
        _ = try await push("push_dssd", [servRow("1.04.000123", "0", "85")])
        #expect(try await list("get_dssd_final?kodepemda=3325&tahun=2026").isEmpty)
        let held = try await standin.state("a")["serv"]?.array?.first
        #expect(held?["efek"]?.integer == 2 && held?["berulang"]?.integer == 1)
        _ = try await push("push_disable_dssd", [servRow("1.04.000123", "0", "85")])
        #expect(try await list("get_dssd?kodepemda=3325&tahun=2026").count == 1)
    }

    // MARK: DHIS2

    private static let metadata = #"""
        {"dataElements":[{"id":"deAAAAAAAA1","code":"RTLH","valueType":"INTEGER_ZERO_OR_POSITIVE"},{"id":"deAAAAAAAA2","code":"LAIN","valueType":"NUMBER"}],
        "organisationUnits":[{"id":"ouAAAAAAAA1","code":"33.25"},{"id":"ouAAAAAAAA2","code":"33.25.01","parent":{"id":"ouAAAAAAAA1"}}],
        "categoryOptionCombos":[{"id":"coAAAAAAAA1","code":"L","categoryOptions":[{"code":"L"}]}],
        "dataSets":[{"id":"dsAAAAAAAA1","code":"P6S","periodType":"Monthly","expiryDays":10,"dataSetElements":[{"dataElement":{"id":"deAAAAAAAA1"}}]}]}
        """#

    private static let codes =
        "dataSetIdScheme=CODE&dataElementIdScheme=CODE&orgUnitIdScheme=CODE&categoryOptionComboIdScheme=CODE"

    private func withDhis2(_ body: (StandinProcess) async throws -> Void) async throws {
        let file = "/tmp/posyandud-dhis2-\(UUID().uuidString).json"
        try Data(Self.metadata.utf8).write(to: URL(filePath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        let standin = try await StandinProcess(["--dhis2-metadata", file])
        defer { standin.stop() }
        try await body(standin)
    }

    private func post(
        _ standin: StandinProcess,
        _ query: String,
        _ body: String,
        type: String = "application/json"
    ) async throws -> (status: Int, reply: JSONValue) {
        let response = try await standin.call(
            "POST",
            "d",
            "/api/dataValueSets?" + query,
            headers: [(name: "Content-Type", value: type), Self.token],
            body: body
        )
        return (response.status, try json(response))
    }

    private func counts(_ reply: JSONValue) -> [Int] {
        ["imported", "updated", "ignored", "deleted"].map { reply["response"]?["importCount"]?[$0]?.integer ?? -1 }
    }

    /// A value of a month far enough in the future that it never expires.
    private func value(_ element: String, _ unit: String, _ value: String, period: String = "209011") -> String {
        #"{"dataElement":"\#(element)","period":"\#(period)","orgUnit":"\#(unit)","value":"\#(value)"}"#
    }

    private func set(_ values: String...) -> String {
        #"{"dataSet":"P6S","dataValues":[\#(values.joined(separator: ","))]}"#
    }

    @Test func `DHIS2 imports the good rows, says 409 WARNING of the others, and upserts`() async throws {
        try await withDhis2 { standin in
            let dry = try await post(standin, Self.codes + "&dryRun=true", set(value("RTLH", "33.25.01", "84")))
            #expect(dry.status == 200 && counts(dry.reply) == [1, 0, 0, 0])
            #expect(try await standin.state("d")["dhis2"]?.array?.isEmpty == true)
            let mixed = try await post(
                standin,
                Self.codes,
                set(
                    value("RTLH", "33.25.01", "84"),
                    value("TIDAK_ADA", "33.25.01", "1"),
                    value("RTLH", "99.99", "1"),
                    value("RTLH", "33.25", "-1"),
                    value("LAIN", "33.25", "1"),
                    value("RTLH", "33.25", "5", period: "2090Q4"),
                    value("RTLH", "33.25", "5", period: "201501")
                )
            )
            #expect(mixed.status == 409 && mixed.reply["status"]?.string == "WARNING")
            #expect(counts(mixed.reply) == [1, 0, 6, 0])
            #expect(mixed.reply["response"]?["rejectedIndexes"]?.array?.compactMap(\.integer) == [1, 2, 3, 4, 5, 6])
            let codes = mixed.reply["response"]?["conflicts"]?.array?.compactMap { $0["errorCode"]?.string }
            #expect(codes == ["E7610", "E7612", "E7619", "E7633", "E7632", "E7640"])
            let again = try await post(standin, Self.codes, set(value("RTLH", "33.25.01", "84")))
            #expect(again.status == 200 && counts(again.reply) == [0, 0, 1, 0])
            let other = try await post(standin, Self.codes, set(value("RTLH", "33.25.01", "85")))
            #expect(counts(other.reply) == [0, 1, 0, 0])
            let create = try await post(
                standin,
                Self.codes + "&importStrategy=CREATE",
                set(value("RTLH", "33.25.01", "9"))
            )
            #expect(counts(create.reply) == [0, 0, 1, 0])
            let read = try await standin.call(
                "GET",
                "d",
                "/api/dataValueSets?dataSet=P6S&period=209011&orgUnit=33.25&children=true&idScheme=CODE",
                headers: [
                    (name: "Authorization", value: "Basic \(Data("posyandud:rahasia".utf8).base64EncodedString())")
                ]
            )
            let shown = try #require(try json(read)["dataValues"]?.array)
            #expect(shown.map { $0["value"]?.string } == ["85"] && shown[0]["orgUnit"]?.string == "33.25.01")
            let gone = try await post(
                standin,
                Self.codes + "&importStrategy=DELETE",
                set(value("RTLH", "33.25.01", "85"))
            )
            #expect(counts(gone.reply) == [0, 0, 0, 1])
            #expect(try await standin.state("d")["dhis2"]?.array?.first?["dihapus"]?.bool == true)
            let unknown = try await post(standin, Self.codes, #"{"dataSet":"LAIN","dataValues":[]}"#)
            #expect(unknown.status == 200)
            #expect(
                try await standin.call("POST", "d", "/api/dataValueSets", headers: [Self.json], body: "{}").status
                    == 401
            )
            #expect(try await post(standin, Self.codes, "<x/>", type: "text/xml").status == 415)
        }
    }

    @Test func `DHIS2 runs an import in the background and shows its summary when it ends`() async throws {
        try await withDhis2 { standin in
            let started = try await post(standin, Self.codes + "&async=true", set(value("RTLH", "33.25.01", "84")))
            let place = try #require(started.reply["response"]?["relativeNotifierEndpoint"]?.string)
            #expect(started.status == 200 && started.reply["response"]?["jobType"]?.string == "DATAVALUE_IMPORT")
            let running = try await standin.call("GET", "d", place, headers: [Self.token])
            #expect(try json(running).array?.first?["completed"]?.bool == false)
            let done = try await standin.call("GET", "d", place, headers: [Self.token])
            #expect(try json(done).array?.first?["completed"]?.bool == true)
            let summary = try await standin.call(
                "GET",
                "d",
                place.replacing("tasks", with: "taskSummaries"),
                headers: [Self.token]
            )
            #expect(try json(summary)["importCount"]?["imported"]?.integer == 1)
        }
    }

    @Test func `ADX carries the same values by codes, with disaggregation as attributes`() async throws {
        try await withDhis2 { standin in
            let adx = """
                <?xml version="1.0" encoding="UTF-8"?>
                <adx xmlns="urn:ihe:qrph:adx:2015" exported="2090-12-05T10:00:00+07:00">
                  <group orgUnit="33.25.01" dataSet="P6S" period="2090-11-01/P1M">
                    <dataValue dataElement="RTLH" value="84"/><dataValue dataElement="RTLH" value="40" SEX="L"/>
                    <dataValue dataElement="RTLH" value="4" SEX="X"></dataValue>
                  </group>
                </adx>
                """
            let mixed = try await post(standin, "", adx, type: "application/adx+xml")
            #expect(mixed.status == 409 && counts(mixed.reply) == [2, 0, 1, 0])
            let json = try await post(standin, Self.codes, set(value("RTLH", "33.25.01", "84")))
            #expect(counts(json.reply) == [0, 0, 1, 0])
            for broken in ["<adx", adx.replacing("</group>", with: ""), adx.replacing("urn:ihe", with: "urn:lain")] {
                #expect(try await post(standin, "", broken, type: "application/adx+xml").status == 400)
            }
            let odd = try await post(
                standin,
                "",
                adx.replacing("2090-11-01/P1M", with: "2090-11-02/P1M"),
                type: "application/adx+xml"
            )
            #expect(odd.reply["response"]?["conflicts"]?.array?.first?["errorCode"]?.string == "E7611")
        }
    }

    // MARK: FHIR

    private static func report(_ id: String, _ count: Int) -> String {
        #"""
        {"resourceType":"MeasureReport","id":"\#(id)","status":"complete","type":"summary","measure":"https://x.invalid/Measure/spm4",
        "subject":{"reference":"Location/3325"},"reporter":{"reference":"Organization/pmd"},"period":{"start":"2026-10-01","end":"2026-12-31"},
        "group":[{"code":{"coding":[{"code":"RTLH"}]},"population":[{"code":{"coding":[{"code":"numerator"}]},"count":\#(count)}]}]}
        """#
    }

    @Test func `a MeasureReport has versions, If-Match, refusals with a path, and answers in three ways`() async throws
    {
        let standin = try await StandinProcess()
        defer { standin.stop() }
        func put(_ id: String, _ body: String, ifMatch: String? = nil) async throws -> HTTPResponse {
            var headers = [(name: "Content-Type", value: "application/fhir+json"), Self.bearer]
            if let ifMatch { headers.append((name: "If-Match", value: ifMatch)) }
            return try await standin.call("PUT", "f", "/fhir/MeasureReport/\(id)", headers: headers, body: body)
        }
        let first = try await put("a", Self.report("a", 1))
        #expect(first.status == 201 && first.header("ETag") == "W/\"1\"")
        #expect(try await put("a", Self.report("a", 1)).status == 200)
        let second = try await put("a", Self.report("a", 2), ifMatch: "W/\"1\"")
        #expect(second.status == 200 && second.header("ETag") == "W/\"2\"")
        #expect(try await put("a", Self.report("a", 3), ifMatch: "W/\"1\"").status == 412)
        let bad = try await put("b", Self.report("b", -1).replacing("\"period\"", with: "\"waktu\""))
        let paths = try json(bad)["issue"]?.array?.compactMap { $0["expression"]?.array?.first?.string }
        #expect(bad.status == 422)
        #expect(
            paths == [
                "MeasureReport.period.start", "MeasureReport.period.end", "MeasureReport.group[0].population[0].count",
            ]
        )
        try await standin.setFaults("f", "fhir.put sequence accepted see-other closed")
        let accepted = try await put("c", Self.report("c", 1))
        let place = try #require(accepted.header("Location")?.replacing("/~f", with: ""))
        #expect(accepted.status == 202)
        #expect(try await standin.call("GET", "f", place, headers: [Self.bearer]).status == 202)
        #expect(try await standin.call("GET", "f", place, headers: [Self.bearer]).status == 200)
        #expect(try await put("d", Self.report("d", 1)).status == 303)
        #expect(try await put("e", Self.report("e", 1)).status == 409)
        #expect(try await standin.state("f")["fhir"]?.array?.map { $0["efek"]?.integer } == [2, 1, 1])
    }

    // MARK: The stand-in itself

    @Test func `a script that cannot be read is refused with its line, and the old one stays`() async throws {
        let standin = try await StandinProcess()
        defer { standin.stop() }
        try await standin.setFaults("s", "serv.get always 503")
        for (script, words) in [
            ("\n\nserv.get always meledak", "line 3: there is no fault meledak"),
            ("serv.lain always 503", "line 1: there is no route serv.lain"),
            ("* rate 2 503", "line 1: a rate lies from 0 to 1"), ("* kadang 503", "line 1: kadang is none of"),
            ("* always status(kode=503)", "line 1: status has no argument kode=503"), ("* always", "line 1: a rule is"),
            ("* always status(code=503", "line 1: status(code=503 lacks its )"),
        ] {
            let answer = try await standin.call("PUT", "s", "/standin/faults", body: script)
            #expect(answer.status == 400)
            #expect(try json(answer)["detail"]?.string?.hasPrefix(words) == true, "\(script)")
        }
        #expect(
            try await standin.call("GET", "s", "/serv/get_dssd?kodepemda=3325", headers: [Self.bearer]).status == 503
        )
    }

    @Test func `what was acknowledged is held after a kill, room by room`() async throws {
        let folder = "/tmp/posyandud-standin-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = try await StandinProcess(storage: ["--store", folder])
        for room in ["satu", "dua"] {
            let body = #"{"data":[\#(servRow("1.04.000123", "0", room == "satu" ? "1" : "2"))]}"#
            let answer = try await first.call(
                "POST",
                room,
                "/serv/push_dssd?kodepemda=3325",
                headers: [Self.bearer],
                body: body
            )
            #expect(answer.status == 200)
        }
        let before = try await first.state("dua")["serv"]
        first.stop()
        let second = try await StandinProcess(storage: ["--store", folder])
        defer { second.stop() }
        #expect(try await second.state("dua")["serv"] == before)
        #expect(try await second.state("satu")["serv"]?.array?.first?["isi"]?["data"]?.string == "1")
    }
}
