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

    /// How it ended: its exit status, or nil when a signal ended it.
    private struct Ending {
        var status: Int32?
    }

    private let process: pid_t
    private let output: String
    private let ending = Mutex<Ending?>(nil)

    /// A program of this package: what the environment variable says, else what was built beside the running tests; nil when there is none.
    package static func built(_ name: String, variable: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &bytes, bytes.count)
        let itself = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        let beside = itself.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/\(name)"
        return [getenv(variable).map { String(cString: $0) }, beside].compactMap(\.self).first { access($0, X_OK) == 0 }
    }

    package init(_ program: String, _ arguments: [String], directory: String = "/") throws {
        let place = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        // mkstemp puts the file's own name where the six X stand.
        var template = Array("\(place)/posyandud-child.XXXXXX".utf8CString)
        let sink = mkstemp(&template)
        guard sink >= 0 else { throw Failed(description: "no file can be made in \(place) (errno \(errno))") }
        _ = fcntl(sink, F_SETFD, FD_CLOEXEC)
        output = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        let input = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { for descriptor in [input, sink] where descriptor >= 0 { close(descriptor) } }
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var started = pid_t()
        let failure = cplatform_spawn(program, words, environ, directory, input, sink, STDERR_FILENO, &started)
        guard failure == 0 else {
            unlink(output)
            throw Failed(description: "\(program) cannot be started (errno \(failure))")
        }
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

    /// The first whole line that begins so, once it is there. Throws when the program ends without it.
    package func line(_ prefix: String) async throws -> String {
        while true {
            let isOver = reap(waits: false) != nil
            if let found = printed.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                .first(where: { $0.hasPrefix(prefix) })
            {
                return String(found)
            }
            guard !isOver else { throw Failed(description: "no line \(prefix)… came: \(printed)") }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    /// Waits until it ends by itself; its exit status, or nil when a signal ended it.
    package func wait() async throws -> Int32? {
        while true {
            if let ending = reap(waits: false) { return ending.status }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    /// Ends it as a power cut would, nothing is flushed, and returns when it is gone.
    package func end() {
        if reap(waits: false) == nil {
            kill(process, SIGKILL)
            _ = reap(waits: true)
        }
        unlink(output)
    }

    private func reap(waits: Bool) -> Ending? {
        ending.withLock { ending in
            if ending == nil {
                var (code, signal): (Int32, Int32) = (0, 0)
                if cplatform_reap(process, waits ? 1 : 0, &code, &signal) == 0 {
                    ending = Ending(status: code < 0 ? nil : code)
                }
            }
            return ending
        }
    }
}
