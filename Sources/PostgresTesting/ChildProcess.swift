// Runs PostgreSQL's own tools as the user they accept, without Foundation.
// SPDX-License-Identifier: Apache-2.0

import CPlatform
import Dispatch
import Glibc

/// A tool of PostgreSQL could not be run, or failed; carries what it printed.
package struct TestClusterError: Error, CustomStringConvertible {
    package var description: String
}

enum ChildProcess {
    /// initdb and postgres refuse root: root runs them as `postgres`, anyone else as oneself.
    static let userPrefix: [String] =
        geteuid() == 0 ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] : []

    /// Runs `script` with `sh` in `directory` (arguments as `$1`, …) and waits without holding a thread of the
    /// cooperative pool.
    static func run(_ script: String, _ arguments: [String], directory: String) async throws {
        let output = "\(directory)/command.log"
        let process = try spawn(
            userPrefix + ["sh", "-c", "cd '\(directory)' || exit 1\n\(script)", "sh"] + arguments,
            input: nil,
            output: output
        )
        let status = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var status: Int32 = 0
                while waitpid(process, &status, 0) < 0, errno == EINTR {}
                continuation.resume(returning: status)
            }
        }
        guard status == 0 else {
            throw TestClusterError(description: "PostgreSQL tool failed (wait status \(status)): \(text(of: output))")
        }
    }

    /// Starts a program found in PATH; `input` becomes its standard input, and everything it prints goes to a file.
    ///
    /// It gets no other descriptor: one that another thread is just opening would stay open in it, and a program that is being
    /// copied could not be executed ("Text file busy") as long as it runs.
    static func spawn(_ command: [String], input: Int32?, output: String) throws -> pid_t {
        let descriptors = [
            input.map { fcntl($0, F_DUPFD_CLOEXEC, 0) } ?? open("/dev/null", O_RDONLY | O_CLOEXEC),
            open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644),
        ]
        defer { for descriptor in descriptors where descriptor >= 0 { close(descriptor) } }
        var arguments: [UnsafeMutablePointer<CChar>?] = (["env"] + command).map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        var process = pid_t()
        let failure = cplatform_spawn(
            "/usr/bin/env",
            arguments,
            environ,
            "/",
            descriptors[0],
            descriptors[1],
            descriptors[1],
            &process
        )
        guard failure == 0 else {
            throw TestClusterError(description: "\(command[0]) cannot be started (errno \(failure)).")
        }
        return process
    }

    private static func text(of path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
