// One running worker process: its pipes, its buffers and one poll loop that reads while it writes.
// SPDX-License-Identifier: Apache-2.0

import CPlatform
import Glibc
import Logging

/// What is executed to get a worker: always `sector-run` with its arguments.
struct LaunchPlan: Sendable {
    var program: String
    var arguments: [String]
    /// The working directory: the sector's folder.
    var directory: String
    /// Variables for `sector-run`, which passes on only `LANG` and `TZ`.
    var environment: [String]
}

/// A child process with the wire on its stdin and stdout. Used by one thread only, with SIGPIPE blocked there.
///
/// Bytes are kept in raw buffers and lines found with `memchr`; a line is decoded where it lies. Reading and writing
/// happen in the same loop, so neither side can wait for the other for ever (`docs/plugins.md` §4).
final class WorkerProcess {
    /// The longest line of the wire, its line feed included.
    static let longestLine = 1 << 20
    private static let chunk = 256 << 10

    /// What ended a call of ``pump(wake:until:)``.
    enum Event {
        /// Bytes were read or written.
        case progress
        /// Another thread wants attention.
        case woken
        /// The deadline passed.
        case timedOut
        /// The worker closed its stdout, as by ending.
        case closed
    }

    let process: pid_t
    var standardError: StandardErrorLines
    private var input: Int32
    private let output: Int32
    private var errors: Int32
    private var outgoing: [UInt8] = []
    private var sent = 0
    private var closesInputWhenSent = false
    private var incoming: UnsafeMutableRawBufferPointer
    private var start = 0
    private var scanned = 0
    private var end = 0
    private(set) var outputClosed = false
    /// Bytes read from stdout since the process started.
    private(set) var bytesRead = 0
    /// Peak resident memory in KiB when it was last measured.
    private(set) var peakKiB = 0

    init(_ plan: LaunchPlan, log: Logger) throws(PluginHostError) {
        var standardInput: [Int32] = [-1, -1]
        var standardOutput: [Int32] = [-1, -1]
        var standardErrors: [Int32] = [-1, -1]
        var failure = cplatform_pipe(&standardInput, 2)
        if failure == 0 { failure = cplatform_pipe(&standardOutput, 1) }
        if failure == 0 { failure = cplatform_pipe(&standardErrors, 1) }
        var child: pid_t = 0
        if failure == 0 {
            failure = Self.withCStrings([plan.program] + plan.arguments) { arguments in
                Self.withCStrings(plan.environment) { environment in
                    cplatform_spawn(
                        plan.program,
                        arguments,
                        environment,
                        plan.directory,
                        standardInput[0],
                        standardOutput[1],
                        standardErrors[1],
                        &child
                    )
                }
            }
        }
        for descriptor in [standardInput[0], standardOutput[1], standardErrors[1]] where descriptor >= 0 {
            close(descriptor)
        }
        if failure != 0 {
            for descriptor in [standardInput[1], standardOutput[0], standardErrors[0]] where descriptor >= 0 {
                close(descriptor)
            }
            throw PluginHostError(
                .launch,
                "\(plan.program) cannot be started: \(String(cString: strerror(failure)))",
                hint: "ls -l \(plan.program)"
            )
        }
        process = child
        input = standardInput[1]
        output = standardOutput[0]
        errors = standardErrors[0]
        standardError = StandardErrorLines(log: log)
        incoming = .allocate(byteCount: Self.chunk, alignment: 16)
        // Fewer switches between the two processes; refused above the user's share of pipe memory, which is harmless.
        cplatform_widen_pipe(input, Int32(Self.chunk))
        cplatform_widen_pipe(output, Int32(Self.chunk))
    }

    deinit {
        closeInput()
        close(output)
        closeErrors()
        incoming.deallocate()
    }

    // MARK: Sending

    /// Queues bytes for the worker's stdin; ``pump(wake:until:)`` writes them.
    func send(_ bytes: [UInt8]) {
        if sent == outgoing.count {
            outgoing = bytes
            sent = 0
        } else {
            outgoing += bytes
        }
    }

    /// Whether everything queued was written, or the worker does not read any more.
    var allSent: Bool { sent == outgoing.count || input < 0 }

    /// Closes the worker's stdin once everything queued is written.
    func closeInputWhenSent() {
        closesInputWhenSent = true
        if allSent { closeInput() }
    }

    // MARK: The poll loop

    /// Waits until something can be read or written, does it once, and says what happened.
    /// - Parameters:
    ///   - wake: a descriptor that becomes readable when the thread is wanted; -1 to ignore such wishes.
    ///   - deadline: until when to wait; nil for ever.
    func pump(wake: Int32, until deadline: MonotonicTime?) -> Event {
        if outputClosed { return .closed }
        let wantsInput = input >= 0 && sent < outgoing.count
        var descriptors = [
            pollfd(fd: output, events: Int16(POLLIN), revents: 0),
            pollfd(fd: errors, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wantsInput ? input : -1, events: Int16(POLLOUT), revents: 0),
            pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
        ]
        let ready = poll(&descriptors, nfds_t(descriptors.count), deadline?.pollMilliseconds ?? -1)
        if ready < 0 { return .progress }  // interrupted; the caller looks at its deadline again
        if ready == 0 { return .timedOut }
        if descriptors[1].revents != 0 { readErrors() }
        if descriptors[2].revents != 0 { writeInput() }
        if descriptors[0].revents != 0 { readOutput() }
        if outputClosed { return .closed }
        return descriptors[3].revents != 0 ? .woken : .progress
    }

    /// Takes the next whole line out of what was read; nil when there is none yet. The bytes are valid in `body` only.
    func withNextLine<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result? {
        guard let base = incoming.baseAddress, let feed = memchr(base + scanned, 0x0a, end - scanned) else {
            scanned = end
            return nil
        }
        let lineEnd = UnsafeRawPointer(feed) - UnsafeRawPointer(base)
        let line = UnsafeRawBufferPointer(start: base + start, count: lineEnd - start)
        start = lineEnd + 1
        scanned = start
        return try body(line)
    }

    /// Whether bytes lie in the buffer that are not a whole line, or a line nobody took.
    var hasUnreadBytes: Bool { end > start }

    /// Whether the line in hand is longer than the wire allows.
    var lineIsTooLong: Bool { end - start > Self.longestLine }

    private func readOutput() {
        if start == end {
            (start, scanned, end) = (0, 0, 0)
        } else if start > 0, incoming.count - end < Self.chunk / 2 {
            if let base = incoming.baseAddress { memmove(base, base + start, end - start) }
            (start, scanned, end) = (0, scanned - start, end - start)
        }
        if incoming.count - end < Self.chunk / 2 {
            let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: incoming.count * 2, alignment: 16)
            larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: incoming[0..<end]))
            incoming.deallocate()
            incoming = larger
        }
        let count = read(output, incoming.baseAddress.map { $0 + end }, incoming.count - end)
        if count > 0 {
            end += count
            bytesRead += count
        } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
            outputClosed = true
        }
    }

    private func writeInput() {
        let count = outgoing.withUnsafeBytes { write(input, $0.baseAddress.map { $0 + sent }, $0.count - sent) }
        if count >= 0 {
            sent += count
            if sent == outgoing.count {
                outgoing.removeAll(keepingCapacity: outgoing.count <= Self.chunk)
                sent = 0
                if closesInputWhenSent { closeInput() }
            }
        } else if errno != EAGAIN && errno != EINTR {
            closeInput()  // EPIPE: it does not read any more; what it still answers is read
        }
    }

    private func readErrors() {
        withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 1) { buffer in
            let count = read(errors, buffer.baseAddress, buffer.count)
            if count > 0 {
                standardError.append(UnsafeRawBufferPointer(rebasing: buffer[0..<count]))
            } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
                closeErrors()
            }
        }
    }

    // MARK: Ending

    /// Sends a signal to the worker's process.
    func signal(_ number: Int32) { _ = kill(process, number) }

    /// Ends the process if it still runs, reads what it left on stderr and reaps it.
    ///
    /// A process that is already exiting keeps its own exit status; SIGKILL changes nothing about it.
    func finish() -> WorkerExit {
        measure()
        signal(SIGKILL)
        closeInput()
        var status: Int32 = -1
        var signal: Int32 = 0
        _ = cplatform_reap(process, 1, &status, &signal)
        while errors >= 0 {
            var descriptor = pollfd(fd: errors, events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, 0) == 1 else { break }
            readErrors()
        }
        standardError.flush()
        return WorkerExit(status: signal == 0 ? status : nil, signal: signal == 0 ? nil : signal)
    }

    /// Looks at the process's memory while it lives.
    func measure() { peakKiB = max(peakKiB, ProcessMemory.peakKiB(of: process) ?? 0) }

    private func closeInput() {
        guard input >= 0 else { return }
        close(input)
        input = -1
        outgoing = []
        sent = 0
    }

    private func closeErrors() {
        guard errors >= 0 else { return }
        close(errors)
        errors = -1
    }

    private static func withCStrings<Result>(
        _ strings: [String],
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeBufferPointer { buffer in
            // An array with at least the terminator has a base address.
            body(buffer.baseAddress.unsafelyUnwrapped)
        }
    }
}
