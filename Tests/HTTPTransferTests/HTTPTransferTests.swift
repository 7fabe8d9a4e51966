// HTTPTransfer against servers that misbehave byte by byte.
// SPDX-License-Identifier: Apache-2.0

import FailPoints
import Glibc
import HTTPTransfer
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(25)))
struct HTTPTransferTests {
    private let transfer = HTTPTransfer()

    /// A server that reads one request, notes it, and answers with these bytes.
    private func answering(_ bytes: [UInt8], thenReset: Bool = false) -> RawServer {
        RawServer { server, peer in
            server.note(peer.readRequest())
            peer.write(bytes)
            if thenReset { peer.reset() }
        }
    }

    private func answering(_ text: String) -> RawServer { answering(Array(text.utf8)) }

    private func error(_ request: HTTPRequest) async -> HTTPTransferError? {
        do {
            _ = try await transfer.send(request)
            return nil
        } catch {
            return error
        }
    }

    /// How one request ends on an engine that is made for it.
    private static func endAlone(_ request: HTTPRequest) async -> HTTPTransferError? {
        let own = HTTPTransfer()
        defer { own.shutdown() }
        do {
            _ = try await own.send(request)
            return nil
        } catch {
            return error
        }
    }

    @Test func `whichever libcurl call fails, what is said to be unsent never arrives, and the next one does`()
        async throws
    {
        let server = RawServer { server, peer in
            let request = peer.readRequest()
            guard !request.isEmpty else { return }
            server.note(request)
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        }
        func put(_ path: String) -> HTTPRequest {
            HTTPRequest(method: "PUT", url: server.url(path), body: [1, 2, 3], allowHTTP: true)
        }
        var (n, unsent, unknown) = (0, [Int](), 0)
        while true {
            n += 1
            let (request, plan) = (put("/\(n)"), CallFault.Plan(.libcurl, nth: n))
            let failure = await CallFault.$plan.withValue(plan) { await Self.endAlone(request) }
            if failure?.phase == .beforeSend { unsent.append(n) }
            if failure?.phase == .bytesSent { unknown += 1 }
            #expect(try await transfer.send(put("/again/\(n)")).status == 200, "the call that failed: \(n)")
            if !plan.hasStruck { break }
        }
        #expect(unsent.count > 30 && unknown > 0)
        let arrived = Set(server.requests.compactMap { $0.split(separator: " ").dropFirst().first.map(String.init) })
        for n in unsent { #expect(!arrived.contains("/\(n)"), "the call that failed: \(n)") }
    }

    @Test func `an answer has status, headers, body and Retry-After`() async throws {
        let server = answering(
            "HTTP/1.1 202 Accepted\r\nRetry-After: 7\r\nX-One: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
        )
        let response = try await transfer.send(HTTPRequest(url: server.url(), allowHTTP: true))
        #expect(response.status == 202)
        #expect(response.header("x-one") == "a")
        #expect(response.body == Array("hello".utf8))
        #expect(response.retryAfterSeconds == 7)
    }

    @Test func `a body is sent whole, without Expect and without a content type of curl's own`() async throws {
        let server = answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        let body = [UInt8](repeating: 0x61, count: 3_000_000)
        _ = try await transfer.send(
            HTTPRequest(method: "PUT", url: server.url("/a"), headers: [("X-Empty", "")], body: body, allowHTTP: true)
        )
        let request = try #require(server.requests.first)
        #expect(request.hasPrefix("PUT /a HTTP/1.1\r\n"))
        #expect(request.contains("Content-Length: 3000000\r\n"))
        #expect(!request.lowercased().contains("expect:"))
        #expect(!request.lowercased().contains("content-type:"))
        #expect(request.contains("X-Empty:\r\n"))
        #expect(request.utf8.count > 3_000_000)
    }

    @Test func `PUT without a body says so`() async throws {
        let server = answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        _ = try await transfer.send(HTTPRequest(method: "PUT", url: server.url(), allowHTTP: true))
        #expect(server.requests.first?.contains("Content-Length: 0\r\n") == true)
    }

    @Test func `a refused connection sent nothing`() async throws {
        let server = answering("")
        let url = server.url()
        server.stop()
        let failure = await error(HTTPRequest(url: url, allowHTTP: true))
        #expect(failure?.curlCode == 7)
        #expect(failure?.phase == .beforeSend)
    }

    @Test func `a reset after the request is an unknown outcome`() async throws {
        let server = answering([], thenReset: true)
        let failure = await error(HTTPRequest(method: "PUT", url: server.url(), body: [1, 2, 3], allowHTTP: true))
        #expect([52, 55, 56].contains(failure?.curlCode ?? 0))
        #expect(failure?.phase == .bytesSent)
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", 18),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", 18),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n", 56),
        ("", 52),
        ("HELLO 200 OK\r\n\r\n", 1),
    ])
    func `an answer that is cut or garbled is no answer`(_ text: String, _ code: Int) async throws {
        let server = answering(text)
        let failure = try #require(await error(HTTPRequest(url: server.url(), allowHTTP: true)))
        #expect(failure.phase == .bytesSent)
        #expect(failure.curlCode == code)
    }

    @Test func `chunks are put together`() async throws {
        let server = answering(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"
        )
        let response = try await transfer.send(HTTPRequest(url: server.url(), allowHTTP: true))
        #expect(response.body == Array("abcdefg".utf8))
    }

    @Test func `an interim answer does not leave its headers behind`() async throws {
        let server = answering(
            "HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\nHTTP/1.1 201 Created\r\nX-Final: 1\r\nContent-Length: 0\r\n\r\n"
        )
        let response = try await transfer.send(
            HTTPRequest(method: "POST", url: server.url(), body: [1], allowHTTP: true)
        )
        #expect(response.status == 201)
        #expect(response.header("X-Interim") == nil)
        #expect(response.header("X-Final") == "1")
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func `a redirect is an answer and is not followed`(_ status: Int) async throws {
        let server = RawServer { server, peer in
            server.note(peer.readRequest())
            peer.write(
                "HTTP/1.1 \(status) Away\r\nLocation: \(server.url("/b"))\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
        }
        let response = try await transfer.send(HTTPRequest(url: server.url("/a"), allowHTTP: true))
        #expect(response.status == status)
        #expect(server.requests.count == 1)
    }

    @Test func `a body over the cap ends the transfer, with a length or without`() async throws {
        let big = String(repeating: "x", count: 100_001)
        for head in ["Content-Length: 100001\r\n", "Connection: close\r\n"] {
            let server = answering("HTTP/1.1 200 OK\r\n\(head)\r\n\(big)")
            let failure = await error(HTTPRequest(url: server.url(), maxResponseBytes: 100_000, allowHTTP: true))
            #expect(failure?.curlCode == 23)
            #expect(failure?.status == 200)
        }
    }

    @Test func `the cap counts decompressed bytes`() async throws {
        let bomb = gzipOfZeros
        #expect(bomb.count < 30_000)
        let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(bomb.count)\r\n\r\n"
        let server = answering(Array(head.utf8) + bomb)
        let failure = await error(HTTPRequest(url: server.url(), maxResponseBytes: 1 << 20, allowHTTP: true))
        #expect(failure?.curlCode == 23)
    }

    @Test func `a header that never ends is cut`() async throws {
        let lines = (0..<2000).map { "X-\($0): \(String(repeating: "y", count: 60))\r\n" }.joined()
        let server = answering("HTTP/1.1 200 OK\r\n\(lines)\r\n")
        let failure = await error(HTTPRequest(url: server.url(), allowHTTP: true))
        #expect(failure?.curlCode == 23)
    }

    @Test func `a peer that never answers ends with the time limit`() async throws {
        let server = RawServer { _, peer in
            _ = peer.readRequest()
            peer.waitForEnd()
        }
        // On a busy machine the shortest limit may be over before anything was sent.
        var failure: HTTPTransferError?
        for milliseconds in [300, 3_000, 30_000, 300_000] where failure?.phase != .bytesSent {
            let timeouts = HTTPTimeouts(total: .milliseconds(milliseconds))
            failure = await error(HTTPRequest(url: server.url(), timeouts: timeouts, allowHTTP: true))
            #expect(failure?.curlCode == 28)
        }
        #expect(failure?.phase == .bytesSent)
    }

    @Test func `plain HTTP is refused unless it is allowed`() async throws {
        let server = answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        let failure = await error(HTTPRequest(url: server.url()))
        #expect(failure?.curlCode == 1)
        #expect(failure?.phase == .beforeSend)
        #expect(server.requests.isEmpty)
    }

    @Test(arguments: ["X: a\r\nEvil: 1", "a\u{0}b"])
    func `a line break in a header is refused before sending`(_ value: String) async throws {
        let server = answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        let failure = await error(HTTPRequest(url: server.url(), headers: [("X-Header", value)], allowHTTP: true))
        #expect(failure?.curlCode == 43)
        #expect(server.requests.isEmpty)
    }

    @Test func `a file URL is refused even when HTTP is allowed`() async throws {
        #expect(await error(HTTPRequest(url: "file:///etc/passwd", allowHTTP: true))?.curlCode == 1)
    }

    @Test func `a Unix socket is spoken to like a host`() async throws {
        let path = "/tmp/posyandud-http-\(getpid()).sock"
        let server = RawServer(unixPath: path) { server, peer in
            server.note(peer.readRequest())
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        }
        defer { unlink(path) }
        let response = try await transfer.send(HTTPRequest(url: "http://localhost/status", unixSocketPath: path))
        #expect(response.body == Array("ok".utf8))
        #expect(server.requests.first?.hasPrefix("GET /status HTTP/1.1") == true)
    }

    @Test func `a streamed body arrives in pieces and is not kept`() async throws {
        let server = RawServer { _, peer in
            _ = peer.readRequest()
            peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for line in 1...3 {
                peer.write("8\r\n{\"n\":\(line)}\n\r\n")
                usleep(20_000)
            }
            peer.write("0\r\n\r\n")
        }
        let received = Mutex<[UInt8]>([])
        let response = try await transfer.send(
            HTTPRequest(url: server.url(), allowHTTP: true, onBody: { bytes in received.withLock { $0 += bytes } })
        )
        #expect(response.body.isEmpty)
        #expect(received.withLock { String(decoding: $0, as: UTF8.self) } == "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n")
    }

    @Test func `cancelling the task ends the transfer`() async throws {
        let server = RawServer { server, peer in
            server.note(peer.readRequest())
            peer.waitForEnd()
        }
        let request = HTTPRequest(method: "PUT", url: server.url(), body: [1], allowHTTP: true)
        let task = Task { [transfer] in
            do {
                _ = try await transfer.send(request)
                return HTTPTransferError(curlCode: 0, phase: .beforeSend, message: "")
            } catch let error as HTTPTransferError {
                return error
            }
        }
        try await server.waitForRequest()
        task.cancel()
        let failure = try await task.value
        #expect(failure.isCancellation)
        #expect(failure.phase == .bytesSent)
    }

    @Test func `a task that is cancelled already sends nothing`() async throws {
        let server = answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        let request = HTTPRequest(url: server.url(), allowHTTP: true)
        let failure = await withTaskGroup(of: HTTPTransferError?.self) { group in
            group.cancelAll()
            group.addTask { await self.error(request) }
            return await group.next() ?? nil
        }
        #expect(failure?.isCancellation == true)
        #expect(failure?.phase == .beforeSend)
        #expect(server.requests.isEmpty)
    }

    @Test func `after the shutdown nothing is sent, and what was under way has ended`() async throws {
        let server = RawServer { server, peer in
            server.note(peer.readRequest())
            peer.waitForEnd()
        }
        let own = HTTPTransfer()
        let request = HTTPRequest(url: server.url(), allowHTTP: true)
        let hanging = Task { try await own.send(request).status }
        try await server.waitForRequest()
        own.shutdown()
        await #expect(throws: HTTPTransferError.self) { _ = try await hanging.value }
        do {
            _ = try await own.send(request)
            Issue.record("sent after the shutdown")
        } catch {
            #expect(error.phase == .beforeSend)
        }
    }

    @Test func `two hundred requests at once all come back with their own answers`() async throws {
        let server = RawServer { _, peer in
            while true {
                let request = String(decoding: peer.readRequest(), as: UTF8.self)
                if request.isEmpty { return }
                let path = request.split(separator: " ")[1]
                peer.write("HTTP/1.1 200 OK\r\nContent-Length: \(path.utf8.count)\r\n\r\n\(path)")
            }
        }
        let wrong = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                let request = HTTPRequest(url: server.url("/n/\(number)"), allowHTTP: true)
                group.addTask { [transfer] in
                    (try? await transfer.send(request).body) != Array("/n/\(number)".utf8)
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(wrong == 0)
    }
}

/// Requests that wait for their turn in a transfer that sends one at a time.
extension HTTPTransferTests {
    /// Answers a path with itself, and `/hang` not at all.
    private static func echo() -> RawServer {
        RawServer { server, peer in
            while true {
                let request = peer.readRequest()
                guard let path = String(decoding: request, as: UTF8.self).split(separator: " ").dropFirst().first else {
                    return
                }
                server.note(request)
                if path == "/hang" { return peer.waitForEnd() }
                usleep(2000)
                server.note(Array("answered".utf8))
                peer.write("HTTP/1.1 200 OK\r\nContent-Length: \(path.utf8.count)\r\n\r\n\(path)")
            }
        }
    }

    private static func asked(_ server: RawServer) -> [Substring] {
        server.requests.compactMap { $0.split(separator: " ").dropFirst().first }
    }

    @Test func `one at a time, each gets its own answer`() async throws {
        let server = Self.echo()
        let own = HTTPTransfer(atOnce: 1)
        let answers = try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
            for number in 0..<40 {
                let request = HTTPRequest(url: server.url("/n/\(number)"), allowHTTP: true)
                group.addTask { (number, try await own.send(request).body) }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(answers == Dictionary(uniqueKeysWithValues: (0..<40).map { ($0, Array("/n/\($0)".utf8)) }))
        #expect(server.requests.count == 80)
        #expect(server.requests.enumerated().allSatisfy { ($1 == "answered") == ($0 % 2 == 1) })
    }

    @Test func `what waits is given back unsent, what is under way and what is out of turn is not`() async throws {
        let server = Self.echo()
        let own = HTTPTransfer(atOnce: 1)
        let hanging = Task { try await own.send(HTTPRequest(url: server.url("/hang"), allowHTTP: true)).status }
        try await server.waitForRequest()
        let waiting = (0..<3).map { number in
            Task {
                do {
                    return try await own.send(HTTPRequest(url: server.url("/n/\(number)"), allowHTTP: true)).status
                } catch let error as HTTPTransferError {
                    return error.wasRecalled && error.phase == .beforeSend ? 0 : -1
                }
            }
        }
        let recaller = Task {
            while !Task.isCancelled {
                own.recall()
                try? await Task.sleep(for: .milliseconds(10))
            }
        }
        let login = HTTPRequest(url: server.url("/login"), allowHTTP: true)
        #expect(try await own.send(login, outOfTurn: true).body == Array("/login".utf8))
        for task in waiting { #expect(try await task.value == 0) }
        recaller.cancel()
        await recaller.value
        #expect(Self.asked(server) == ["/hang", "/login"])
        hanging.cancel()
        await #expect(throws: HTTPTransferError.self) { _ = try await hanging.value }
        let after = try await own.send(HTTPRequest(url: server.url("/after"), allowHTTP: true))
        #expect(after.body == Array("/after".utf8))
    }
}

extension HTTPTransferTests {
    @Test func `an answer that nobody asked for is not taken for the answer of the next request`() async throws {
        let server = RawServer { server, peer in
            while !peer.readRequest().isEmpty {
                peer.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none")
                usleep(5000)  // a piece of its own, after the first answer was taken
                peer.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo")
                server.note([])
            }
        }
        for number in 1...5 {
            let response = try await transfer.send(HTTPRequest(url: server.url(), allowHTTP: true))
            #expect(String(decoding: response.body, as: UTF8.self) == "one")
            // The second answer lies at the connection before it might be used again.
            while server.requests.count < number { try await Task.sleep(for: .milliseconds(2)) }
        }
    }

    @Test func `a PUT whose kept connection ends unanswered is not sent again behind our back`() async throws {
        let server = RawServer { server, peer in
            server.note(peer.readRequest())
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none")
            server.note(peer.readRequest())  // acted on, and then the connection ends
        }
        func put(_ body: String) async throws(HTTPTransferError) -> HTTPResponse {
            try await transfer.send(
                HTTPRequest(method: "PUT", url: server.url(), body: Array(body.utf8), allowHTTP: true)
            )
        }
        #expect(try await put("a").status == 200)
        await #expect(throws: HTTPTransferError.self) { try await put("b") }
        let requests = server.requests
        #expect(requests.count { $0.hasSuffix("b") } == 1)
    }

    @Test(arguments: [false, true])
    func `a kept connection that its peer has ended carries no request`(_ byReset: Bool) async throws {
        let taken = Mutex(0)
        let server = RawServer { server, peer in
            server.note(peer.readRequest())
            let number = server.requests.count
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none")
            // It ends after the answer has been taken; nothing said that it would.
            for _ in 0..<300_000 where taken.withLock({ $0 }) < number { usleep(2000) }
            if byReset { peer.reset() }
        }
        for number in 1...4 {
            let request = HTTPRequest(method: "PUT", url: server.url(), body: [1], allowHTTP: true)
            #expect(try await transfer.send(request).status == 200)
            taken.withLock { $0 = number }
            #expect(server.requests.count == number)
            try await server.waitForEnds(number)
        }
    }

    @Test func `a request with its own connection uses no kept one and leaves none`() async throws {
        let server = RawServer { server, peer in
            server.note(Array("connection".utf8))
            let number = server.requests.count
            while !peer.readRequest().isEmpty { peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(number)") }
        }
        func connection(own: Bool) async throws -> String {
            var request = HTTPRequest(url: server.url(), allowHTTP: true)
            request.usesOwnConnection = own
            return String(decoding: try await transfer.send(request).body, as: UTF8.self)
        }
        var used: [String] = []
        for own in [false, false, true, true, false] { used.append(try await connection(own: own)) }
        #expect(used == ["1", "1", "2", "3", "1"])
    }
}
