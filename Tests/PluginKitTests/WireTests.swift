// Lines of the wire, there and back.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PluginKit

@Suite struct WireTests {
    private func reply(_ text: String) throws -> Wire.Reply {
        try Array(text.utf8).withUnsafeBytes { try Wire.reply($0) }
    }

    @Test func `an answer survives the wire`() throws {
        let month = try #require(Period("2026-11"))
        let answer = Wire.Answer(
            id: "0198",
            effects: [
                .put([
                    "berat": .decimal(try #require(ExactDecimal("6.50"))), "ok": .flag(true), "n": .integer(-3),
                    "t": .text("a\"\n😀"), "l": .list([.text("x"), .text("y")]),
                ]),
                .retract(record: "r"),
                .openCase(reason: "rusak", priority: "tinggi", office: "pu"),
                .openCase(reason: "rusak"),
                .advanceCase(case: "c", to: "selesai", remark: "beres"),
                .raiseTask(kind: "kunjungan", reason: "2T", dueDays: 7, to: "bidan"),
                .raiseTask(kind: "kunjungan", reason: "2T"),
                .raiseTask(kind: "kunjungan", reason: "2T", topic: "gizi"),
                .answerTasks(kind: "kunjungan"),
                .answerTasks(kind: "kunjungan", topic: "gizi"),
            ],
            contributions: [
                Contribution("a.b", month, subject: "s"),
                Contribution("a.c", .quarter(of: month.first), value: try #require(ExactDecimal("0.250"))),
                Contribution("a.d", .year(of: month.first)),
            ]
        )
        var line: [UInt8] = []
        Wire.encode(answer, to: &line)
        #expect(line.last == 0x0A)
        #expect(line.dropLast().contains(0x0A) == false)
        let text = String(decoding: line.dropLast(), as: UTF8.self)
        #expect(
            text.hasPrefix(
                #"{"id":"0198","effects":[{"put":{"berat":6.50,"ok":true,"n":-3,"t":"a\"\n😀","l":["x","y"]}},"#
            )
        )
        #expect(try reply(text) == .answer(answer))
    }

    @Test func `violations, ends, starts and errors survive the wire`() throws {
        let violations = Wire.Answer(
            id: "1",
            violations: [Violation("a.b", field: "f", "teks"), Violation("c", "teks")]
        )
        let started = Wire.Initialized(wireProtocol: 1, version: "1.0.0", types: ["a.b", "a.c"])
        var lines: [UInt8] = []
        Wire.encode(violations, to: &lines)
        Wire.encodeEnd(7, to: &lines)
        Wire.encode(started, to: &lines)
        Wire.encodeError(code: "protocol", message: "no", to: &lines)
        let replies = try lines.split(separator: 0x0A).map { try reply(String(decoding: $0, as: UTF8.self)) }
        #expect(
            replies == [
                .answer(violations), .end(7), .initialized(started), .error(code: "protocol", message: "no"),
            ]
        )
    }

    @Test func `a rejection among the effects is a violation`() throws {
        let text = #"{"id":"1","effects":[{"reject":[{"code":"a","message":"b"}]}],"new":{"member":1}}"#
        #expect(try reply(text) == .answer(Wire.Answer(id: "1", violations: [Violation("a", "b")])))
    }

    @Test(arguments: [
        "", "x", "[]", "{}", #"{"id":1}"#, #"{"id":"1","effects":{}}"#, #"{"id":"1","effects":[1]}"#,
        #"{"id":"1","effects":[{}]}"#, #"{"id":"1","effects":[{"sql":{}}]}"#, #"{"id":"1","effects":[{"put":[]}]}"#,
        #"{"id":"1","effects":[{"put":{"a":{}}}]}"#, #"{"id":"1","effects":[{"put":{"a":1e400}}]}"#,
        #"{"id":"1","effects":[{"put":{"a":"\u0000"}}]}"#, #"{"id":"1","effects":[{"open_case":{}}]}"#,
        #"{"id":"1","effects":[{"raise_task":{"kind":"a","reason":"b","due_days":-1}}]}"#,
        #"{"id":"1","contributions":[{"indicator":"a","period":"2026-13"}]}"#,
        #"{"id":"1","contributions":[{"indicator":"a","period":"2026","value":"1"}]}"#,
        #"{"id":"1","violations":[{"code":"a"}]}"#, #"{"end":"7"}"#, #"{"initialized":{}}"#, #"{"error":"x"}"#,
        #"{"id":"1","violations":[{"code":"a","message":"b"}],"effects":[{"put":{}}]}"#,
        #"{"id":"1","id":"1"}"#,
    ])
    func `anything else is an error of the wire`(_ text: String) {
        #expect(throws: WireError.self) { try reply(text) }
    }

    @Test func `a record's payload arrives as it was signed`() throws {
        let subject = Subject(id: "w", sex: .female, birthDate: CivilDate("2024-02-29"))
        let date = try #require(CivilDate("2026-11-03"))
        let earlier = EarlierRecord(id: "e", type: "a.b", date: date, fields: ["x": .integer(1)])
        let context = Context(
            record: "r",
            date: date,
            posyandu: "p",
            village: "33.25.01.2001",
            subject: subject,
            previous: [earlier]
        )
        let payload = Array("{\n \"b\": 6.50,\r\n \"a\": \"x\\n\" }".utf8)
        var line: [UInt8] = []
        payload.withUnsafeBytes { Wire.encodeRecord(type: "a.b", version: 2, context: context, payload: $0, to: &line) }
        #expect(line.removeLast() == 0x0A)
        #expect(!line.contains(0x0A))
        try line.withUnsafeBytes { buffer in
            guard case .record(let record) = try Wire.request(buffer) else {
                Issue.record("not a record")
                return
            }
            #expect(record.context == context)
            #expect(record.version == 2)
            #expect(String(decoding: record.type, as: UTF8.self) == "a.b")
            #expect(String(decoding: record.payload, as: UTF8.self) == "{  \"b\": 6.50,   \"a\": \"x\\n\" }")
        }
    }

    @Test func `the lines of the protocol are those of the document`() {
        var lines: [UInt8] = []
        Wire.encodeBatch(7, records: 2, to: &lines)
        Wire.encodeBatch(8, records: 1, ask: [.validate], to: &lines)
        Wire.encodeEnd(7, to: &lines)
        Wire.encodeShutdown(to: &lines)
        let calendar = WorkCalendar(holidays: [CivilDate(daysSince1970: 0)])
        Wire.encode(
            Wire.Initialize(
                protocols: [2, 1],
                daemon: "1.4.0",
                manifest: Array("{\"id\":\n1}".utf8),
                parameters: ["tenggat": .integer(5)],
                region: "19.05",
                calendar: calendar
            ),
            to: &lines
        )
        #expect(
            String(decoding: lines, as: UTF8.self) == """
                {"batch":7,"records":2,"ask":["validate","apply","summarise"]}
                {"batch":8,"records":1,"ask":["validate"]}
                {"end":7}
                {"shutdown":{}}
                {"initialize":{"protocols":[2,1],"daemon":"1.4.0","manifest":{"id": 1},"parameters":{"tenggat":5},\
                "region":"19.05","calendar":{"weekdays":[1,2,3,4,5],"holidays":["1970-01-01"]}}}

                """
        )
    }
}

@Suite struct WorkCalendarTests {
    @Test func `holidays and weekends do not count`() throws {
        let friday = try #require(CivilDate("2026-10-30"))
        let holiday = try #require(CivilDate("2026-11-03"))
        let calendar = WorkCalendar(holidays: [holiday])
        #expect(calendar.date(after: 5, from: friday) == CivilDate("2026-11-09"))
        #expect(calendar.workdays(from: friday, until: try #require(CivilDate("2026-11-09"))) == 5)
        #expect(calendar.date(after: 0, from: friday) == friday)
        #expect(!calendar.isWorkday(holiday))
    }
}

@Suite struct TableTests {
    @Test func `a table is read by its header`() throws {
        let table = try Table(csv: "\u{FEFF}sex,month,gram\r\nL,1,800\n\nP,1,\"8,5\"\"x\ny\"\n")
        #expect(table.columns == ["sex", "month", "gram"])
        #expect(table.count == 2)
        #expect(table.first(where: ["sex": "L", "month": "1"])?.integer("gram") == 800)
        #expect(table.first(where: ["sex": "P"])?["gram"] == "8,5\"x\ny")
        #expect(table.rows[0]["other"] == nil)
    }

    @Test(arguments: [
        ("", "t: the header line is missing"), ("a,b\n1\n", "t:2: 1 columns, the header has 2"),
        ("a,a\n", "t:1: column 'a' occurs twice"), ("a,b\n1,2\n\"x\n,3", "t:3: a quote is not closed"),
        ("a,b\n\"1\"x,2", "t:2: text follows a closing quote"),
    ])
    func `a broken table names its line`(_ text: String, _ message: String) {
        #expect { try Table(csv: text, name: "t") } throws: { ($0 as? SetupError)?.message == message }
    }
}
