// `settle`: waits until the hub has worked off what it took.
// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import HTTPTransfer

struct Settle: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Wait until every message is applied and every figure is up to date, or every document acknowledged.",
        discussion: "Exit status 1 when nothing moves for five minutes, or when a document stopped."
    )

    @Option(help: ArgumentHelp("The daemon's control socket.", valueName: "socket"))
    var control: String

    @Flag(help: "Wait for the destinations' acknowledgements instead.")
    var pushed = false

    @Option(help: "Seconds without any progress after which to give up.")
    var patience = 300.0

    func run() async throws {
        let transfer = HTTPTransfer()
        defer { transfer.shutdown() }
        let client = ControlClient(transfer: transfer, socket: control)
        if pushed {
            try await waitForDestinations(client)
        } else {
            try await Self.waitForFigures(client, patience: patience)
        }
    }

    /// Waits until the log is applied and no cell is dirty.
    static func waitForFigures(_ client: ControlClient, patience: Double) async throws {
        var left = try await backlog(client)
        let total = left
        let progress = Progress("applying", total: total, unit: "messages and cells")
        var lastMove = ContinuousClock.now
        while left > 0 {
            try await Task.sleep(for: .milliseconds(500))
            let now = try await backlog(client)
            if now != left { lastMove = .now }
            left = now
            await progress.set(max(0, total - left))
            guard Progress.seconds(since: lastMove) < patience else {
                throw SimulatorError("\(left) messages or cells are left and nothing moves")
            }
        }
        await progress.finish()
    }

    private static func backlog(_ client: ControlClient) async throws -> Int {
        let status = try await client.get("status")
        let log = status["log"]
        return (log?.int("lag") ?? 0) + (log?.int("waiting_uploads") ?? 0) + (status["summaries"]?.int("dirty") ?? 0)
    }

    private func waitForDestinations(_ client: ControlClient) async throws {
        var lastMove = ContinuousClock.now
        var known = -1
        let progress = Progress("pushing", total: try await documents(client).count, unit: "documents")
        while true {
            let states = try await documents(client).map { $0.text("state") }
            let done = states.count { $0 == "acknowledged" || $0 == "superseded" }
            await progress.set(done)
            if done == states.count { break }
            let stopped = Set(states).subtracting([
                "acknowledged", "superseded", "planned", "sending", "pending", "verifying", "uncertain",
            ])
            guard stopped.isEmpty else {
                throw SimulatorError("documents stopped: \(stopped.sorted().joined(separator: ", "))")
            }
            if done != known { lastMove = .now }
            known = done
            guard Progress.seconds(since: lastMove) < patience else {
                throw SimulatorError("\(states.count - done) documents are not acknowledged and nothing moves")
            }
            try await Task.sleep(for: .milliseconds(500))
        }
        await progress.finish()
    }

    private func documents(_ client: ControlClient) async throws -> [JSON] {
        try await client.get("push?limit=1000").list("documents")
    }
}
