// While a peer is silent the transfer thread sleeps: a wait must cost no processor, whatever it waits for.
// SPDX-License-Identifier: Apache-2.0

import Glibc
import HTTPTransfer
import Testing

/// Each in a process of its own, whose processor time is this wait's alone. That time does not grow on a busy machine.
@Suite(.timeLimit(.minutes(25)))
struct RestTests {
    /// How a peer keeps a request waiting after ``before`` requests that it answered.
    struct Silence: Sendable, CustomTestStringConvertible {
        var name: String
        var before = 0
        var bytes = 2
        var script: @Sendable (RawServer.Peer) -> Void
        var testDescription: String { name }

        init(
            _ name: String,
            before: Int = 0,
            bytes: Int = 2,
            script: @escaping @Sendable (RawServer.Peer) -> Void
        ) {
            self.name = name
            self.before = before
            self.bytes = bytes
            self.script = script
        }
    }

    private static func says(_ text: String) -> @Sendable (RawServer.Peer) -> Void {
        { peer in
            _ = peer.readRequest()
            peer.write(text)
            peer.waitForEnd()
        }
    }

    private static let answer = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none"

    static let silences = [
        Silence("before the answer", script: says("")),
        Silence("after the status line", script: says("HTTP/1.1 200 OK\r\n")),
        Silence("after 100 Continue", script: says("HTTP/1.1 100 Continue\r\n\r\n")),
        Silence("in the body", script: says("HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\none")),
        Silence("in a chunk", script: says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\none")),
        Silence(
            "before the last chunk",
            script: says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
        ),
        Silence("in a compressed body", script: says("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\u{1f}")),
        Silence("does not read the request", bytes: 32 << 20) { _ in sleep(10) },
        Silence("has closed its side for reading", bytes: 32 << 20) { peer in
            shutdown(peer.descriptor, Int32(SHUT_RD))
            sleep(10)
        },
        Silence("on a kept connection", before: 1) { peer in
            _ = peer.readRequest()
            peer.write(answer)
            _ = peer.readRequest()
            peer.waitForEnd()
        },
        Silence("on a new connection, because something waited on the kept one", before: 1) { peer in
            _ = peer.readRequest()
            peer.write(answer)
            usleep(20_000)
            peer.write(answer)
            peer.waitForEnd()
        },
        Silence("on a new connection, because the kept one was closed", before: 1) { peer in
            _ = peer.readRequest()
            peer.write(answer)
        },
        Silence("after an answer that a second one follows", before: 2) { peer in
            _ = peer.readRequest()
            peer.write(answer + answer)
            _ = peer.readRequest()
            peer.waitForEnd()
        },
    ]

    @Test(arguments: silences.indices)
    func `waiting costs no processor`(_ number: Int) async {
        await #expect(processExitsWith: .exitCode(0), "\(Self.silences[number])") { [number = number as Int] in
            let silence = RestTests.silences[number]
            let transfer = HTTPTransfer()
            // The first connections are the script's; a later one is silent from its beginning.
            let server = RawServer { server, peer in
                server.note([])
                if server.requests.count <= max(1, silence.before) { silence.script(peer) } else { peer.waitForEnd() }
            }
            for _ in 0..<silence.before {
                _ = try? await transfer.send(
                    HTTPRequest(url: server.url(), timeouts: .init(total: .seconds(300)), allowHTTP: true)
                )
                try? await Task.sleep(for: .milliseconds(60))
            }
            let body = [UInt8](repeating: 0x61, count: silence.bytes)
            let before = RestTests.processorMilliseconds()
            _ = try? await transfer.send(
                HTTPRequest(
                    method: "PUT",
                    url: server.url(),
                    body: body,
                    timeouts: .init(total: .milliseconds(4500)),
                    allowHTTP: true
                )
            )
            let spent = RestTests.processorMilliseconds() - before
            exit(spent < 1500 ? 0 : 3)
        }
    }

    static func processorMilliseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Int(time.tv_sec) * 1000 + Int(time.tv_nsec) / 1_000_000
    }
}
