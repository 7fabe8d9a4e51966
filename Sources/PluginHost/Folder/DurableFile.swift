// Writes a file so that a power cut leaves the old bytes or the new ones.
// SPDX-License-Identifier: Apache-2.0

import CPlatform
import FailPoints
import Glibc

/// Files of a sector's folder, written whole.
package enum DurableFile {
    /// Temporary file, fsync, rename, fsync of the directory.
    /// - Throws: ``PluginHostError`` that names the file.
    package static func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o644) throws(PluginHostError) {
        let failure = cplatform_write_durably(path, bytes, bytes.count, mode, { CallFault.ofNextFileCall() })
        if failure != 0 { throw PluginHostError(.folder, "\(path): \(String(cString: strerror(failure)))") }
    }
}
