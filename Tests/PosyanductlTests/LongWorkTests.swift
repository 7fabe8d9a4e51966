// Answers of a line after line: imports and replays, whole and broken.
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import PluginKit
import Testing

@testable import posyanductl

@Suite(.timeLimit(.minutes(25)))
final class LongWorkTests {
    private let input: String

    init() throws {
        input = "/tmp/ctl-\(UUID().uuidString).csv"
        try Data("a,b\n1,2\n3,4\n".utf8).write(to: URL(filePath: input))
    }

    deinit { unlink(input) }

    private func reporting(_ report: String) -> UnixServer {
        let line = "{\"report\":\(report.replacing("\n", with: " "))}\n"
        return UnixServer { _, _ in
            UnixServer.chunks([
                "{\"progress\":1}\n{\"pro", "gress\":2}\n", String(line.prefix(9)), String(line.dropFirst(9)),
            ])
        }
    }

    @Test func `complaints name file, line and column; nothing kept ends with 1`() async throws {
        let server = reporting(
            """
            {"committed":false,"complaints":[{"line":3,"column":"b","code":"x","message":"Not a number.","fix":"Write digits."},
             {"line":1,"column":null,"code":"y","message":"A column is missing.","fix":"Add c."}],"warnings":[],
             "warning_count":0,"rejects":null,"summary":"2 rows. Nothing was kept."}
            """
        )
        let outcome = try await run(["import", "posyandu", input], at: server, isInteractive: true)
        #expect(outcome.isFailure)
        #expect(
            outcome.out == """
                \(input):3: b: Not a number. Fix: Write digits.
                \(input):1: A column is missing. Fix: Add c.
                2 rows. Nothing was kept.

                """
        )
        #expect(outcome.err.hasPrefix("\rimport posyandu: 1 of 2 rows (50 %)"))
        #expect(outcome.err.hasSuffix("\r\u{1B}[K"))
        #expect(server.requests.map(\.line) == ["POST /control/v1/import/posyandu?mode=all-or-nothing"])
        #expect(server.requests.first?.body == Array("a,b\n1,2\n3,4\n".utf8))
    }

    @Test func `refused lines go to a file that only its owner may read`() async throws {
        let rejects = "\(input).rejects"
        try Data("old".utf8).write(to: URL(filePath: rejects))
        chmod(rejects, 0o644)
        defer { unlink(rejects) }
        let server = reporting(Answers.importReport)
        let outcome = try await run(
            ["import", "cadres", input, "--skip-bad", "--rejects", rejects],
            at: server
        )
        #expect(outcome.error == nil)
        #expect(outcome.out.hasSuffix("Correct them there and import that file.\n"))
        var status = stat()
        #expect(stat(rejects, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(try InputFile(rejects).read() == Array("baris_asal,alasan\n3,x\n".utf8))
        let json = try await run(
            ["import", "cadres", input, "--skip-bad", "--json"],
            at: reporting(Answers.importReport)
        )
        #expect(!json.out.contains("baris_asal"))
        let lost = try await run(
            ["import", "cadres", input, "--skip-bad", "--rejects", "/tmp/ctl-none/r.csv"],
            at: reporting(Answers.importReport)
        )
        #expect(lost.problem?.hint?.hasPrefix("run the import again") == true)
    }

    @Test func `a dry run is judged by its complaints`() async throws {
        let clean = reporting(#"{"committed":false,"complaints":[],"summary":"2 rows. Dry run: nothing was kept."}"#)
        let outcome = try await run(["import", "residents", input, "--dry-run", "--json"], at: clean)
        #expect(outcome.error == nil)
        #expect(outcome.err == "")
        #expect(outcome.out.hasPrefix(#"{"committed":false,"#))
        let dirty = reporting(#"{"committed":false,"complaints":[{"line":2}],"summary":"x"}"#)
        #expect(try await run(["import", "residents", input, "--dry-run"], at: dirty).isFailure)
    }

    @Test func `a list of regions takes its label and first day along`() async throws {
        let server = reporting(#"{"committed":true,"complaints":[],"summary":"x"}"#)
        _ = try await run(
            ["import", "regions", input, "--label", "300.2.2-2138/2025", "--valid-from", "2025-04-25"],
            at: server
        )
        #expect(
            server.requests.map(\.line) == [
                "POST /control/v1/import/regions?mode=all-or-nothing&label=300.2.2-2138%2F2025&valid_from=2025-04-25"
            ]
        )
    }

    @Test func `work that fails on the way says why`() async throws {
        let server = UnixServer { _, _ in
            UnixServer.chunks([
                "{\"progress\":1}\n",
                #"{"error":{"code":"database","message":"connection lost","hint":"pg_lsclusters"}}"#,
            ])
        }
        let outcome = try await run(["import", "posyandu", input], at: server)
        #expect(outcome.problem?.description == "connection lost (database)\nHint: pg_lsclusters")
    }

    @Test(arguments: [true, false])
    func `an answer without its report is broken off`(_ isComplete: Bool) async throws {
        let server = UnixServer { _, _ in
            UnixServer.chunks(["{\"progress\":{\"entries\":1,\"of\":9}}\n{\"rep"], isComplete: isComplete)
        }
        let outcome = try await run(["replay"], at: server)
        #expect(outcome.problem?.message.hasSuffix("the work may be done or not") == true)
        #expect(outcome.out == "")
    }

    @Test func `a refusal before the work starts is shown as one`() async throws {
        let server = UnixServer { _, _ in
            UnixServer.answer(#"{"error":{"code":"request","message":"no"}}"#, status: 400)
        }
        #expect(try await run(["replay"], at: server).problem?.message == "no (request)")
    }

    @Test func `a replay that differs ends with 1`() async throws {
        let outcome = try await run(["replay"], at: reporting(Answers.replay))
        #expect(outcome.isFailure)
        #expect(outcome.out.contains("DIFFERENT"))
        let same = reporting(#"{"entries":3,"identical":true,"snapshots":[]}"#)
        #expect(try await run(["replay", "--json"], at: same).error == nil)
    }
}
