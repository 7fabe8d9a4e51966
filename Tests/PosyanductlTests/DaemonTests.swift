// Commands against a daemon that answers, refuses, breaks off or is not there.
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import PluginKit
import Testing

@testable import posyanductl

@Suite(.timeLimit(.minutes(25)))
struct DaemonTests {
    private func file(_ text: String) throws -> String {
        let path = "/tmp/ctl-\(UUID().uuidString)"
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    // MARK: No daemon

    @Test func `a missing socket says where it was looked for`() async throws {
        let outcome = try await run(["status"], at: "/tmp/ctl-nobody/control.sock")
        #expect(
            outcome.problem?.description == """
                there is no control socket at /tmp/ctl-nobody/control.sock: the daemon does not run or the socket is elsewhere
                Hint: systemctl status posyandud; --socket PATH
                """
        )
    }

    @Test func `a file that is no socket, and a socket nobody listens at`() async throws {
        let path = try file("")
        defer { unlink(path) }
        #expect(try await run(["log"], at: path).problem?.message == "\(path) is not a socket")
        unlink(path)
        close(UnixServer.listening(at: path))
        let outcome = try await run(["log"], at: path)
        #expect(outcome.problem?.message.hasPrefix("nobody listens at \(path)") == true)
    }

    @Test(.enabled(if: geteuid() != 0, "root may use every socket"))
    func `a socket that the user may not use says whose it is`() async throws {
        let server = UnixServer { _, _ in UnixServer.answer("{}") }
        chmod(server.path, 0)
        let outcome = try await run(["log"], at: server)
        #expect(outcome.problem?.message == "you may not use the control socket at \(server.path)")
    }

    @Test func `waiting for a daemon that never comes ends with its error`() async throws {
        let outcome = try await run(["status", "--wait-ready", "0"], at: "/tmp/ctl-nobody/control.sock")
        #expect(outcome.problem != nil)
        #expect(outcome.out == "")
    }

    // MARK: Refusals

    @Test(arguments: [
        (
            403, #"{"error":{"code":"forbidden","message":"user x may not operate this node","hint":"run as root"}}"#,
            "user x may not operate this node (forbidden)\nHint: run as root"
        ),
        (
            409,
            #"{"error":{"code":"state","message":"document 7 is in no state for retry","hint":"posyanductl push show 7"}}"#,
            "document 7 is in no state for retry (state)\nHint: posyanductl push show 7"
        ),
        (400, #"{"error":{"message":"bad\u001b[2J"}}"#, "bad·[2J"),
        (
            404, "",
            """
            the daemon does not know this request (404)
            Hint: posyanductl and posyandud may be of different versions: posyanductl version
            """
        ),
        (413, "no json", "the file is too large for the daemon (413)\nHint: split it and send the parts"),
        (
            500, "{}",
            "the daemon answered 500 and gave no reason\nHint: journalctl -u posyandud --since -5min"
        ),
    ])
    func `a refusal is shown with its hint`(_ status: Int, _ body: String, _ text: String) async throws {
        let server = UnixServer { _, _ in UnixServer.answer(body, status: status) }
        let outcome = try await run(["push", "retry", "7"], at: server)
        #expect(outcome.problem?.description == text)
        #expect(outcome.out == "")
        #expect(server.requests.map(\.line) == ["POST /control/v1/push/7/retry"])
    }

    @Test func `an answer that is not JSON is an error`() async throws {
        let server = UnixServer { _, _ in UnixServer.answer("<html>") }
        let outcome = try await run(["status"], at: server)
        #expect(outcome.problem?.message.hasPrefix("the daemon's answer is not JSON") == true)
    }

    @Test func `a connection that ends without an answer leaves the outcome open`() async throws {
        let server = UnixServer { _, _ in [] }
        let outcome = try await run(["summaries", "close", "2026-11"], at: server)
        #expect(outcome.problem?.message.hasSuffix("the work may be done or not") == true)
    }

    // MARK: Reading

    @Test func `--json is the daemon's answer on one line`() async throws {
        let server = UnixServer { _, _ in UnixServer.answer(Answers.status) }
        let outcome = try await run(["status", "--json"], at: server)
        #expect(outcome.error == nil)
        #expect(outcome.out == "\(try JSONParser.parse(Answers.status))\n")
        #expect(outcome.out.count { $0 == "\n" } == 1)
    }

    @Test func `waiting for readiness ends when the node is ready, or with 1`() async throws {
        let server = UnixServer { number, _ in
            UnixServer.answer(#"{"ready":\#(number >= 2),"reasons":["sectors start"]}"#)
        }
        let ready = try await run(["status", "--wait-ready", "600", "--json"], at: server)
        #expect(ready.error == nil)
        #expect(ready.out == #"{"ready":true,"reasons":["sectors start"]}"# + "\n")
        #expect(server.requests.count == 3)
        let never = UnixServer { _, _ in UnixServer.answer(#"{"ready":false,"reasons":["no database"]}"#) }
        let outcome = try await run(["status", "--wait-ready", "0"], at: never)
        #expect(outcome.isFailure)
        #expect(outcome.out.contains("no: no database"))
    }

    @Test func `parameters arrive encoded`() async throws {
        let server = UnixServer { _, _ in UnixServer.answer("{}") }
        _ = try await run(["trace", "kesehatan.a&b", "2026-11", "33.25 x", "--limit", "5"], at: server)
        _ = try await run(["rejections", "--source", "0190A0DE-0000-7000-8000-000000000001"], at: server)
        _ = try await run(["destination", "pause", "a/b", "--reason", "libur"], at: server)
        _ = try await run(["held", "--limit", "3"], at: server)
        _ = try await run(["push", "list", "--state", "window_closed"], at: server)
        #expect(
            server.requests.map(\.line) == [
                "GET /control/v1/trace?indicator=kesehatan.a%26b&period=2026-11&area=33.25%20x&limit=5",
                "GET /control/v1/rejections?source=0190a0de-0000-7000-8000-000000000001&after=0&limit=100",
                "POST /control/v1/destinations/a%2Fb/pause", "GET /control/v1/dead?state=held&limit=3",
                "GET /control/v1/push?state=window_closed&limit=1000",
            ]
        )
        #expect(server.requests.map { String(decoding: $0.body, as: UTF8.self) }[2] == #"{"reason":"libur"}"#)
    }

    @Test func `the latest revision is shown, and its bytes exactly`() async throws {
        let bytes = #"{"period":"2026-10" ,"figures":[]}"#
        let server = UnixServer { number, _ in UnixServer.answer(number == 0 ? Answers.summaries : bytes) }
        let outcome = try await run(["summaries", "show", "2026-10", "--json"], at: server)
        #expect(outcome.out == bytes)
        #expect(server.requests.last?.line == "GET /control/v1/summaries/2026-10/2")
    }

    @Test func `a check that finds something ends with 1`() async throws {
        let server = UnixServer { _, _ in UnixServer.answer(Answers.unbalanced) }
        let outcome = try await run(["audit", "conserve"], at: server)
        #expect(outcome.isFailure)
        #expect(outcome.out.contains("NOT BALANCED"))
        let balanced = UnixServer { _, _ in UnixServer.answer(Answers.balanced) }
        #expect(try await run(["audit", "conserve", "--json"], at: balanced).error == nil)
    }

    @Test func `the version of a daemon that does not run is no failure`() async throws {
        let outcome = try await run(["version"], at: "/tmp/ctl-nobody/control.sock")
        #expect(outcome.error == nil)
        #expect(outcome.out.hasPrefix("posyanductl 0.1.0\nposyandud   not asked: "))
    }

    // MARK: Waiting

    @Test func `waiting for acknowledgements ends when all have come`() async throws {
        let server = UnixServer { number, _ in
            UnixServer.answer(
                #"{"destinations":[{"name":"sipd","paused":null,"counts":{"\#(number < 1 ? "pending" : "acknowledged")":4}}]}"#
            )
        }
        let outcome = try await run(["push", "wait", "--timeout", "600"], at: server, isInteractive: true)
        #expect(outcome.error == nil)
        #expect(server.requests.count == 2)
        #expect(outcome.err == "\rpush: 0 of 4 documents (0 %)\u{1B}[K\r\u{1B}[K")
        let late = UnixServer { _, _ in
            UnixServer.answer(#"{"destinations":[{"name":"sipd","paused":null,"counts":{"pending":4}}]}"#)
        }
        let given = try await run(["push", "wait", "--timeout", "0"], at: late)
        #expect(given.problem?.message == "4 documents are still on their way")
    }

    @Test func `waiting for a paused log says so`() async throws {
        let server = UnixServer { _, request in
            UnixServer.answer(request.line.hasSuffix("status") ? Answers.status : Answers.log)
        }
        let outcome = try await run(["log", "wait"], at: server)
        #expect(outcome.problem?.message == "applying is paused: pindah server (root)")
    }

    // MARK: Files

    @Test func `every file of batches is sent whole; one that is not clean ends with 1`() async throws {
        let first = try file("batch one")
        let second = try file("batch two")
        defer {
            unlink(first)
            unlink(second)
        }
        let server = UnixServer { number, _ in
            UnixServer.answer(number == 0 ? Answers.tally : Answers.damagedTally)
        }
        let outcome = try await run(["ingest", first, second, "--json"], at: server)
        #expect(outcome.isFailure)
        #expect(outcome.out.split(separator: "\n").count == 2)
        #expect(server.requests.map { String(decoding: $0.body, as: UTF8.self) } == ["batch one", "batch two"])
    }

    @Test func `a file that is missing is named`() async throws {
        let outcome = try await run(["source", "import", "/tmp/ctl-none.csv"], at: "/nowhere")
        #expect(outcome.problem?.message == "/tmp/ctl-none.csv: No such file or directory")
    }
}
