// Reading a message: what is right, and what is refused with which code.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import Testing

@testable import Apply

@Suite struct MessageTests {
    private static let whole = Text(
        id: id(1),
        type: "tumbuh.timbang",
        posyandu: id(2),
        subject: id(3),
        date: "2026-11-03",
        corrects: id(4),
        person: #"{"nama":"Siti"}"#,
        data: #"{"berat":6500}"#
    ).json

    private func code(_ json: String) -> String? {
        do throws(Message.Malformed) {
            _ = try Message(Array(json.utf8))
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `every member is read and data stay bytes`() throws {
        let message = try Message(Array(Self.whole.utf8))
        #expect(message.id == id(1))
        #expect(message.type == "tumbuh.timbang")
        #expect(message.version == 1)
        #expect(message.posyandu == id(2))
        #expect(message.subject == id(3))
        #expect(message.corrects == id(4))
        #expect(message.date.description == "2026-11-03")
        #expect(String(decoding: message.data, as: UTF8.self) == #"{"berat":6500}"#)
        #expect(message.person.map { String(decoding: $0, as: UTF8.self) } == #"{"nama":"Siti"}"#)
    }

    @Test func `no truncation of a message is a message`() {
        let bytes = Array(Self.whole.utf8)
        for length in 0..<bytes.count {
            #expect(code(String(decoding: bytes[..<length], as: UTF8.self)) == "message.json")
        }
    }

    @Test func `no byte turned into another one traps`() {
        let bytes = Array(Self.whole.utf8)
        for place in bytes.indices {
            for byte: UInt8 in [0, 0x22, 0x2C, 0x7B, 0x7D, 0x5C, 0x80, 0xFF] {
                var changed = bytes
                changed[place] = byte
                _ = try? Message(changed)
            }
        }
    }

    @Test(arguments: [
        ("\"id\":\"\(id(1).text)\"", "\"id\":\"01930000\"", "message.id"),
        ("\"id\":\"\(id(1).text)\"", "\"id\":7", "message.id"),
        ("\"id\":\"\(id(1).text)\"", "\"nomor\":\"\(id(1).text)\"", "message.id"),
        ("id.go.posyandu.tumbuh.timbang.v1", "tumbuh.timbang.v1", "message.type"),
        ("id.go.posyandu.tumbuh.timbang.v1", "id.go.posyandu.timbang.v1", "message.type"),
        ("id.go.posyandu.tumbuh.timbang.v1", "id.go.posyandu.tumbuh.timbang.v0", "message.type"),
        ("id.go.posyandu.tumbuh.timbang.v1", "id.go.posyandu.tumbuh.timbang.v10000", "message.type"),
        ("id.go.posyandu.tumbuh.timbang.v1", "id.go.posyandu.tumbuh.timbang.1", "message.type"),
        ("id.go.posyandu.tumbuh.timbang.v1", "id.go.posyandu.tumbuh.\\u0000.v1", "message.type"),
        ("id.go.posyandu.tumbuh.timbang.v1", "id.go.posyandu.tumbuh'; drop.v1", "message.type"),
        ("\"posyandu\":\"\(id(2).text)\"", "\"posyandu\":null", "message.posyandu"),
        ("\"date\":\"2026-11-03\"", "\"date\":\"2026-02-30\"", "message.date"),
        ("\"date\":\"2026-11-03\"", "\"date\":123", "message.date"),
        ("\"date\":\"2026-11-03\"", "\"date\":20261103", "message.date"),
        ("\"subject\":\"\(id(3).text)\"", "\"subject\":\"siti\"", "message.subject"),
        ("\"subject\":\"\(id(3).text)\"", "\"subject\":{}", "message.subject"),
        ("\"corrects\":\"\(id(4).text)\"", "\"corrects\":[]", "message.corrects"),
        ("\"person\":{\"nama\":\"Siti\"}", "\"person\":\"Siti\"", "message.person"),
        ("\"data\":{\"berat\":6500}", "\"data\":[6500]", "message.data"),
        ("\"data\":{\"berat\":6500}", "\"data\":null", "message.data"),
        ("\"data\":{\"berat\":6500}", "\"isi\":{}", "message.data"),
    ])
    func `a wrong member is named`(right: String, wrong: String, expected: String) {
        #expect(Self.whole.contains(right))
        #expect(code(Self.whole.replacing(right, with: wrong)) == expected)
    }

    @Test func `null stands for an absent member`() throws {
        let json = Self.whole
            .replacing("\"subject\":\"\(id(3).text)\"", with: "\"subject\":null")
            .replacing("\"corrects\":\"\(id(4).text)\"", with: "\"corrects\":null")
            .replacing("\"date\":\"2026-11-03\"", with: "\"date\":null")
            .replacing("\"person\":{\"nama\":\"Siti\"}", with: "\"person\":null")
        let message = try Message(Array(json.utf8))
        #expect(message.subject == nil && message.corrects == nil && message.person == nil)
        #expect(message.date.description == "2026-11-03")
    }

    @Test func `the service date is the civil date of the time as written`() throws {
        let json = Self.whole.replacing("\"date\":\"2026-11-03\",", with: "").replacing(
            "T08:15:00+07:00",
            with: "T00:10:00+07:00"
        )
        #expect(try Message(Array(json.utf8)).date.description == "2026-11-03")
    }

    @Test func `UUIDs are ordered as their texts are`() {
        var random = SplitMix(seed: 11)
        for _ in 0..<500 {
            let (left, right) = (UUID(uuid: random.uuid()), UUID(uuid: random.uuid()))
            #expect(left.precedes(right) == (left.lowercased < right.lowercased))
            #expect(left.lowercased == left.uuidString.lowercased())
        }
    }
}

extension SplitMix {
    fileprivate mutating func uuid() -> uuid_t {
        withUnsafeBytes(of: (next() as UInt64, next() as UInt64)) { $0.loadUnaligned(as: uuid_t.self) }
    }
}

@Suite struct NaturalKeyTests {
    private func state(_ body: String) throws -> RecordState {
        RecordState(
            id: id(1),
            type: 1,
            sector: 1,
            revision: 1,
            posyandu: 1,
            subject: id(3),
            date: try #require(CivilDate("2026-11-03")),
            lineage: 16,
            state: 0,
            version: 1,
            body: Array(body.utf8),
            person: nil
        )
    }

    @Test func `equal members make two records the same act`() throws {
        let standing = try state(#"{"ke":2,"isi":"a"}"#)
        func matches(_ key: [String], _ data: String) throws -> Bool {
            NaturalKey.matches(key, standing, try JSONParser.parse(Array(data.utf8)))
        }
        #expect(try matches(["ke"], #"{"ke":2}"#))
        #expect(try !matches(["ke"], #"{"ke":3}"#))
        #expect(try !matches(["ke"], #"{"ke":"2"}"#))
        #expect(try !matches(["ke"], #"{"isi":"a"}"#))
        #expect(try matches(["ke", "isi"], #"{"isi":"a","ke":2,"lain":true}"#))
        #expect(try matches(["rt"], "{}"))
    }

    @Test func `the name of a key depends on type, posyandu and each part`() throws {
        let manifest = try ToySector.parsed()
        func digest(_ type: String, _ post: UUID, _ data: String) throws -> UUID {
            let record = try #require(manifest.records.first { $0.type == type })
            var rules = TypeRules(record, of: manifest, sectorID: 1, typeIDs: [record.type: 4])
            rules.key = ["bulan", "rt"]
            return NaturalKey.digest(rules, posyandu: post, try JSONParser.parse(Array(data.utf8)))
        }
        let base = try digest("tumbuh.laporan", id(2), #"{"bulan":"2026-11","rt":"1"}"#)
        #expect(try digest("tumbuh.laporan", id(2), #"{"rt":"1","lain":2,"bulan":"2026-11"}"#) == base)
        let others = [
            try digest("tumbuh.keluhan", id(2), #"{"bulan":"2026-11","rt":"1"}"#),
            try digest("tumbuh.laporan", id(3), #"{"bulan":"2026-11","rt":"1"}"#),
            try digest("tumbuh.laporan", id(2), #"{"bulan":"2026-12","rt":"1"}"#),
            try digest("tumbuh.laporan", id(2), #"{"bulan":"2026-11","rt":1}"#),
            try digest("tumbuh.laporan", id(2), #"{"bulan":"2026-11"}"#),
            try digest("tumbuh.laporan", id(2), #"{"bulan":"1","rt":"2026-11"}"#),
        ]
        #expect(Set(others + [base]).count == 7)
    }
}
