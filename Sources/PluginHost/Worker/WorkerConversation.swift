// The conversation with one worker process: initialize, batches, shutdown.
// SPDX-License-Identifier: Apache-2.0

import Glibc
import PluginKit

/// Speaks the wire with one process and knows nothing of restarts. Used by the worker's thread only.
final class WorkerConversation {
    /// All answers of one batch together, in bytes.
    static let mostAnswerBytes = 64 << 20

    /// Why a worker that was started is not ready.
    enum StartFailure: Error {
        /// It will never be: wrong protocol, wrong types, its own word. The operator has to do something.
        case refused(PluginHostError)
        /// It may succeed another time.
        case failed(String)
    }

    /// What an idle wait ended with.
    enum IdleEvent {
        case woken
        case timedOut
        /// The process is gone, or said something nobody asked for.
        case lost(BatchFailure)
    }

    let process: WorkerProcess
    private let decoder: AnswerDecoder
    private var batchNumber = 0

    init(_ process: WorkerProcess, rules: AnswerRules) {
        self.process = process
        decoder = AnswerDecoder(rules: rules)
    }

    // MARK: initialize

    /// Sends `initialize` and waits for the answer.
    /// - Parameter isCancelled: looked at whenever `wake` becomes readable; true gives up.
    func initialize(
        _ line: [UInt8],
        types: [String],
        limit: Duration,
        wake: WakePipe,
        isCancelled: () -> Bool
    ) throws(StartFailure) {
        process.send(line)
        let deadline = MonotonicTime.now + limit
        while true {
            if let reply = process.withNextLine({ line in Result { () throws(WireError) in try Wire.reply(line) } }) {
                return try judge(reply, types: types)
            }
            if process.lineIsTooLong { throw .failed("its first line has no end") }
            if MonotonicTime.now >= deadline { throw .failed("initialize was not answered in time") }
            switch process.pump(wake: wake.readEnd, until: deadline) {
            case .closed: throw .failed("it ended before it answered initialize")
            case .timedOut: throw .failed("initialize was not answered in time")
            case .progress: break
            case .woken:
                wake.drain()
                if isCancelled() { throw .failed("stopping") }
            }
        }
    }

    private func judge(_ reply: Result<Wire.Reply, WireError>, types: [String]) throws(StartFailure) {
        switch reply {
        case .failure(let error):
            throw .failed("its first line is not of the wire: \(error)")
        case .success(.error(let code, let message)):
            throw .refused(PluginHostError(.protocolMismatch, "the worker says: \(message) (\(code))"))
        case .success(.initialized(let initialized)):
            guard initialized.wireProtocol == Wire.version else {
                throw .refused(
                    PluginHostError(
                        .protocolMismatch,
                        "the worker chose protocol \(initialized.wireProtocol), which was not offered"
                    )
                )
            }
            let answered = Set(initialized.types)
            if let missing = types.first(where: { !answered.contains($0) }) {
                throw .refused(PluginHostError(.protocolMismatch, "the worker has no handler for \(missing)"))
            }
            if let surplus = answered.subtracting(types).sorted().first {
                throw .refused(
                    PluginHostError(
                        .protocolMismatch,
                        "the worker handles \(surplus), which the manifest does not declare"
                    )
                )
            }
        case .success:
            throw .failed("its first line is not the answer to initialize")
        }
    }

    // MARK: batches

    /// Asks about records and reads the answers while it writes.
    /// - Throws: the failure; a worker that `died` is seen by the end of its stdout, its exit is the caller's to fetch.
    func exchange(
        _ records: ArraySlice<WorkerRecord>,
        ask: Wire.Questions,
        limit: Duration
    ) throws(BatchFailure) -> [RecordAnswer] {
        batchNumber += 1
        if process.hasUnreadBytes { throw .protocolError("a line that nobody asked for") }
        process.send(BatchEncoder.encode(records, number: batchNumber, ask: ask))
        let deadline = MonotonicTime.now + limit
        let readBefore = process.bytesRead
        var answers: [RecordAnswer] = []
        answers.reserveCapacity(records.count)
        while true {
            while let line = nextLine(
                records.startIndex + answers.count < records.endIndex
                    ? records[records.startIndex + answers.count] : nil
            ) {
                switch try line.get() {
                case .answer(let answer):
                    answers.append(answer)
                case .end(let number):
                    try checkEnd(number, answers.count == records.count)
                    return answers
                }
            }
            if process.lineIsTooLong { throw .protocolError("a line longer than \(WorkerProcess.longestLine) bytes") }
            if process.bytesRead - readBefore > Self.mostAnswerBytes {
                throw .protocolError("answers of more than \(Self.mostAnswerBytes) bytes to one batch")
            }
            if MonotonicTime.now >= deadline { throw .timedOut }
            switch process.pump(wake: -1, until: deadline) {
            case .timedOut: throw .timedOut
            case .closed: throw .died(WorkerExit(status: nil, signal: nil))
            case .progress, .woken: break
            }
        }
    }

    private func nextLine(_ record: WorkerRecord?) -> Result<AnswerDecoder.Line, BatchFailure>? {
        process.withNextLine { line in
            Result { () throws(BatchFailure) in
                try decoder.line(line, expecting: record?.id, type: record?.type ?? "")
            }
        }
    }

    private func checkEnd(_ number: Int, _ isComplete: Bool) throws(BatchFailure) {
        guard number == batchNumber else { throw .protocolError("end of another batch") }
        guard isComplete else { throw .protocolError("end before every record was answered") }
        guard process.allSent else { throw .protocolError("end before the batch was read") }
        guard !process.hasUnreadBytes else { throw .protocolError("a line after the end of the batch") }
    }

    // MARK: between batches

    /// Waits for a wish of another thread; what the worker does meanwhile is noticed.
    func idle(wake: Int32, until deadline: MonotonicTime?) -> IdleEvent {
        while true {
            let event = process.pump(wake: wake, until: deadline)
            if process.hasUnreadBytes { return .lost(.protocolError("a line that nobody asked for")) }
            switch event {
            case .woken: return .woken
            case .timedOut: return .timedOut
            case .closed: return .lost(.died(WorkerExit(status: nil, signal: nil)))
            case .progress: break
            }
        }
    }

    /// Lets the worker finish: `shutdown` and end of input, SIGTERM after `grace`, SIGKILL after as much again.
    func drain(grace: Duration) -> WorkerExit {
        var line: [UInt8] = []
        Wire.encodeShutdown(to: &line)
        process.send(line)
        process.closeInputWhenSent()
        if !waitForEnd(grace) {
            process.signal(SIGTERM)
            _ = waitForEnd(grace)
        }
        return process.finish()
    }

    private func waitForEnd(_ grace: Duration) -> Bool {
        let deadline = MonotonicTime.now + grace
        while MonotonicTime.now < deadline {
            while process.withNextLine({ _ in }) != nil {}  // what it still says is of no use
            if process.lineIsTooLong { return false }
            if case .closed = process.pump(wake: -1, until: deadline) { return true }
        }
        return false
    }
}
