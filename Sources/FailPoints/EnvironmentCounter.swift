// Reads `name:nth` from an environment variable, loudly when it cannot be read.
// SPDX-License-Identifier: Apache-2.0

import Glibc

enum EnvironmentCounter {
    /// nil when the variable is not set. Ends the process with status 78 when it is set to something else than
    /// `name` or `name:nth` with nth ≥ 1: a test that arms nothing would prove nothing.
    static func read(_ variable: String) -> (name: String, nth: Int)? {
        guard let raw = getenv(variable) else { return nil }
        let value = String(cString: raw)
        guard let colon = value.lastIndex(of: ":") else {
            return value.isEmpty ? nil : (value, 1)
        }
        let name = String(value[..<colon])
        guard !name.isEmpty, let nth = Int(value[value.index(after: colon)...]), nth >= 1 else {
            let sentence = Array("\(variable) must be name:nth with nth of 1 or more.\n".utf8)
            _ = sentence.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            _exit(78)
        }
        return (name, nth)
    }
}
