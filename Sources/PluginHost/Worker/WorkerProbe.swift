// Drives one worker process by hand and keeps every byte it says: the tool of the conformance checks.
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Logging
package import PluginKit

/// A worker under the same launcher and confinement as in the daemon, asked by blocking calls. Not for the daemon.
package final class WorkerProbe {
    /// Why a probe's question was not answered as the wire says.
    package struct Failure: Error, Sendable, CustomStringConvertible {
        package let description: String

        init(_ description: String) { self.description = description }
    }

    private let process: WorkerProcess
    private var batchNumber = 0
    private var exit: WorkerExit?

    /// The line of `initialize` that this sector gets, with values of parameters in place of the manifest's.
    private let initialize: [UInt8]

    /// Starts the worker of a sector; nothing is sent yet.
    /// - Parameter parameters: values that replace defaults of the manifest.
    package init(
        _ sector: VerifiedSector,
        _ configuration: SectorHostConfiguration,
        parameters: Fields = [:]
    ) throws(PluginHostError) {
        var pipe = sigset_t()
        sigemptyset(&pipe)
        sigaddset(&pipe, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &pipe, nil)  // a worker that is gone is an error value
        var configuration = configuration
        configuration.parameters = [sector.id: parameters]
        let settings = SectorWorker.Settings(sector, configuration)
        initialize = settings.initialize
        process = try WorkerProcess(settings.plan, log: Logger(label: "probe") { _ in SwiftLogNoOpLogHandler() })
        process.standardError.captured = []
    }

    deinit { if exit == nil { _ = process.finish() } }

    /// What it wrote to stderr so far, at most 1 MiB.
    package var standardError: [UInt8] { process.standardError.captured ?? [] }

    /// Sends `initialize` and gives its answer.
    package func initialize(limit: Duration) throws(Failure) -> Wire.Reply {
        process.send(initialize)
        return try reply(limit)
    }

    /// Sends any line and gives the answer.
    package func send(line: [UInt8], limit: Duration) throws(Failure) -> Wire.Reply {
        process.send(line)
        return try reply(limit)
    }

    private func reply(_ limit: Duration) throws(Failure) -> Wire.Reply {
        guard let line = try nextLine(until: MonotonicTime.now + limit) else { throw Failure("it ended \(reason)") }
        let result = line.withUnsafeBytes { bytes in Result { () throws(WireError) in try Wire.reply(bytes) } }
        switch result {
        case .success(let reply): return reply
        case .failure(let error): throw Failure("\(error)")
        }
    }

    /// Asks about record lines, given without their line feeds, and gives the answer lines, one a record.
    package func ask(_ records: [[UInt8]], limit: Duration) throws(Failure) -> [[UInt8]] {
        batchNumber += 1
        var bytes: [UInt8] = []
        Wire.encodeBatch(batchNumber, records: records.count, to: &bytes)
        for record in records { bytes += record + [0x0a] }
        Wire.encodeEnd(batchNumber, to: &bytes)
        process.send(bytes)
        let deadline = MonotonicTime.now + limit
        var answers: [[UInt8]] = []
        while true {
            guard let line = try nextLine(until: deadline) else {
                throw Failure("it ended in a batch of \(records.count) records \(reason)")
            }
            let result = line.withUnsafeBytes { bytes in Result { () throws(WireError) in try Wire.reply(bytes) } }
            switch result {
            case .failure(let error): throw Failure("\(error)")
            case .success(.answer): answers.append(line)
            case .success(.end(let number)):
                guard number == batchNumber, answers.count == records.count, !process.hasUnreadBytes else {
                    throw Failure("\(records.count) records, \(answers.count) answers, end \(number)")
                }
                return answers
            case .success: throw Failure("a line that is neither answer nor end")
            }
        }
    }

    private func nextLine(until deadline: MonotonicTime) throws(Failure) -> [UInt8]? {
        while true {
            if let line = process.withNextLine({ Array($0) }) { return line }
            if process.lineIsTooLong { throw Failure("a line longer than \(WorkerProcess.longestLine) bytes") }
            if MonotonicTime.now >= deadline { throw Failure("no answer in time") }
            switch process.pump(wake: -1, until: deadline) {
            case .closed: return nil
            case .timedOut: throw Failure("no answer in time")
            case .progress, .woken: break
            }
        }
    }

    private var reason: String {
        let exit = finish()
        let said = process.standardError.lastError
        return "(\(exit))\(said.isEmpty ? "" : ": \(said)")"
    }

    /// How a worker is asked to end.
    package enum Ending: String, CaseIterable, Sendable {
        case endOfFile = "end of file"
        case shutdown
        case terminate = "SIGTERM"
    }

    /// Asks it to end; whether it did so by itself in time. The process is gone afterwards.
    package func end(_ how: Ending, limit: Duration) -> Bool {
        switch how {
        case .endOfFile:
            process.closeInputWhenSent()
        case .shutdown:
            var line: [UInt8] = []
            Wire.encodeShutdown(to: &line)
            process.send(line)
        case .terminate:
            process.signal(SIGTERM)
        }
        let deadline = MonotonicTime.now + limit
        var closed = false
        while !closed, MonotonicTime.now < deadline {
            while process.withNextLine({ _ in }) != nil {}
            if case .closed = process.pump(wake: -1, until: deadline) { closed = true }
        }
        _ = finish()
        return closed
    }

    /// Peak resident memory in KiB, as measured just before its end, or now.
    package var peakKiB: Int {
        if exit == nil { process.measure() }
        return process.peakKiB
    }

    /// Ends the process, if it still runs.
    @discardableResult
    package func finish() -> WorkerExit {
        if let exit { return exit }
        let exit = process.finish()
        self.exit = exit
        return exit
    }
}
