// Compares text with the files of `Golden/`; POSYANDU_GOLDEN=write writes them anew, for a person to review.
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing

/// Checks a text against a golden file.
/// - Parameter name: below `Golden/`, without `.txt`.
func expectGolden(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let folder = String(#filePath.dropLast("Golden.swift".count)) + "Golden"
    let path = "\(folder)/\(name).txt"
    if ProcessInfo.processInfo.environment["POSYANDU_GOLDEN"] == "write" {
        try Data((text + "\n").utf8).write(to: URL(filePath: path))
    }
    let expected = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    #expect(text + "\n" == expected, "differs from \(path)", sourceLocation: sourceLocation)
}
