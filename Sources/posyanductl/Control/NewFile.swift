// Files that a command makes and must not overwrite.
// SPDX-License-Identifier: Apache-2.0

import Glibc

enum NewFile {
    /// Whether something of that name is there, a dangling link included.
    static func exists(_ path: String) -> Bool {
        var facts = stat()
        return lstat(path, &facts) == 0
    }
}
