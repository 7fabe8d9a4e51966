// Asks the daemon's control socket and the stand-in.
// SPDX-License-Identifier: Apache-2.0
import HTTPTransfer

/// GET over a Unix socket or to a loopback address.
struct ControlClient: Sendable {
    let transfer: HTTPTransfer
    let socket: String

    func get(_ path: String) async throws -> JSON { try JSON(try await bytes(path)) }

    /// Tries for a while: the daemon may be starting again.
    func bytes(_ path: String) async throws -> [UInt8] {
        let request = HTTPRequest(
            url: "http://localhost/control/v1/" + path,
            timeouts: HTTPTimeouts(total: .seconds(300)),
            unixSocketPath: socket,
            maxResponseBytes: 256 << 20
        )
        return try await send(request, "control socket: \(path)")
    }

    func standin(_ url: String) async throws -> [UInt8] {
        let request = HTTPRequest(
            url: url,
            timeouts: HTTPTimeouts(total: .seconds(120)),
            maxResponseBytes: 256 << 20,
            allowHTTP: true
        )
        return try await send(request, url)
    }

    private func send(_ request: HTTPRequest, _ what: String) async throws -> [UInt8] {
        var trouble = ""
        for attempt in 0..<20 {
            if attempt > 0 { try await Task.sleep(for: .milliseconds(min(3_000, 200 * attempt))) }
            do {
                let response = try await transfer.send(request)
                if response.status == 200 { return response.body }
                trouble = "HTTP \(response.status) \(String(decoding: response.body.prefix(300), as: UTF8.self))"
                guard response.status >= 500 else { break }
            } catch {
                trouble = error.description
            }
        }
        throw SimulatorError("\(what): \(trouble)")
    }
}
