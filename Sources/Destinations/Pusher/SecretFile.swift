// Reads a destination's secret when it is needed, from a file that only the daemon can read.
// SPDX-License-Identifier: Apache-2.0

internal import FailPoints
internal import FoundationEssentials

enum SecretFile {
    /// The file's first line without the line break. Throws `unreadableSecret`, which names the path, never the content.
    static func read(_ path: String) throws(DestinationsError) -> String {
        guard !CallFault.strikes(.file), let bytes = FileManager.default.contents(atPath: path),
            let text = String(data: bytes, encoding: .utf8)
        else {
            throw DestinationsError(
                .unreadableSecret,
                "the secret file \(path) cannot be read",
                hint: "check that it exists and that the daemon's user may read it"
            )
        }
        let line = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
        let secret = line.hasSuffix("\r") ? String(line.dropLast()) : String(line)
        guard !secret.isEmpty, secret.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw DestinationsError(.unreadableSecret, "the secret file \(path) is empty or holds control characters")
        }
        return secret
    }
}
