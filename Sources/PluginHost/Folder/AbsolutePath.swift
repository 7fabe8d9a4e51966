// Paths that stay right when the working directory is another one.
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Makes paths absolute by their text alone: no link is followed, nothing has to exist.
package enum AbsolutePath {
    /// `of(".")` is the working directory; `of("a/../b/")` is `b` in it.
    package static func of(_ path: String) -> String {
        var base = ""
        if !path.hasPrefix("/"), let current = getcwd(nil, 0) {
            base = String(cString: current)
            free(current)
        }
        var parts: [Substring] = []
        for part in "\(base)/\(path)".split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}
