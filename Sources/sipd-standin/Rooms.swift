// Independent stand-ins in one process: the paths below `/~NAME` have a store, a script and counters of their own.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Hummingbird

/// Makes a room when it is first asked for. Paths without a name are the room of the command line.
actor Rooms {
    private let make: @Sendable (_ room: String) async throws -> Endpoint
    private var rooms: [String: Task<RouterResponder<StandinContext>, any Error>] = [:]

    init(make: @escaping @Sendable (_ room: String) async throws -> Endpoint) { self.make = make }

    func respond(_ request: Request, _ context: StandinContext) async throws -> Response {
        let (name, path) = Self.split(request.head.path ?? "/")
        var head = request.head
        head.path = path
        let responder = try await room(name)
        return try await Self.forward(Request(head: head, body: request.body), context, to: responder)
    }

    /// Off the actor: a request that hangs keeps nobody else waiting.
    private nonisolated static func forward(
        _ request: Request,
        _ context: StandinContext,
        to responder: RouterResponder<StandinContext>
    ) async throws -> Response {
        try await responder.respond(to: request, context: context)
    }

    /// Makes the room of the command line, so that a store that cannot be used is told before anything listens.
    func open() async throws { _ = try await room("") }

    private func room(_ name: String) async throws -> RouterResponder<StandinContext> {
        if let task = rooms[name] { return try await task.value }
        let make = make
        let task = Task { try await make(name).router().buildResponder() }
        rooms[name] = task
        return try await task.value
    }

    /// `/~a/v1/rekap` is the room `a` and the path `/v1/rekap`.
    static func split(_ path: String) -> (room: String, path: String) {
        guard path.hasPrefix("/~") else { return ("", path) }
        let rest = path.dropFirst(2)
        let name = rest.prefix { $0 != "/" && $0 != "?" }
        let tail = rest.dropFirst(name.count)
        let isPlain = name.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
        }
        guard isPlain, !name.isEmpty else { return ("", path) }
        return (String(name), tail.hasPrefix("/") ? String(tail) : "/" + tail)
    }
}
