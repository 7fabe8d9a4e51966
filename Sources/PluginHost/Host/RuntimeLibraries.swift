// Where this process got its Swift runtime from, so that workers may load the same one.
// SPDX-License-Identifier: Apache-2.0

import Glibc
import PluginKit

/// Directories of shared libraries outside the system's own.
package enum RuntimeLibraries {
    /// The directory of the Swift runtime that this process has loaded, when it is dynamic and lies elsewhere than
    /// `/usr/lib`; empty for a static build. In an installation it is empty too: `/usr/lib/posyandud/lib` is allowed anyway.
    package static var ofThisProcess: [String] {
        guard let maps = try? FileReader.read("/proc/self/maps", limit: 8 << 20) else { return [] }
        for line in maps.split(separator: UInt8(ascii: "\n")) {
            let text = String(decoding: line, as: UTF8.self)
            guard text.hasSuffix("/libswiftCore.so"), let start = text.firstIndex(of: "/"),
                let end = text.lastIndex(of: "/")
            else { continue }
            let directory = String(text[start..<end])
            return directory.hasPrefix("/usr/lib/") || directory.hasPrefix("/lib/") ? [] : [directory]
        }
        return []
    }
}
