// How personal payloads are sealed before they reach the log; the implementation lives in the registry.
// SPDX-License-Identifier: Apache-2.0

/// Seals and opens log payloads that name persons. Implementations are authenticated (AES-256-GCM) and thread safe.
package protocol PayloadSealer: Sendable {
    /// - Returns: nonce, ciphertext and tag in one value.
    func seal(_ bytes: [UInt8], aad: [UInt8]) throws -> [UInt8]
    /// - Throws: when the bytes were altered or belong to another entry.
    func open(_ sealed: [UInt8], aad: [UInt8]) throws -> [UInt8]
}

/// What binds a sealed payload to its entry: source, epoch and sequence number, big-endian.
package enum SealBinding {
    package static func aad(sourceID: Int32, epoch: Int32, seq: Int64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        withUnsafeBytes(of: sourceID.bigEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: epoch.bigEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: seq.bigEndian) { bytes.append(contentsOf: $0) }
        return bytes
    }
}
