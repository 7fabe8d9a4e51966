// A small endpoint of `sipd-rekap/1` inside the test, with a list of what goes wrong next.
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import Synchronization

/// Keeps documents as the contract says; each PUT, poll, read-back or login takes the next fault meant for it.
final class EndpointDouble: Sendable {
    enum Fault: Sendable, Equatable {
        case status(Int)
        /// Acts, then resets the connection.
        case resetAfterCommit
        /// Resets the connection without acting.
        case reset
        /// Acts and keeps silent.
        case silent
        case html
    }

    struct Stored: Sendable, Equatable {
        var revision: Int
        var digest: String
        /// How often this revision took effect.
        var effects = 1
    }

    private struct State {
        var faults: [String: [Fault]] = [:]
        var stored: [String: Stored] = [:]
        var accepted: [String: (path: String, document: Stored)] = [:]
        var log: [String] = []
        var logins = 0
        var busy = 0
        var mostAtOnce = 0
        var pollsUntilDone = 1
        var polled: [String: Int] = [:]
        var tokens: Set<String> = []
    }

    let port: Int
    private let listener: Int32
    private let state = Mutex(State())

    var baseURL: String { "http://127.0.0.1:\(port)" }
    var stored: [String: Stored] { state.withLock { $0.stored } }
    var log: [String] { state.withLock { $0.log } }
    var logins: Int { state.withLock { $0.logins } }
    /// Requests that were under way at once, at most.
    var mostAtOnce: Int { state.withLock { $0.mostAtOnce } }

    /// Faults of the next requests of a kind: `PUT`, `poll`, `GET`, `login`.
    func expect(_ kind: String, _ faults: Fault...) { state.withLock { $0.faults[kind, default: []] += faults } }

    func revokeTokens() { state.withLock { $0.tokens.removeAll() } }

    func store(_ path: String, _ document: Stored) { state.withLock { $0.stored[path] = document } }

    func forget(_ path: String) { state.withLock { $0.stored[path] = nil } }

    init() {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
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
        self.listener = listener
        listen(listener, 64)
        Self.thread { [self] in
            while true {
                let descriptor = accept(listener, nil, nil)
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                if descriptor < 0 {
                    close(listener)
                    return
                }
                Self.thread { self.serve(descriptor) }
            }
        }
    }

    /// Refuses connections from now on; the thread that accepts closes the socket. Called once.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    // MARK: One connection

    private func serve(_ descriptor: Int32) {
        defer { close(descriptor) }
        while let request = Request(descriptor) {
            let kind = request.kind
            let fault = state.withLock { state in
                state.log.append("\(kind) \(request.path)")
                state.busy += 1
                state.mostAtOnce = max(state.mostAtOnce, state.busy)
                guard var faults = state.faults[kind], !faults.isEmpty else { return Fault?.none }
                let first = faults.removeFirst()
                state.faults[kind] = faults
                return first
            }
            let answered = [nil, .resetAfterCommit, .silent].contains(fault) ? answer(request) : nil
            // Before the answer: who has it may send the next request at once.
            state.withLock { $0.busy -= 1 }
            switch fault {
            case .status(let status)?: write(descriptor, status, "{}")
            case .html?: write(descriptor, 200, "<html></html>", type: "text/html")
            case .reset?, .resetAfterCommit?: return reset(descriptor)
            case .silent?:
                var byte: UInt8 = 0
                while recv(descriptor, &byte, 1, 0) > 0 {}
                return
            case nil: if let (status, body) = answered { write(descriptor, status, body) }
            }
        }
    }

    private func answer(_ request: Request) -> (Int, String) {
        state.withLock { state in
            if request.kind == "login" {
                state.logins += 1
                state.tokens.insert("token-\(state.logins)")
                return (
                    200, "{\"access_token\":\"token-\(state.logins)\",\"token_type\":\"Bearer\",\"expires_in\":3600}"
                )
            }
            guard state.logins == 0 || state.tokens.contains(request.token) else { return (401, "{}") }
            switch request.kind {
            case "PUT": return Self.put(request, &state)
            case "poll": return Self.poll(request, &state)
            default:
                guard let held = state.stored[request.path] else {
                    return (404, "{\"type\":\"a/tidak-ditemukan\",\"title\":\"T\"}")
                }
                return (200, "{\"revisi\":\(held.revision),\"digest\":\"\(held.digest)\"}")
            }
        }
    }

    private static func put(_ request: Request, _ state: inout State) -> (Int, String) {
        for (id, known) in state.accepted where known.path == request.path {
            if known.document.revision == request.revision {
                guard known.document.digest == request.digest else { return (409, problem("revisi-bentrok")) }
                let isDone = state.stored[request.path]?.revision == request.revision
                return (200, "{\"id_transaksi\":\"\(id)\",\"status\":\"\(isDone ? "SELESAI" : "DIPROSES")\"}")
            }
        }
        if let held = state.stored[request.path], held.revision > request.revision {
            return (409, problem("revisi-tertinggal"))
        }
        let id = "t\(state.accepted.count + 1)"
        state.accepted[id] = (request.path, Stored(revision: request.revision, digest: request.digest))
        return (202, "{\"id_transaksi\":\"\(id)\",\"status\":\"DITERIMA\"}")
    }

    private static func poll(_ request: Request, _ state: inout State) -> (Int, String) {
        let id = String(request.path.split(separator: "/").last ?? "")
        guard let known = state.accepted[id] else { return (404, problem("tidak-ditemukan")) }
        state.polled[id, default: 0] += 1
        guard state.polled[id, default: 0] > state.pollsUntilDone else {
            return (200, "{\"id_transaksi\":\"\(id)\",\"status\":\"DIPROSES\"}")
        }
        if let held = state.stored[known.path], held.revision == known.document.revision {
            if held.digest != known.document.digest { return (409, problem("revisi-bentrok")) }
        } else {
            state.stored[known.path] = known.document
        }
        return (200, "{\"id_transaksi\":\"\(id)\",\"status\":\"SELESAI\",\"digest\":\"\(known.document.digest)\"}")
    }

    private static func problem(_ type: String) -> String { "{\"type\":\"a/masalah/\(type)\",\"title\":\"T\"}" }

    private func write(_ descriptor: Int32, _ status: Int, _ body: String, type: String = "application/json") {
        let text =
            "HTTP/1.1 \(status) X\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        _ = Array(text.utf8).withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    private func reset(_ descriptor: Int32) {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    }

    private final class Work: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private static func thread(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        pthread_create(
            &thread,
            nil,
            { context in
                if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            },
            Unmanaged.passRetained(Work(body)).toOpaque()
        )
        pthread_detach(thread)
    }
}

/// What the double reads of a request.
private struct Request {
    var method = ""
    var path = ""
    var token = ""
    var digest = ""
    var revision = 0

    var kind: String {
        if path == "/auth/token" { return "login" }
        return path.hasPrefix("/v1/transaksi/") ? "poll" : method
    }

    init?(_ descriptor: Int32) {
        var bytes: [UInt8] = []
        var head = ""
        var bodyStart = 0
        var length = 0
        while true {
            if head.isEmpty {
                let text = String(decoding: bytes, as: UTF8.self)
                if let parts = Self.split(text) {
                    head = parts
                    bodyStart = head.utf8.count + 4
                    length = Self.header("content-length", head).flatMap { Int($0) } ?? 0
                }
            }
            if !head.isEmpty, bytes.count >= bodyStart + length { break }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count <= 0 { return nil }
            bytes.append(contentsOf: chunk[..<count])
        }
        let line = head.split(separator: "\r\n").first?.split(separator: " ") ?? []
        guard line.count == 3 else { return nil }
        method = String(line[0])
        path = String(line[1])
        token = String(Self.header("authorization", head)?.dropFirst(7) ?? "")
        let digest = Self.header("content-digest", head)?.dropFirst(9).dropLast() ?? ""
        let raw = Data(base64Encoded: String(digest)) ?? Data()
        self.digest = "sha-256:" + raw.map { Self.hex($0) }.joined()
        let body = String(decoding: bytes[bodyStart...], as: UTF8.self)
        if let place = body.split(separator: "\"revisi\":").dropFirst().first {
            revision = Int(place.prefix { $0.isNumber }) ?? 0
        }
    }

    private static func hex(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16)
        return text.utf8.count == 1 ? "0" + text : text
    }

    private static func split(_ text: String) -> String? {
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2 ? String(parts[0]) : nil
    }

    private static func header(_ name: String, _ head: String) -> String? {
        head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name + ":") }
            .map { String($0.drop { $0 != ":" }.dropFirst().drop { $0 == " " }) }
    }
}
