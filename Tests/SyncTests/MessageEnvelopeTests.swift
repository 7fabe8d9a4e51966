// The checks of a message that need no registry.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import MessageLog
import Testing

@Suite struct MessageEnvelopeTests {
    static let whole = """
        {"id":"01932b5e-7a10-7c3e-9d2f-0a1b2c3d4e5f","type":"id.go.posyandu.kesehatan.penimbangan.v2",\
        "subject":"a1b2c3d4-0000-4000-8000-000000000001","time":"2026-11-03T00:15:00.25+07:00",\
        "posyandu":"A1B2C3D4-0000-4000-8000-000000000002","dataschema":"kesehatan.penimbangan/2","data":{"berat_kg":8.40}}
        """

    /// What both readings of an envelope say, which must be the same.
    func refusal(_ text: String) -> String? {
        func code<Value>(_ read: (UnsafeRawBufferPointer) throws(Refusal) -> Value) -> String? {
            Array(text.utf8).withUnsafeBytes { bytes in
                do throws(Refusal) {
                    _ = try read(bytes)
                    return nil
                } catch {
                    return error.code
                }
            }
        }
        let found = code { bytes throws(Refusal) in try MessageEnvelope.read(bytes) }
        #expect(code { bytes throws(Refusal) in try MessageEnvelope.check(bytes) } == found)
        return found
    }

    func checked(_ text: String) throws -> MessageEnvelope.Checked {
        try Array(text.utf8).withUnsafeBytes { try MessageEnvelope.check($0) }
    }

    @Test func `every member of a whole message is found`() throws {
        let bytes = Array(Self.whole.utf8)
        let envelope = try MessageEnvelope.read(bytes)
        #expect(envelope.recordType == "kesehatan.penimbangan")
        #expect(envelope.version == 2)
        #expect(envelope.time == 1_793_639_700_250_000)
        #expect("\(envelope.date)" == "2026-11-03")
        #expect(envelope.posyandu == UUID(uuidString: "A1B2C3D4-0000-4000-8000-000000000002"))
        #expect(envelope.subject != nil)
        #expect(envelope.corrects == nil)
        #expect(envelope.dataschema == "kesehatan.penimbangan/2")
        #expect(envelope.data.map { String(decoding: bytes[$0], as: UTF8.self) } == #"{"berat_kg":8.40}"#)
        #expect(!envelope.isPersonal)
        let checked = try checked(Self.whole)
        #expect(checked.time == envelope.time)
        #expect(!checked.isPersonal)
    }

    @Test func `the service date may be named, and the core types and persons are personal`() throws {
        let dated = Self.whole.replacing(#""data":"#, with: #""date":"2026-10-31","data":"#)
        #expect("\(try MessageEnvelope.read(Array(dated.utf8)).date)" == "2026-10-31")
        let person = Self.whole.replacing(#""data":"#, with: #""person":{"nama":"x"},"data":"#)
        #expect(try MessageEnvelope.read(Array(person.utf8)).isPersonal)
        #expect(try checked(person).isPersonal)
        let core = Self.whole.replacing("kesehatan.penimbangan.v2", with: "warga.terdaftar.v1")
        #expect(try MessageEnvelope.read(Array(core.utf8)).isPersonal)
        #expect(try checked(core).isPersonal)
    }

    @Test func `a UUID is read from hexadecimal digits of either case and nothing else`() {
        func read(_ text: [UInt8]) -> UUID? { text.withUnsafeBytes { UUID(hex: $0) } }
        for _ in 0..<200 {
            let uuid = UUID()
            #expect(read(Array(uuid.uuidString.utf8)) == uuid)
            #expect(read(Array(uuid.uuidString.lowercased().utf8)) == uuid)
        }
        let digits = Set("0123456789abcdefABCDEF".utf8)
        let whole = Array("01932b5e-7a10-7c3e-9d2f-0a1b2c3d4e5f".utf8)
        for place in whole.indices {
            for byte in UInt8.min...UInt8.max {
                var text = whole
                text[place] = byte
                let isDash = [8, 13, 18, 23].contains(place)
                let isRight = isDash ? byte == UInt8(ascii: "-") : digits.contains(byte)
                let expected = isRight ? UUID(uuidString: String(decoding: text, as: UTF8.self)) : nil
                if read(text) != expected { Issue.record("byte \(byte) at \(place)") }
            }
        }
        #expect(read(Array(whole.dropLast())) == nil)
        #expect(read(whole + [0x30]) == nil)
    }

    struct Bad: Sendable {
        let from: String
        let to: String
        let code: String
    }

    @Test(arguments: [
        Bad(from: "{\"id\"", to: "[\"id\"", code: "json"),
        Bad(from: "8.40}}", to: "8.40}", code: "json"),
        Bad(from: "8.40", to: "08.4", code: "json"),
        Bad(from: "\"data\":", to: "\"id\":1,\"data\":", code: "json"),
        Bad(from: "-7c3e-", to: "-4c3e-", code: "id"),
        Bad(from: "01932b5e", to: "01932b5g", code: "id"),
        Bad(from: "id.go.posyandu.", to: "id.go.", code: "type"),
        Bad(from: ".v2", to: ".v0", code: "type"),
        Bad(from: ".v2", to: "", code: "type"),
        Bad(from: "penimbangan.v2", to: "Penimbangan.v2", code: "type"),
        Bad(from: "+07:00", to: "", code: "time"),
        Bad(from: "2026-11-03T", to: "2026-02-30T", code: "time"),
        Bad(from: "T00:15", to: "T24:15", code: "time"),
        Bad(from: "\"posyandu\"", to: "\"pos\"", code: "posyandu"),
        Bad(from: "\"a1b2c3d4-0000-4000-8000-000000000001\"", to: "null", code: "subject"),
        Bad(from: "\"data\":{\"berat_kg\":8.40}", to: "\"data\":[]", code: "data"),
        Bad(from: "\"data\":", to: "\"date\":\"2026-13-01\",\"data\":", code: "date"),
        Bad(from: "\"data\":", to: "\"person\":\"x\",\"data\":", code: "person"),
        Bad(from: "\"data\":", to: "\"corrects\":\"x\",\"data\":", code: "corrects"),
        Bad(from: "\"data\":", to: "\"visit\":\"x\",\"data\":", code: "visit"),
    ])
    func `a message that lacks something is refused by name`(bad: Bad) {
        #expect(refusal(Self.whole.replacing(bad.from, with: bad.to, maxReplacements: 1)) == bad.code)
    }

    @Test func `depth and size are limited`() {
        let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
        #expect(refusal(Self.whole.replacing("8.40", with: deep)) == "depth")
        let long = String(repeating: "x", count: MessageEnvelope.maximumBytes)
        #expect(refusal(Self.whole.replacing("8.40", with: "\"\(long)\"")) == "size")
    }

    @Test func `a cut message is refused at every byte`() {
        let bytes = Array(Self.whole.utf8)
        for end in 0..<bytes.count {
            #expect(throws: Refusal.self) { try MessageEnvelope.read(Array(bytes[..<end])) }
        }
    }
}
