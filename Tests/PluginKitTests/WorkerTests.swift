// The worker loop over real pipes, and the declarative worker as a process.
// SPDX-License-Identifier: Apache-2.0

import CPlatform
import Foundation
import Glibc
import Testing

@testable import PluginKit

/// A sector for tests: weighs children.
struct TinySector: SectorPlugin {
    let handlers: [any RecordHandler]

    init(_ setup: Setup) throws {
        if setup.parameters.flag("rusak") == true { throw SetupError("the parameter says so") }
        handlers = [Weighing(limit: setup.parameters.integer("batas") ?? 1_000)]
    }

    struct Weighing: RecordHandler {
        struct Payload: Decodable {
            var grams: Int
            enum CodingKeys: String, CodingKey { case grams = "berat_gram" }
        }
        let type: RecordType = "mini.timbang"
        let limit: Int

        func validate(_ payload: Payload) -> [Violation] {
            payload.grams > 0 ? [] : [Violation("timbang.nol", field: "berat_gram", "timbang ulang")]
        }

        func apply(_ payload: Payload, in context: Context) -> [Effect] {
            if payload.grams > limit {
                return [.put(["berat_gram": .integer(1)]), .reject(Violation("berat", "terlalu berat"))]
            }
            return [.put(["berat_gram": .integer(payload.grams)])]
        }

        func summarise(_ record: Record<Payload>) -> [Contribution] {
            [Contribution("mini.d", record.date.period, subject: record.context.subject?.id)]
        }
    }
}

@Suite struct WorkerTests {
    private static let initialize =
        #"{"initialize":{"protocols":[2,1],"daemon":"1","manifest":{"version":"3.2.1"},"parameters":{"batas":100},"region":"33.25"}}"#

    private func record(_ id: Int, _ payload: String, type: String = "mini.timbang") -> String {
        #"{"id":"\#(id)","type":"\#(type)","version":1,"posyandu":"p","date":"2026-11-03","context":{},"payload":\#(payload)}"#
    }

    /// Everything a worker says to these lines, and its exit status. Written in small pieces, as pipes may do.
    private func run(_ input: String, piece: Int = 7) throws -> (lines: [String], status: Int32) {
        var inbound: [Int32] = [0, 0]
        var outbound: [Int32] = [0, 0]
        // Closed on exec: a child that another test starts meanwhile would keep them open, and the end of a file would never come.
        try #require(cplatform_pipe(&inbound, 0) == 0 && cplatform_pipe(&outbound, 0) == 0)
        let (feed, answers) = (inbound[1], outbound[0])
        let worker = Thread.result { [inbound, outbound] in
            let status = Worker.run(TinySector.self, input: inbound[0], output: outbound[1], folder: nil)
            close(inbound[0])
            close(outbound[1])
            return status
        }
        let bytes = Array(input.utf8)
        let writer = Thread.result {
            for start in stride(from: 0, to: bytes.count, by: piece) {
                let part = Array(bytes[start..<min(start + piece, bytes.count)])
                _ = part.withUnsafeBytes { send($0, to: feed) }
            }
            close(feed)
            return 0
        }
        let output = readAll(answers)
        close(answers)
        _ = writer()
        return (output.split(separator: "\n").map(String.init), worker())
    }

    @Test func `a batch is answered line for line`() throws {
        let lines = [
            Self.initialize, #"{"batch":7,"records":5,"ask":["validate","apply","summarise"]}"#,
            record(1, #"{"berat_gram":50}"#),
            record(2, #"{"berat_gram":0}"#), record(3, #"{"berat_gram":500}"#), record(4, "{}"),
            record(5, #"{"berat_gram":"x","extra":[1]}"#), #"{"end":7}"#, #"{"later":1}"#, #"{"shutdown":{}}"#,
            "garbage",
        ]
        let (answers, status) = try run(lines.joined(separator: "\n") + "\n")
        #expect(status == 0)
        #expect(
            answers == [
                #"{"initialized":{"protocol":1,"version":"3.2.1","types":["mini.timbang"]}}"#,
                #"{"id":"1","effects":[{"put":{"berat_gram":50}}],"contributions":[{"indicator":"mini.d","period":"2026-11","value":1}]}"#,
                #"{"id":"2","violations":[{"code":"timbang.nol","field":"berat_gram","message":"timbang ulang"}]}"#,
                #"{"id":"3","violations":[{"code":"berat","message":"terlalu berat"}]}"#,
                #"{"id":"4","violations":[{"code":"isian.tidak_terbaca","field":"berat_gram","message":"isian wajib diisi"}]}"#,
                #"{"id":"5","violations":[{"code":"isian.tidak_terbaca","field":"berat_gram","message":"isian tidak dapat dibaca"}]}"#,
                #"{"end":7}"#,
            ]
        )
    }

    @Test func `a form asks for validation alone`() throws {
        let lines = [
            Self.initialize, #"{"batch":1,"records":1,"ask":["validate"]}"#, record(1, #"{"berat_gram":500}"#),
            #"{"end":1}"#,
        ]
        let (answers, status) = try run(lines.joined(separator: "\n") + "\n")
        #expect(status == 0)
        #expect(answers.dropFirst() == [#"{"id":"1","effects":[],"contributions":[]}"#, #"{"end":1}"#])
    }

    @Test(arguments: [
        (#"{"initialize":{"protocols":[3],"manifest":{}}}"#, "protocol"),
        (#"{"initialize":{"protocols":[1],"manifest":{},"parameters":{"rusak":true}}}"#, "setup"),
        (#"{"initialize":{}}"#, "protocol"), ("garbage", "protocol"), (#"{"batch":1,"records":0}"#, "protocol"),
        (initialize + "\n" + initialize, "protocol"), (initialize + "\n{\"end\":1}", "protocol"),
        (initialize + "\n{\"batch\":1,\"records\":1}\n{\"end\":1}", "protocol"),
    ])
    func `what does not fit is answered with an error and the end`(_ text: String, _ code: String) throws {
        let (answers, status) = try run(text + "\n{\"shutdown\":{}}\n")
        #expect(status == 0)
        #expect(answers.last?.hasPrefix("{\"error\":{\"code\":\"\(code)\",") == true, "\(answers)")
    }

    @Test func `records of an unknown type end the worker`() throws {
        let lines = [Self.initialize, #"{"batch":1,"records":1}"#, record(1, "{}", type: "mini.lain"), #"{"end":1}"#]
        let (answers, _) = try run(lines.joined(separator: "\n") + "\n")
        #expect(answers.last?.hasPrefix(#"{"error":{"code":"protocol""#) == true)
    }

    @Test func `a thousand records and a large payload pass`() throws {
        let count = 1_000
        let large = #"{"berat_gram":5,"x":"\#(String(repeating: "é", count: 400_000))"}"#
        var lines = [Self.initialize, #"{"batch":1,"records":\#(count + 1)}"#]
        lines += (0..<count).map { record($0, #"{"berat_gram":\#($0 % 100 + 1)}"#) }
        lines += [record(count, large), #"{"end":1}"#]
        let (answers, status) = try run(lines.joined(separator: "\n") + "\n", piece: 50_000)
        #expect(status == 0)
        #expect(answers.count == count + 3)
        for (index, answer) in answers.dropFirst().dropLast().enumerated() {
            #expect(answer.hasPrefix("{\"id\":\"\(index)\",\"effects\":[{\"put\""))
        }
    }
}

@Suite struct DeclarativeTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "config/sectors/lingkungan").path

    @Test func `the example passes its own fixtures`() throws {
        let kit = try SectorTestKit(DeclarativeSector.self, folder: Self.folder)
        if ProcessInfo.processInfo.environment["PLUGINKIT_RECORD"] != nil {
            for (file, bytes) in try kit.recorded() {
                try Data(bytes).write(to: URL(filePath: "\(Self.folder)/fixtures/\(file)"))
            }
        }
        #expect(kit.problems() == [])
        #expect(kit.fixtures.count == 2)
    }

    @Test func `a changed rule is found by the fixtures`() throws {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "lingkungan-\(getpid())")
        defer { try? FileManager.default.removeItem(at: scratch) }
        try FileManager.default.copyItem(atPath: Self.folder, toPath: scratch.path)
        let file = scratch.appending(path: "sector.json")
        let text = try String(contentsOf: file, encoding: .utf8)
        try text.replacingFirst("{\"tindakan\": \"belum\"}", with: "{\"tindakan\": \"ditutup\"}")
            .write(to: file, atomically: true, encoding: .utf8)
        let kit = try SectorTestKit(DeclarativeSector.self, folder: scratch.path)
        #expect(kit.fixtureProblems().count == 2)
        #expect(kit.purityProblems() == [])
    }

    @Test func `contributions follow conditions, values and periods`() throws {
        let manifest = Array(ManifestTests.text.utf8)
        let answerer = Answerer(try DeclarativeSector(Setup(region: "33.25", manifest: manifest, folder: nil)))
        let context = Context(
            record: "r",
            date: try #require(CivilDate("2026-11-03")),
            posyandu: "p",
            subject: Subject(id: "w")
        )
        func line(_ payload: String) throws -> String {
            let answer = try answerer.answer(
                type: "air.sumur",
                version: 2,
                context: context,
                payload: try JSONParser.parse(payload)
            )
            var line: [UInt8] = []
            Wire.encode(answer, to: &line)
            return String(decoding: line.dropLast(), as: UTF8.self)
        }
        #expect(
            try line(#"{"x":1,"kondisi":"baik","jarak_m":6.50,"skor":9,"lokasi":"RT 01"}"#)
                == #"{"id":"r","effects":[{"put":{"lokasi":"RT 01","jarak_m":6.50,"kondisi":"baik"}}],"#
                + #""contributions":[{"indicator":"air.sumur","period":"2026-11","subject":"w","value":1},"#
                + #"{"indicator":"air.jarak","period":"2026-11","subject":"w","value":6.50}]}"#
        )
        #expect(
            try line(#"{"kondisi":"rusak","jarak_m":null}"#)
                == #"{"id":"r","effects":[{"put":{"kondisi":"rusak"}},{"open_case":{"reason":"rusak","priority":"tinggi"}}],"#
                + #""contributions":[]}"#
        )
        #expect(try line(#"{"kondisi":{}}"#).contains("isian.jenis"))
        #expect(try line("7").contains("isian.jenis"))
    }

    @Test func `sector-declarative answers as a process and ends with its input`() throws {
        let program = URL(filePath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            .deletingLastPathComponent().appending(path: "sector-declarative")
        let manifest = try Data(contentsOf: URL(filePath: "\(Self.folder)/sector.json"))
        let fixture = try Fixture(
            Array(try Data(contentsOf: URL(filePath: "\(Self.folder)/fixtures/titik_sampah.json"))),
            file: "titik_sampah.json"
        )
        var input: [UInt8] = []
        Wire.encode(
            Wire.Initialize(
                daemon: "test",
                manifest: Array(manifest),
                parameters: [:],
                region: "19.05",
                calendar: WorkCalendar()
            ),
            to: &input
        )
        Wire.encodeBatch(1, records: fixture.records.count, to: &input)
        for record in fixture.records { input += record.line + [0x0A] }
        Wire.encodeEnd(1, to: &input)
        let process = Process()
        let (stdin, stdout) = (Pipe(), Pipe())
        process.executableURL = program
        process.standardInput = stdin
        process.standardOutput = stdout
        try process.run()
        try stdin.fileHandleForWriting.write(contentsOf: Data(input))
        try stdin.fileHandleForWriting.close()
        let output = Array(try stdout.fileHandleForReading.readToEnd() ?? Data())
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let replies = try output.split(separator: 0x0A).map { try Array($0).withUnsafeBytes { try Wire.reply($0) } }
        let answers = try #require(fixture.answers)
        #expect(
            replies
                == [.initialized(.init(wireProtocol: 1, version: "1.0.0", types: ["lingkungan.titik_sampah"]))]
                + answers.map { .answer($0) } + [.end(1)]
        )
    }

    @Test func `sector-declarative ends on SIGTERM with status 0`() throws {
        let program = URL(filePath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            .deletingLastPathComponent().appending(path: "sector-declarative")
        let process = Process()
        let (stdin, stdout) = (Pipe(), Pipe())
        process.executableURL = program
        process.standardInput = stdin
        process.standardOutput = stdout
        try process.run()
        // It catches the signal as soon as the bit of SIGTERM (15) stands in its mask.
        var catches = false
        while process.isRunning, !catches {
            let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
            let mask = status.split(separator: "\n").first { $0.hasPrefix("SigCgt:") }?.split(separator: "\t").last
            catches = mask.flatMap { UInt64($0, radix: 16) }.map { $0 & (1 << 14) != 0 } ?? false
        }
        process.terminate()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(process.terminationReason == .exit)
    }
}

/// Writes all bytes; false when nobody reads them any more.
private func send(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
    var start = 0
    while start < bytes.count {
        let count = write(descriptor, bytes.baseAddress.map { $0 + start }, bytes.count - start)
        if count <= 0 { return false }
        start += count
    }
    return true
}

private func readAll(_ descriptor: Int32) -> String {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = read(descriptor, &chunk, chunk.count)
        guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
        bytes += chunk[..<count]
    }
}

extension Thread {
    /// Runs blocking work on a thread of its own; the returned function waits for its result.
    static func result(_ body: @escaping @Sendable () -> Int32) -> () -> Int32 {
        let done = DispatchSemaphore(value: 0)
        let box = Box()
        signal(SIGPIPE, SIG_IGN)
        Thread {
            box.value = body()
            done.signal()
        }.start()
        return {
            done.wait()
            return box.value
        }
    }

    private final class Box: @unchecked Sendable {  // read only after the semaphore says that the writer is done
        var value: Int32 = -1
    }
}
