// A daemon of a few lines: answers each request on a Unix socket with the bytes a test gives it.
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import Synchronization

/// Listens on a socket of its own until it is stopped; one request a connection.
final class UnixServer: Sendable {
    struct Request: Sendable {
        /// `POST /control/v1/import/posyandu?mode=all-or-nothing`
        var line: String
        var body: [UInt8]
    }

    let path: String
    private let listener: Int32
    private let seen: Mutex<[Request]> = Mutex([])

    var requests: [Request] { seen.withLock { $0 } }

    /// - Parameter answer: the whole answer's bytes, by the number of the request (from 0) and the request.
    init(_ answer: @escaping @Sendable (Int, Request) -> [UInt8]) {
        path = "/tmp/ctl-\(UUID().uuidString.prefix(8)).sock"
        let listener = Self.listening(at: path)
        self.listener = listener
        let me = WeakServer(self)
        startThread {
            while true {
                let peer = accept(listener, nil, nil)
                _ = fcntl(peer, F_SETFD, FD_CLOEXEC)
                if peer < 0 {
                    close(listener)  // here and nowhere else: its number must not be reused while this thread reads it
                    return
                }
                defer { close(peer) }
                guard let server = me.value, let request = Self.read(peer) else { continue }
                let number = server.seen.withLock { requests in
                    requests.append(request)
                    return requests.count - 1
                }
                Self.write(answer(number, request), to: peer)
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        unlink(path)
    }

    /// An answer with its length.
    static func answer(_ body: String, status: Int = 200) -> [UInt8] {
        Array("HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)".utf8)
    }

    /// An answer in chunks, a chunk a part; without the last chunk it is broken off.
    static func chunks(_ parts: [String], isComplete: Bool = true) -> [UInt8] {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        let body = parts.map { "\(String($0.utf8.count, radix: 16))\r\n\($0)\r\n" }.joined()
        return Array((head + body + (isComplete ? "0\r\n\r\n" : "")).utf8)
    }

    static func listening(at path: String) -> Int32 {
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        listen(listener, 16)
        return listener
    }

    private static func read(_ peer: Int32) -> Request? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let head = bytes.firstRange(of: end) {
                let lines = String(decoding: bytes[..<head.lowerBound], as: UTF8.self).split(separator: "\r\n")
                let length =
                    lines.first { $0.lowercased().hasPrefix("content-length:") }
                    .flatMap { Int($0.split(separator: " ")[1]) } ?? 0
                if bytes.count - head.upperBound >= length {
                    let line = String(lines[0].dropLast(" HTTP/1.1".count))
                    return Request(line: line, body: Array(bytes[head.upperBound...]))
                }
            }
            let count = recv(peer, &chunk, chunk.count, 0)
            if count <= 0 { return nil }
            bytes += chunk[..<count]
        }
    }

    private static func write(_ bytes: [UInt8], to peer: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(peer, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count <= 0 { return }
            rest = rest.dropFirst(count)
        }
    }
}

private final class WeakServer: @unchecked Sendable {  // written once, in init
    weak var value: UnixServer?

    init(_ value: UnixServer) { self.value = value }
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private func startThread(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    pthread_create(
        &thread,
        nil,
        { context in
            if let context { Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run() }
            return nil
        },
        Unmanaged.passRetained(ThreadBody(body)).toOpaque()
    )
    pthread_detach(thread)
}
