// A program that a test starts: what it prints goes to a file, and it is reaped at once when it has ended.
// SPDX-License-Identifier: Apache-2.0

import CPlatform
import Glibc
import Synchronization

/// Not Foundation's `Process`, which reaps a child only when a socket closes that other children hold too: a child that nobody
/// reaps keeps the monitor of Swift Testing's exit tests spinning. A file, unlike a pipe, never makes the child wait.
package final class ChildProgram: Sendable {
    package struct Failed: Error, CustomStringConvertible {
        package var description: String
    }

    private let process: pid_t
    private let output: String
    private let hasEnded = Mutex(false)

    package init(_ program: String, _ arguments: [String], directory: String = "/") throws {
        var template = Array("/tmp/posyandud-child.XXXXXX".utf8CString)
        let sink = mkstemp(&template)
        _ = fcntl(sink, F_SETFD, FD_CLOEXEC)
        output = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        let input = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { for descriptor in [input, sink] where descriptor >= 0 { close(descriptor) } }
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var started = pid_t()
        let failure = cplatform_spawn(program, words, environ, directory, input, sink, STDERR_FILENO, &started)
        guard failure == 0 else { throw Failed(description: "\(program) cannot be started (errno \(failure))") }
        process = started
    }

    deinit { end() }

    /// What it has printed so far.
    package var printed: String {
        guard let file = fopen(output, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<count]
        }
    }

    /// The first whole line that begins so, once it is there. Throws when the program ends without it or half a minute passes.
    package func line(_ prefix: String) throws -> String {
        for _ in 0..<15_000 {
            let isOver = hasExited
            if let found = printed.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                .first(where: { $0.hasPrefix(prefix) })
            {
                return String(found)
            }
            guard !isOver else { break }
            usleep(2000)
        }
        throw Failed(description: "no line \(prefix)… came: \(printed)")
    }

    /// Waits until it ends by itself; its exit status, or nil when a signal ended it.
    package func wait() -> Int32? {
        hasEnded.withLock { hasEnded in
            guard !hasEnded else { return nil }
            var (code, signal): (Int32, Int32) = (0, 0)
            hasEnded = cplatform_reap(process, 1, &code, &signal) == 0
            return code < 0 ? nil : code
        }
    }

    private var hasExited: Bool {
        hasEnded.withLock { hasEnded in
            var (code, signal): (Int32, Int32) = (0, 0)
            if !hasEnded { hasEnded = cplatform_reap(process, 0, &code, &signal) == 0 }
            return hasEnded
        }
    }

    /// Ends it as a power cut would, nothing is flushed, and returns when it is gone.
    package func end() {
        hasEnded.withLock { hasEnded in
            guard !hasEnded else { return }
            var (code, signal): (Int32, Int32) = (0, 0)
            kill(process, SIGKILL)
            hasEnded = cplatform_reap(process, 1, &code, &signal) == 0
        }
        unlink(output)
    }
}
