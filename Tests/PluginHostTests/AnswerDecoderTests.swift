// Answer lines, right and wrong, and how many a second are read.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Testing

@testable import PluginHost

@Suite struct AnswerDecoderTests {
    private let decoder: AnswerDecoder

    init() throws {
        let manifest = try Manifest.parse(Array(Garden.manifest("kebun").utf8), file: "sector.json").get()
        decoder = AnswerDecoder(rules: AnswerRules(manifest))
    }

    private func decode(_ text: String, id: String = "r1") throws -> AnswerDecoder.Line {
        try Array(text.utf8).withUnsafeBytes { try decoder.line($0, expecting: id, type: "kebun.catatan") }
    }

    private func answer(_ text: String) throws -> RecordAnswer {
        guard case .answer(let answer) = try decode(text) else { throw BatchFailure.timedOut }
        return answer
    }

    @Test func `every effect is read`() throws {
        let answer = try answer(
            #"""
            {"id":"r1","extra":[{"a":"}"}],"effects":[ {"put":{"aksi":"a\"}\u00e4","jumlah":3,"hasil":null}} ,{"retract":{"record":"r0"}},
            {"open_case":{"reason":"rusak","priority":"tinggi","office":"pertanian"}},
            {"advance_case":{"case":"r0","to":"selesai","remark":"ok"}},
            {"raise_task":{"kind":"lengkapi","reason":"dok","due_days":5,"to":"kader","topic":"ktp"}}],
            "contributions":[{"indicator":"kebun.orang","period":"2026-11","subject":"s1","value":1.0},{"indicator":"kebun.catatan","period":"2026-11"}]}
            """#
        )
        #expect(answer.fault == nil)
        #expect(answer.effects.count == 5)
        #expect(answer.fields?["aksi"]?.string == "a\"}ä")
        guard case .openCase("rusak", "tinggi", "pertanian") = answer.effects[2],
            case .advanceCase("r0", "selesai", "ok") = answer.effects[3],
            case .raiseTask("lengkapi", "dok", 5, "kader", "ktp") = answer.effects[4]
        else {
            Issue.record("\(answer.effects)")
            return
        }
        #expect(answer.contributions.map(\.value) == [1, 1])
    }

    @Test func `tasks are answered by records of somebody only`() throws {
        let text =
            #"{"id":"r1","effects":[{"answer_tasks":{"kind":"rujukan","topic":"tbc"}},{"answer_tasks":{"kind":"rujukan"}}]}"#
        #expect(try answer(text).fault == "answer_tasks: the record type has no subject")
        let source = Garden.manifest("kebun").replacing("\"subject\": \"none\"", with: "\"subject\": \"household\"")
        let manifest = try Manifest.parse(Array(source.utf8), file: "sector.json").get()
        let line = try Array(text.utf8).withUnsafeBytes {
            try AnswerDecoder(rules: AnswerRules(manifest)).line($0, expecting: "r1", type: "kebun.catatan")
        }
        guard case .answer(let answer) = line, case .answerTasks("rujukan", "tbc") = answer.effects.first,
            case .answerTasks("rujukan", nil) = answer.effects.last
        else {
            Issue.record("\(line)")
            return
        }
    }

    @Test(arguments: [
        #"{"id":"r1","effects":[{"put":{"tak_ada":1}}]}"#,
        #"{"id":"r1","effects":[{"put":{"jumlah":"3"}}]}"#,
        #"{"id":"r1","effects":[{"put":{"jumlah":1.5}}]}"#,
        #"{"id":"r1","effects":[{"put":{"aksi":["a"]}}]}"#,
        #"{"id":"r1","effects":[{"put":{"aksi":"\u0000"}}]}"#,
        #"{"id":"r1","effects":[{"put":[]}]}"#,
        #"{"id":"r1","effects":[{"put":{"aksi":"a"}},{"put":{"aksi":"b"}}]}"#,
        #"{"id":"r1","effects":{"put":{}}}"#,
        #"{"id":"r1","effects":[{}]}"#,
        #"{"id":"r1","effects":[7]}"#,
        #"{"id":"r1","effects":[{"advance_case":{"case":"r0","to":"mana"}}]}"#,
        #"{"id":"r1","effects":[{"raise_task":{"kind":"a","reason":"b","due_days":-1}}]}"#,
        #"{"id":"r1","effects":[{"raise_task":{"kind":"a","reason":"b","topic":"dua kata"}}]}"#,
        #"{"id":"r1","effects":[{"answer_tasks":{"topic":"a"}}]}"#,
        #"{"id":"r1","effects":[{"answer_tasks":{"kind":"A"}}]}"#,
        #"{"id":"r1","effects":[{"open_case":{}}]}"#,
        #"{"id":"r1","effects":[{"reject":[]}]}"#,
        #"{"id":"r1","contributions":[{"indicator":"kebun.orang","period":"2026-11","value":1}]}"#,
        #"{"id":"r1","contributions":[{"indicator":"kebun.catatan","period":"2026","value":1}]}"#,
        #"{"id":"r1","contributions":[{"indicator":"kebun.catatan","period":"2026-13","value":1}]}"#,
        #"{"id":"r1","contributions":[{"indicator":"kebun.catatan","period":"2026-11","value":"1"}]}"#,
        #"{"id":"r1","contributions":[{"indicator":"kebun.catatan","period":"2026-11","value":0.5}]}"#,
        #"{"id":"r1","contributions":[{"indicator":"kebun.catatan","period":"2026-11","subject":"\u0000"}]}"#,
        #"{"id":"r1","contributions":[{"indicator":"kebun.catatan","period":"2026-11","subject":""}]}"#,
        #"{"id":"r1","contributions":7}"#,
        #"{"id":"r1","violations":[{"code":"a"}]}"#,
        #"{"id":"r1","violations":"salah"}"#,
    ])
    func `an answer that the manifest does not allow is a fault`(_ line: String) throws {
        let answer = try answer(line)
        #expect(answer.fault != nil)
        #expect(answer.effects.isEmpty && answer.contributions.isEmpty && answer.violations.isEmpty)
    }

    @Test func `an answer may hold what the documentation says and no more`() throws {
        func list(_ count: Int, _ element: String) -> String {
            "[" + Array(repeating: element, count: count).joined(separator: ",") + "]"
        }
        let members = [
            ("effects", 64, #"{"raise_task":{"kind":"a","reason":"b"}}"#),
            ("contributions", 512, #"{"indicator":"kebun.catatan","period":"2026-11"}"#),
            ("violations", 64, #"{"code":"a","message":"b"}"#),
        ]
        for (name, most, element) in members {
            #expect(try answer("{\"id\":\"r1\",\"\(name)\":\(list(most, element))}").fault == nil)
            let fault = try answer("{\"id\":\"r1\",\"\(name)\":\(list(most + 1, element))}").fault
            #expect(fault?.contains("\(most)") == true)
        }
        for (days, length, isTaken) in [(0, 2_000, true), (3_660, 1, true), (3_661, 1, false), (0, 2_001, false)] {
            let reason = String(repeating: "b", count: length)
            let task = "{\"kind\":\"a\",\"reason\":\"\(reason)\",\"due_days\":\(days)}"
            let fault = try answer("{\"id\":\"r1\",\"effects\":[{\"raise_task\":\(task)}]}").fault
            #expect((fault == nil) == isTaken)
        }
    }

    @Test(arguments: [
        "", "{}", "[]", "null", #"{"id":7}"#, #"{"id":"r2"}"#, #"{"id":"r1""#, #"{"id":"r1"} x"#, #"{"effects":[]}"#,
        #"{"end":"7"}"#, #"{"error":{"code":"x","message":"y"}}"#, #"{"id":"r1","id":"r1"}"#, "\u{feff}{}",
    ])
    func `a line that is not of the wire is a protocol error`(_ line: String) {
        #expect(throws: BatchFailure.self) { try decode(line) }
    }

    @Test func `no cut or changed byte of an answer makes the decoder trap`() throws {
        let line = Array(
            #"{"id":"r1","effects":[{"put":{"aksi":"a\u00e4\\","jumlah":-3}}],"contributions":[{"indicator":"kebun.orang","period":"2026-11","subject":"s","value":1}]}"#
                .utf8
        )
        var generator = Generator(state: 3)
        var accepted = 0
        for round in 0..<20_000 {
            var bytes = line
            if round < line.count {
                bytes.removeLast(round)
            } else {
                for _ in 0..<Int.random(in: 1...3, using: &generator) {
                    bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(
                        in: 0...255,
                        using: &generator
                    )
                }
            }
            let result = Result {
                try bytes.withUnsafeBytes { try decoder.line($0, expecting: "r1", type: "kebun.catatan") }
            }
            if case .success(.answer(let answer)) = result, answer.fault == nil { accepted += 1 }
        }
        #expect(accepted > 0)
    }

    @Test func `names are found by their bytes`() {
        let names = (0..<500).map { "kesehatan.indikator_\($0)" }
        let table = NameTable(names)
        for (index, name) in names.enumerated() {
            #expect(Array(name.utf8).withUnsafeBytes { table.find($0) } == index)
        }
        #expect(Array("kesehatan".utf8).withUnsafeBytes { table.find($0) } == nil)
        #expect(NameTable([]).find(UnsafeRawBufferPointer(start: nil, count: 0)) == nil)
    }
}
