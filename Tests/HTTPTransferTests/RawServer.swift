// A server that says exactly the bytes a test gives it, over TCP or a Unix socket.
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// Accepts connections on a thread and hands each to a script on a thread of its own, until it is stopped.
final class RawServer: Sendable {
    /// One accepted connection, as the script sees it.
    struct Peer: Sendable {
        let descriptor: Int32

        /// Reads one request: the header, then as many body bytes as `Content-Length` says.
        func readRequest() -> [UInt8] {
            var bytes: [UInt8] = []
            while !Self.isComplete(bytes) {
                var chunk = [UInt8](repeating: 0, count: 65_536)
                let count = recv(descriptor, &chunk, chunk.count, 0)
                if count <= 0 { break }
                bytes.append(contentsOf: chunk[..<count])
            }
            return bytes
        }

        func write(_ text: String) { write(Array(text.utf8)) }

        func write(_ bytes: [UInt8]) {
            var done = 0
            while done < bytes.count {
                let count = bytes[done...].withUnsafeBytes {
                    send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if count <= 0 { return }
                done += count
            }
        }

        /// Ends the connection with RST instead of FIN.
        func reset() {
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        }

        /// Waits until the peer has gone.
        func waitForEnd() {
            var byte: UInt8 = 0
            while recv(descriptor, &byte, 1, 0) > 0 {}
        }

        private static func isComplete(_ bytes: [UInt8]) -> Bool {
            let text = String(decoding: bytes, as: UTF8.self)
            let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return false }
            let length = parts[0].split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
                .flatMap { Int($0.drop { $0 != ":" }.dropFirst().filter { $0 != " " }) }
            return parts[1].utf8.count >= length ?? 0
        }
    }

    let port: Int
    private let listener: Int32
    private let stopped = Mutex(false)
    private let seen: Mutex<[[UInt8]]> = Mutex([])
    private let ended = Mutex(0)

    /// Requests that scripts have noted.
    var requests: [String] { seen.withLock { $0.map { String(decoding: $0, as: UTF8.self) } } }

    /// Returns when a script has noted a request; throws when none comes.
    func waitForRequest() async throws {
        for _ in 0..<120_000 {
            if seen.withLock({ !$0.isEmpty }) { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw NoRequest()
    }

    /// Returns when that many connections have ended; throws when they do not.
    func waitForEnds(_ count: Int) async throws {
        for _ in 0..<120_000 {
            if ended.withLock({ $0 >= count }) { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw NoRequest()
    }

    struct NoRequest: Error {}

    func note(_ request: [UInt8]) { seen.withLock { $0.append(request) } }

    init(unixPath: String? = nil, script: @escaping @Sendable (RawServer, Peer) -> Void) {
        let listener: Int32
        if let unixPath {
            listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: unixPath.utf8) }
            unlink(unixPath)
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            port = 0
        } else {
            listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = bind(listener, $0, length)
                    getsockname(listener, $0, &length)
                }
            }
            port = Int(UInt16(bigEndian: address.sin_port))
        }
        self.listener = listener
        listen(listener, 1024)
        let me = Weak(self)
        startThread {
            while true {
                let descriptor = accept(listener, nil, nil)
                // A child that a test starts meanwhile must not keep the connection open.
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                if descriptor < 0 {
                    close(listener)  // here and nowhere else: its number must not be reused while this thread reads it
                    return
                }
                startThread {
                    if let server = me.value { script(server, Peer(descriptor: descriptor)) }
                    close(descriptor)
                    me.value?.ended.withLock { $0 += 1 }
                }
            }
        }
    }

    /// Refuses connections from now on. May be called twice.
    func stop() {
        let isFirst = stopped.withLock { stopped in
            defer { stopped = true }
            return !stopped
        }
        if isFirst { shutdown(listener, Int32(SHUT_RDWR)) }
    }

    deinit { stop() }

    func url(_ path: String = "/") -> String { "http://127.0.0.1:\(port)\(path)" }
}

private final class Weak: @unchecked Sendable {  // written once, in init
    weak var value: RawServer?

    init(_ value: RawServer) { self.value = value }
}

private final class Body: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private func startThread(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    pthread_create(
        &thread,
        nil,
        { context in
            if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
            return nil
        },
        Unmanaged.passRetained(Body(body)).toOpaque()
    )
    pthread_detach(thread)
}
