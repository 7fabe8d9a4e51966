// Runs a sector as a process: reads stdin in large pieces, writes the answers.
// SPDX-License-Identifier: Apache-2.0

import Glibc

extension SectorPlugin {
    /// Speaks the wire protocol on stdin and stdout until end of file, `shutdown` or SIGTERM. Called by `@main`.
    public static func main() {
        let output = Worker.takeStandardOutput()
        Worker.answerSignals()
        exit(Worker.run(Self.self, input: 0, output: output, folder: Worker.folder()))
    }
}

/// The loop around a ``WorkerSession``.
enum Worker {
    /// The size of one read, and of the output that is written before a batch ends.
    private static let chunk = 64 << 10
    /// The longest line that is taken: a message with its envelope, or `initialize` with a large manifest.
    private static let longestLine = 4 * Wire.maximumLine

    /// Moves descriptor 1 to stderr, so that `print()` cannot disturb the protocol, and returns the real output.
    static func takeStandardOutput() -> Int32 {
        let output = fcntl(1, F_DUPFD_CLOEXEC, 3)
        guard output >= 0, dup2(2, 1) >= 0 else { exit(1) }
        return output
    }

    /// Ends at once on SIGTERM, even when the parent left it blocked or ignored; a closed pipe is an error of `write`.
    static func answerSignals() {
        signal(SIGTERM) { _ in _exit(0) }
        signal(SIGPIPE, SIG_IGN)
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigprocmask(SIG_UNBLOCK, &signals, nil)
    }

    /// The sector's folder: `POSYANDUD_SECTOR_DIR`, else the directory above the `bin/` of the program.
    static func folder() -> String? {
        if let value = getenv("POSYANDUD_SECTOR_DIR") { return String(cString: value) }
        var path = [CChar](repeating: 0, count: 4_096)
        let length = readlink("/proc/self/exe", &path, path.count)
        guard length > 0 else { return nil }
        let parts = path[..<length].map { UInt8(bitPattern: $0) }.split(separator: UInt8(ascii: "/"))
        guard parts.count >= 2, parts[parts.count - 2].elementsEqual("bin".utf8) else { return nil }
        return "/" + String(decoding: Array(parts.dropLast(2).joined(separator: [UInt8(ascii: "/")])), as: UTF8.self)
    }

    /// Answers the lines of `input` on `output` and returns the exit status.
    static func run<Plugin: SectorPlugin>(
        _ plugin: Plugin.Type,
        input: Int32,
        output: Int32,
        folder: String?
    ) -> Int32 {
        var session = WorkerSession<Plugin>(folder: folder)
        var lines = LineReader(descriptor: input, chunk: chunk, longestLine: longestLine)
        while true {
            var isOpen = true
            let result = lines.eachLine { line in
                switch session.handle(line) {
                case .goOn: return session.output.count < chunk || flush(&session, to: output)
                case .flush: return flush(&session, to: output)
                case .stop:
                    _ = flush(&session, to: output)
                    isOpen = false
                    return false
                }
            }
            guard isOpen else { return 0 }
            switch result {
            case .more: continue
            case .endOfFile: return 0
            case .stopped, .failed: return 1
            case .lineTooLong:
                _ = session.giveUp("protocol", "a line is longer than \(longestLine) bytes")
                _ = flush(&session, to: output)
                return 0
            }
        }
    }

    private static func flush<Plugin: SectorPlugin>(_ session: inout WorkerSession<Plugin>, to output: Int32) -> Bool {
        let written = session.output.withUnsafeBytes { bytes in
            var start = 0
            while start < bytes.count {
                let count = write(output, bytes.baseAddress.map { $0 + start }, bytes.count - start)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                start += count
            }
            return true
        }
        session.clearOutput()
        return written
    }
}

/// Cuts what a descriptor gives into lines. The lines are places in its buffer.
struct LineReader {
    enum Result {
        case more, endOfFile, stopped, lineTooLong, failed
    }

    private let descriptor: Int32
    private let chunk: Int
    private let longestLine: Int
    private var buffer: [UInt8]
    /// The bytes of the buffer that are filled; they begin with an unfinished line.
    private var filled = 0
    /// The bytes of the unfinished line that are known to hold no line feed.
    private var searched = 0

    init(descriptor: Int32, chunk: Int, longestLine: Int) {
        self.descriptor = descriptor
        self.chunk = chunk
        self.longestLine = longestLine
        buffer = [UInt8](repeating: 0, count: chunk)
    }

    /// Reads once and hands out the lines that are complete, without their line feeds, until `body` says false.
    mutating func eachLine(_ body: (UnsafeRawBufferPointer) -> Bool) -> Result {
        if buffer.count - filled < chunk / 2 {
            buffer.append(contentsOf: repeatElement(0, count: buffer.count))
        }
        let count = buffer.withUnsafeMutableBytes { bytes -> Int in
            guard let base = bytes.baseAddress else { return 0 }
            while true {
                let count = read(descriptor, base + filled, bytes.count - filled)
                if count >= 0 || errno != EINTR { return count }
            }
        }
        guard count > 0 else { return count == 0 ? .endOfFile : .failed }
        filled += count
        var start = 0
        let goesOn = buffer.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return true }
            while let found = memchr(base + start + searched, 0x0A, filled - start - searched) {
                let end = UnsafeRawPointer(found) - base
                searched = 0
                let line = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
                start = end + 1
                if !body(line) { return false }
            }
            return true
        }
        guard goesOn else { return .stopped }
        filled -= start
        searched = filled
        guard filled <= longestLine else { return .lineTooLong }
        if start > 0, filled > 0 {
            buffer.withUnsafeMutableBytes { bytes in
                if let base = bytes.baseAddress { memmove(base, base + start, filled) }
            }
        }
        return .more
    }
}
