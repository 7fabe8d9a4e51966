// A program that a test starts: what it prints goes to a file, and it is reaped at once when it has ended.
// SPDX-License-Identifier: Apache-2.0

import CPlatform
import Foundation
import Synchronization

/// Not Foundation's `Process`, which reaps a child only when a socket closes that other children hold too: a child that nobody
/// reaps keeps the monitor of Swift Testing's exit tests spinning. A file, unlike a pipe, never makes the child wait.
final class ChildProgram: Sendable {
    struct Failed: Error, CustomStringConvertible {
        var description: String
    }

    private let process: pid_t
    private let output: String
    private let hasEnded = Mutex(false)

    init(_ program: String, _ arguments: [String], directory: String = "/") throws {
        output = "/tmp/posyandud-child-\(UUID().uuidString)"
        let input = open("/dev/null", O_RDONLY | O_CLOEXEC)
        let sink = open(output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
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
    var printed: String { (try? String(contentsOfFile: output, encoding: .utf8)) ?? "" }

    /// The first whole line that begins so, once it is there. Throws when the program ends without it or half a minute passes.
    func line(_ prefix: String) throws -> String {
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
    func wait() -> Int32? {
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
    func end() {
        hasEnded.withLock { hasEnded in
            guard !hasEnded else { return }
            var (code, signal): (Int32, Int32) = (0, 0)
            kill(process, SIGKILL)
            hasEnded = cplatform_reap(process, 1, &code, &signal) == 0
        }
        unlink(output)
    }
}
