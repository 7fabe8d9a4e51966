// Points and lines of forms: what is one, what the daemon says when it is none, how long a line is.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PluginKit

@Suite struct MapTests {
    private func field(_ type: Manifest.FieldType) throws -> Manifest.Field {
        let text = """
            {"manifest":1,"id":"peta","version":"1.0.0","protocol":1,"form":"declarative","scope":"local","stability":"beta",
             "name":{"id":"Peta"},"records":{"peta.titik":{"version":1,"title":{"id":"T"},"subject":"none",
             "fields":{"tempat":{"type":"\(type.rawValue)"}}}},"indicators":{}}
            """
        let manifest = try Manifest.parse(Array(text.utf8), file: "sector.json").get()
        return try #require(manifest.record("peta.titik")?.field("tempat"))
    }

    private func code(_ type: Manifest.FieldType, _ json: String) throws -> String? {
        try field(type).check(try JSONParser.parse(json))?.code
    }

    @Test(arguments: [
        (#"{"lintang":-6.9127,"bujur":109.7345}"#, nil), (#"{"bujur":141.5,"lintang":6.5}"#, nil),
        (#"{"lintang":-11.5,"bujur":94.5}"#, nil), (#"{"lintang":-7,"bujur":110}"#, nil),
        (#"{"lintang":6.5000001,"bujur":110}"#, "isian.titik"), (#"{"lintang":-7,"bujur":94.49}"#, "isian.titik"),
        (#"{"lintang":51.5,"bujur":-0.12}"#, "isian.titik"), (#"{"lintang":109.7,"bujur":-6.9}"#, "isian.titik"),
        (#"{"lintang":0,"bujur":0}"#, "isian.titik"), (#"{"lintang":-7}"#, "isian.jenis"), ("{}", "isian.jenis"),
        (#"{"lintang":"-7","bujur":110}"#, "isian.jenis"), (#"{"lintang":1e400,"bujur":110}"#, "isian.jenis"),
        (#"{"lintang":-7,"bujur":110,"x":1}"#, "isian.titik"), ("[-7,110]", "isian.jenis"),
        ("\"-7, 110\"", "isian.jenis"),
    ])
    func `a point is two numbers in Indonesia`(_ json: String, _ expected: String?) throws {
        #expect(try code(.point, json) == expected)
        #expect((try MapPoint(JSONParser.parse(json)) != nil) == (expected == nil))
    }

    @Test func `swapped numbers are named as such`() throws {
        let violation = try field(.point).check(try JSONParser.parse(#"{"lintang":109.7,"bujur":-6.9}"#))
        #expect(violation?.message.hasSuffix("lintang dan bujur tertukar") == true)
    }

    @Test(arguments: [(0, "isian.garis"), (1, "isian.garis"), (2, nil), (200, nil), (201, "isian.garis")])
    func `a line has 2 to 200 points`(_ count: Int, _ expected: String?) throws {
        let points = (0..<count).map { "{\"lintang\":-6.9,\"bujur\":109.\(1_000 + $0)}" }
        #expect(try code(.line, "[" + points.joined(separator: ",") + "]") == expected)
    }

    @Test func `a line of something else is none`() throws {
        #expect(try code(.line, #"{"lintang":-7,"bujur":110}"#) == "isian.jenis")
        #expect(try code(.line, #"[{"lintang":-7,"bujur":110},7]"#) == "isian.jenis")
        #expect(try code(.line, #"[{"lintang":-7,"bujur":110},{"lintang":70,"bujur":110}]"#) == "isian.titik")
    }

    /// Lengths of arcs of a sphere of 6,371,008.8 m: a degree of a meridian is 111,195 m everywhere, one of a parallel
    /// shrinks with the cosine of the latitude.
    @Test(arguments: [
        ([(-700, 11_000), (-800, 11_000)], 111_195), ([(0, 11_000), (0, 11_100)], 111_195),
        ([(-600, 11_000), (-600, 11_100)], 110_586), ([(-700, 11_000), (-700, 11_000)], 0),
        ([(-700, 11_000), (-800, 11_000), (-700, 11_000)], 222_390), ([(0, 9_500), (0, 14_100)], 5_114_974),
    ])
    func `the length of a line is that of great circles`(_ hundredths: [(Int, Int)], _ metres: Int) throws {
        let points = hundredths.compactMap { latitude, longitude in
            MapPoint(
                latitude: ExactDecimal(mantissa: Int64(latitude), scale: 2) ?? 0,
                longitude: ExactDecimal(mantissa: Int64(longitude), scale: 2) ?? 0
            )
        }
        #expect(MapLine(points)?.metres == metres)
    }

    @Test func `values keep their digits through payload, fields and wire`() throws {
        let json =
            #"{"titik":{"lintang":-6.9100,"bujur":109.7345670},"garis":[{"lintang":-7,"bujur":110},{"lintang":-7.10,"bujur":110}]}"#
        let parsed = try JSONParser.parse(json)
        let object = try #require(parsed.object)
        let fields = try #require(Fields(object))
        #expect(String(decoding: fields.json, as: UTF8.self) == json)
        #expect(fields.point("titik")?.text == "-6.9100, 109.7345670")
        struct Form: Decodable {
            var titik: MapPoint
            var garis: MapLine
        }
        let form = try JSONPayloadDecoder().decode(Form.self, from: .object(object))
        #expect(form.titik == fields.point("titik"))
        #expect(form.garis.fieldValue == fields["garis"])
        #expect(form.garis.metres == 11_120)
        #expect(throws: DecodingError.self) {
            try JSONPayloadDecoder().decode(Form.self, from: ["titik": ["lintang": 60, "bujur": 110], "garis": []])
        }
        #expect(Fields(["x": ["a": 1]]) == nil, "an object that is no point is no value")
    }

    @Test func `an answer may put a point and a line where they are declared, and nothing else there`() throws {
        let point = try #require(MapPoint(latitude: -7, longitude: 110))
        #expect(try field(.point).holds(.point(point)))
        #expect(try !field(.point).holds(.text("-7, 110")) && !field(.text).holds(.point(point)))
        #expect(try field(.line).holds(.list([.point(point), .point(point)])))
        #expect(
            try !field(.line).holds(.list([.point(point)])) && !field(.line).holds(.list([.point(point), .flag(true)]))
        )
        #expect(try !field(.line).holds(.point(point)))
    }
}

@Suite struct ServiceManifestTests {
    private func parse(_ spm: String) -> Result<Manifest, ManifestFindings> {
        let text = """
            {"manifest":1,"id":"sosial","version":"1.0.0","protocol":1,"form":"program","scope":"canonical","stability":"beta",
             "name":{"id":"Sosial"},"records":{"sosial.a":{"version":1,"title":{"id":"A"},"subject":"none","work_item":"a",
             "fields":{"jenis":{"type":"choice","choices":["x","y"]},"n":{"type":"integer"},"spm":{"type":"text","derived":true}}}},
             "indicators":{},
             "spm":\(spm)}
            """
        return Manifest.parse(Array(text.utf8), file: "sector.json")
    }

    private func concerned(_ spm: String, _ fields: Fields) throws -> [Int] {
        let manifest = try parse(spm).get()
        let record = try #require(manifest.record("sosial.a"))
        let service = try #require(manifest.service(of: record))
        return service.concerned(by: fields)
    }

    @Test func `a plain list concerns every record, a field or a condition some`() throws {
        #expect(try concerned(#"{"a":[33,34]}"#, [:]) == [33, 34])
        let byField = #"{"a":{"field":"spm","services":[33,34,35]}}"#
        #expect(try concerned(byField, ["spm": .text("35 33")]) == [33, 35])
        #expect(try concerned(byField, [:]) == [])
        let when = #"{"a":[33,{"service":34,"where":{"jenis":"x"}},{"service":34,"where":{"n":2}}]}"#
        #expect(try concerned(when, [:]) == [33])
        #expect(try concerned(when, ["jenis": .text("x")]) == [33, 34])
        #expect(try concerned(when, ["jenis": .text("y"), "n": .integer(2)]) == [33, 34])
        #expect(try concerned(when, ["jenis": .text("y"), "n": .integer(3)]) == [33])
    }

    @Test(arguments: [
        (#"{"b":[33]}"#, "/spm/b: no record type has the work_item 'b'"),
        (#"{"a":33}"#, "/spm/a: must be a list of SPM services, 9 to 37"),
        (#"{"a":{"field":"jenis","services":[33]}}"#, "/spm/a/field: 'jenis' is not a text field of sosial.a"),
        (#"{"a":[{"service":33,"where":{"jenis":"z"}}]}"#, "/spm/a/0: the value can never be one of 'jenis'"),
        (#"{"a":[{"service":33,"where":{"bulan":1}}]}"#, "/spm/a/0: 'bulan' is not a field of this record type"),
    ])
    func `what cannot be is named`(_ spm: String, _ expected: String) {
        guard case .failure(let findings) = parse(spm) else {
            Issue.record("accepted")
            return
        }
        #expect(findings.findings.contains { "\($0.pointer): \($0.message)" == expected }, "\(findings)")
    }

    @Test func `an answer names only services that the manifest lists`() throws {
        let manifest = try parse(#"{"a":{"field":"spm","services":[33,34]}}"#).get()
        let record = try #require(manifest.record("sosial.a"))
        func problem(_ text: String) -> String? {
            var answer = Wire.Answer(id: "r")
            answer.effects = [.put(["spm": .text(text)])]
            return manifest.problem(in: answer, to: record)
        }
        #expect(problem("33") == nil && problem("33 34") == nil)
        for wrong in ["35", "33 35", "33  34", "33,34", ""] { #expect(problem(wrong) != nil, "\(wrong)") }
    }
}
