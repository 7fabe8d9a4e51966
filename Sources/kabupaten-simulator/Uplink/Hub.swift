// The hub's kiosk side over HTTP.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import HTTPTransfer

/// Puts requests to the hub and turns what comes back, or does not, into a ``HubReply``.
struct Hub: Sendable {
    let transfer: HTTPTransfer
    let url: String
    /// The longest wait between two tries, seconds.
    let longestWait: Double

    func post(_ batch: [UInt8], source: UUID, epoch: Int) async -> HubReply {
        let headers = [(name: "Content-Type", value: "application/octet-stream")]
        return await ask("POST", "/sync/v1/sources/\(source.text)/epochs/\(epoch)/batches", headers, batch)
    }

    func mark(of source: UUID) async -> HubReply { await ask("GET", "/sync/v1/sources/\(source.text)", [], nil) }

    private func ask(
        _ method: String,
        _ path: String,
        _ headers: [(name: String, value: String)],
        _ body: [UInt8]?
    ) async -> HubReply {
        let request = HTTPRequest(
            method: method,
            url: url + path,
            headers: headers,
            body: body,
            timeouts: HTTPTimeouts(connect: .seconds(5), total: .seconds(60)),
            allowHTTP: true
        )
        do throws(HTTPTransferError) {
            return HubReply(.success(try await transfer.send(request)))
        } catch {
            return HubReply(.failure(error))
        }
    }

    /// Waits, spread at random around what was asked for, so that sources do not come back all at once.
    /// - Throws: `CancellationError` when another source gave up.
    func wait(seconds: Double, _ chance: inout SplitMix) async throws {
        let wanted = min(longestWait, max(0.1, seconds)) * (0.5 + chance.unit())
        try await Task.sleep(for: .milliseconds(Int(wanted * 1_000)))
    }
}
