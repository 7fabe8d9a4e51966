// Member lists, the writer and the payload decoder.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PluginKit

@Suite struct JSONScannerTests {
    @Test func `members are found with their bytes`() throws {
        let text = Array(#" { "id" : "x\u0041" , "n":-7,"data":{"id":[1, 2]},"t\u0079pe":"k" } "#.utf8)
        try text.withUnsafeBytes { buffer in
            let members = try JSONScanner.members(of: buffer)
            #expect(members.members.count == 4)
            #expect(members.string("id") == "xA")
            #expect(members.integer("n") == -7)
            #expect(members.string("type") == "k")
            #expect(members["data"].map { String(decoding: $0, as: UTF8.self) } == #"{"id":[1, 2]}"#)
            #expect(members["missing"] == nil)
            #expect(members.string("n") == nil)
            #expect(members.integer("id") == nil)
        }
    }

    @Test func `what ends a run of plain characters is seen at every place`() throws {
        let others: [(bytes: [UInt8], isPlain: Bool)] = [
            ([0x22], false), ([0x5C], false), ([0x1F], false), ([0x00], false), ([0xC3, 0xA9], false), ([0x80], false),
            ([0xFF], false), ([0x20], true), ([0x7F], true), ([0x21], true), ([0x23], true), ([0x5B], true),
        ]
        for length in 0..<27 {
            for place in 0...length {
                for other in others {
                    let before = [UInt8](repeating: UInt8(ascii: "a"), count: place)
                    let after = [UInt8](repeating: UInt8(ascii: "\""), count: length - place)
                    let end = (before + other.bytes + after).withUnsafeBytes { JSONText.endOfPlain($0, from: 0) }
                    #expect(end == (other.isPlain ? place + 1 : place))
                    let escapes = other.bytes[0] < 0x20 || other.bytes[0] == 0x22 || other.bytes[0] == 0x5C
                    #expect((before + other.bytes + before).withUnsafeBytes(JSONText.isPlain) == !escapes)
                }
            }
        }
    }

    @Test(arguments: ["", "[]", "1", "null", "{} {}", "{\"a\":1,\"a\":2}", "{\"a\":{\"b\":1,\"b\":2}}"])
    func `what is not one object with unique names is refused`(_ text: String) {
        #expect(throws: JSONError.self) { try Array(text.utf8).withUnsafeBytes { _ = try JSONScanner.members(of: $0) } }
    }

    @Test func `canonical bytes sort names and keep numbers`() throws {
        let value = try JSONParser.parse(#"{"b":6.50,"a":[1e2,"\u0001\n\/é"],"é":null,"B":{"y":1,"x":2}}"#)
        let canonical = String(decoding: JSONWriter.canonical(value), as: UTF8.self)
        #expect(canonical == #"{"B":{"x":2,"y":1},"a":[1e2,"\u0001\n/é"],"b":6.50,"é":null}"#)
    }

    @Test func `the writer sets its commas`() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("a")
        writer.beginArray()
        writer.integer(Int.min)
        writer.null()
        writer.beginObject()
        writer.endObject()
        writer.endArray()
        writer.name("b\"")
        writer.bool(false)
        writer.endObject()
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"a":[-9223372036854775808,null,{}],"b\"":false}"#)
    }

    @Test func `equality of objects ignores order`() throws {
        let left = try JSONParser.parse(#"{"a":1,"b":2}"#)
        let right = try JSONParser.parse(#"{"b":2,"a":1}"#)
        #expect(left == right)
        #expect(left.hashValue == right.hashValue)
    }
}

@Suite struct JSONPayloadDecoderTests {
    struct Payload: Decodable, Equatable {
        enum Outcome: String, Decodable { case good = "baik", bad = "rusak" }
        struct Part: Decodable, Equatable { var x: Int8 }
        var grams: Int
        var length: ExactDecimal?
        var date: CivilDate
        var outcome: Outcome
        var flags: [Bool]
        var parts: [Part]
        var rest: JSONValue?
        var ratio: Double
    }

    private func decode<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
        try JSONPayloadDecoder().decode(type, from: try JSONParser.parse(text))
    }

    @Test func `all kinds of members decode`() throws {
        let payload = try decode(
            Payload.self,
            """
            {"grams":5200,"length":61.50,"date":"2024-02-29","outcome":"baik","flags":[true,false],"parts":[{"x":-3}],
             "rest":{"any":[1]},"ratio":0.5,"unknown":1}
            """
        )
        #expect(payload.grams == 5_200)
        #expect(payload.length?.description == "61.50")
        #expect(payload.date == CivilDate("2024-02-29"))
        #expect(payload.outcome == .good)
        #expect(payload.flags == [true, false])
        #expect(payload.parts == [.init(x: -3)])
        #expect(payload.rest == ["any": [1]])
        #expect(payload.ratio == 0.5)
    }

    @Test(arguments: [
        #"{}"#, #"{"x":null}"#, #"{"x":1.5}"#, #"{"x":"1"}"#, #"{"x":true}"#, #"{"x":128}"#, #"{"x":1e400}"#,
        #"{"x":[]}"#,
        "[]", "1", "null",
    ])
    func `a payload of another shape is an error`(_ text: String) {
        #expect(throws: DecodingError.self) { try decode(Payload.Part.self, text) }
    }

    @Test func `the record version is in userInfo`() throws {
        struct Versioned: Decodable {
            var version: Int?
            init(from decoder: any Decoder) throws { version = decoder.userInfo[.recordVersion] as? Int }
        }
        #expect(try JSONPayloadDecoder(recordVersion: 2).decode(Versioned.self, from: [:]).version == 2)
    }

    @Test func `whole numbers may be written with a fraction of zeros or an exponent`() throws {
        #expect(try decode([Int].self, "[2.0, 1e2, -0]") == [2, 100, 0])
        #expect(throws: DecodingError.self) { try decode([UInt].self, "[-1]") }
    }
}
