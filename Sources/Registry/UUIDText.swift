// UUIDs as the registry reads and makes them.
// SPDX-License-Identifier: Apache-2.0
internal import Crypto
package import FoundationEssentials
internal import Glibc

package enum UUIDText {
    /// Reads the form 8-4-4-4-12; nil for any other form.
    package static func parse(_ text: String) -> UUID? {
        guard text.utf8.count == 36 else { return nil }
        return UUID(uuidString: text)
    }
}

extension UUID {
    /// A new UUID that sorts by the time of its making (RFC 9562, version 7).
    static func version7() -> UUID {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let milliseconds = UInt64(now.tv_sec) * 1000 + UInt64(now.tv_nsec) / 1_000_000
        var bytes = UUID().bytes
        for place in 0..<6 { bytes[place] = UInt8(truncatingIfNeeded: milliseconds >> UInt64(40 - 8 * place)) }
        return UUID(bytes, version: 7)
    }

    /// The same UUID for the same text, everywhere (RFC 9562, version 8, from SHA-256).
    static func derived(from text: String) -> UUID {
        UUID(Array(SHA256.hash(data: Array(text.utf8)).prefix(16)), version: 8)
    }

    var bytes: [UInt8] { withUnsafeBytes(of: uuid) { Array($0) } }

    private init(_ bytes: [UInt8], version: UInt8) {
        var value = UUID().uuid
        withUnsafeMutableBytes(of: &value) { target in
            target.copyBytes(from: bytes.prefix(16))
            target[6] = target[6] & 0x0F | version << 4
            target[8] = target[8] & 0x3F | 0x80
        }
        self.init(uuid: value)
    }
}
