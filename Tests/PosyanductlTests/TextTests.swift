// Tables, numbers, progress and the cutting of lines.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Testing

@testable import posyanductl

struct TextTests {
    @Test func `columns are aligned, numbers to the right, no blank at the end of a line`() {
        var table = TextTable(.left("NAME"), .right("COUNT"), .left("NOTE"))
        table.add("Limpung", "1236", "-")
        table.add("é", "7", "")
        #expect(table.text(false) == "NAME     COUNT  NOTE\nLimpung   1236  -\né            7")
        #expect(table.text(true).hasPrefix("\u{1B}[1mNAME     COUNT  NOTE\u{1B}[0m\n"))
    }

    @Test func `text from elsewhere cannot steer the terminal`() {
        #expect(Printable.line("a\u{1B}[2Jb\nc\u{202E}d\u{9B}") == "a·[2Jb·c·d·")
    }

    @Test(arguments: [
        (0, "0 s"), (59, "59 s"), (60, "1 min 0 s"), (3_725, "1 h 2 min"), (90_000, "1 d 1 h"), (-5, "0 s"),
    ])
    func `durations`(_ seconds: Int, _ text: String) {
        #expect(Printable.duration(seconds) == text)
    }

    @Test(arguments: [
        (0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (45_290_000, "45.2 MB"), (3_000_000_000, "3.0 GB"),
    ])
    func `sizes`(_ count: Int, _ text: String) {
        #expect(Printable.bytes(count) == text)
    }

    @Test func `progress has share, rate and time left when they are known`() {
        func text(_ done: Int, _ total: Int?, _ elapsed: Duration) -> String {
            Progress.text("replay", done, of: total, unit: "entries", elapsed: elapsed)
        }
        #expect(text(500, 2_000, .seconds(2)) == "replay: 500 of 2000 entries (25 %), 250/s, 6 s left")
        #expect(text(500, nil, .milliseconds(500)) == "replay: 500 entries, 1000/s")
        #expect(text(0, 2_000, .seconds(1)) == "replay: 0 of 2000 entries (0 %)")
        #expect(text(3_000, 2_000, .seconds(1)) == "replay: 3000 of 2000 entries (100 %), 3000/s")
        #expect(text(0, 0, .zero) == "replay: 0 of 0 entries")
    }

    @Test func `lines are the same wherever the stream is cut`() {
        let bytes = Array("one\n\ntwo\nthree".utf8)
        for cut in 0...bytes.count {
            var splitter = LineSplitter()
            let lines = splitter.take(Array(bytes[..<cut])) + splitter.take(Array(bytes[cut...]))
            #expect(lines == [Array("one".utf8), Array("two".utf8)])
            #expect(splitter.rest == Array("three".utf8))
        }
    }

    @Test func `a path part is encoded whole`() {
        #expect(ControlClient.segment("2026-11/é ?") == "2026-11%2F%C3%A9%20%3F")
    }

    @Test func `a wait ends when waiting cannot help`() {
        func verdict(_ counts: String, paused: Bool = false) throws -> PushWait.Verdict {
            PushWait.Verdict(
                try JSONParser.parse(
                    #"{"destinations":[{"name":"sipd","paused":\#(paused ? "\"cuti\"" : "null"),"counts":{\#(counts)}}]}"#
                )
            )
        }
        #expect(throws: Never.self) {
            #expect(try verdict(#""acknowledged":3,"superseded":1"#).problem == nil)
            #expect(try verdict(#""acknowledged":3,"pending":1"#).mayMove)
            #expect(try !verdict(#""acknowledged":3,"rejected":1"#).mayMove)
            #expect(try verdict(#""rejected":2"#).problem?.message == "2 documents wait for a person")
            let paused = try verdict(#""planned":4"#, paused: true)
            #expect(!paused.mayMove)
            #expect(paused.problem?.hint == "posyanductl destination resume sipd")
            #expect(try verdict(#""a-new-state":1"#).mayMove)
        }
    }
}
