// The one byte layout of everything sealed: key id, nonce, ciphertext, tag.
// SPDX-License-Identifier: Apache-2.0
internal import Crypto

/// AES-256-GCM under one of several keys. Layout: 1 byte key id, 12 bytes random nonce, ciphertext, 16 bytes tag.
/// Opening needs the same additional data; sealing uses the current key, opening whichever key the first byte names.
struct AuthenticatedBox: Sendable {
    let current: UInt8
    private let keys: [UInt8: SymmetricKey]

    init(keys: [UInt8: SecretKey], current: UInt8, purpose: String) throws(RegistryError) {
        guard keys[current] != nil else {
            throw RegistryError(.keyUnknown, "No key has the id \(current) that is to seal new values.")
        }
        self.keys = keys.mapValues { $0.derived(for: purpose) }
        self.current = current
    }

    func seal(_ bytes: some Collection<UInt8>, additional: [UInt8]) throws(RegistryError) -> [UInt8] {
        guard let key = keys[current] else { throw Self.unknown(current) }
        let box: AES.GCM.SealedBox
        do {
            box = try AES.GCM.seal(Array(bytes), using: key, authenticating: additional)
        } catch {
            throw RegistryError(.sealBroken, "A value could not be sealed.")
        }
        var sealed: [UInt8] = []
        sealed.reserveCapacity(Self.overhead + bytes.count)
        sealed.append(current)
        sealed.append(contentsOf: box.nonce)
        sealed.append(contentsOf: box.ciphertext)
        sealed.append(contentsOf: box.tag)
        return sealed
    }

    func open(_ sealed: [UInt8], additional: [UInt8]) throws(RegistryError) -> [UInt8] {
        guard sealed.count >= Self.overhead else { throw Self.broken }
        guard let key = keys[sealed[0]] else { throw Self.unknown(sealed[0]) }
        do {
            let box = try AES.GCM.SealedBox(
                nonce: AES.GCM.Nonce(data: sealed[1..<13]),
                ciphertext: sealed[13..<(sealed.count - 16)],
                tag: sealed[(sealed.count - 16)...]
            )
            return Array(try AES.GCM.open(box, using: key, authenticating: additional))
        } catch {
            throw Self.broken
        }
    }

    /// Bytes that sealing adds.
    static let overhead = 1 + 12 + 16

    private static let broken = RegistryError(
        .sealBroken,
        "A sealed value does not open: its bytes, its row or its key changed.",
        hint: "Compare the key files with their offline copies."
    )

    private static func unknown(_ id: UInt8) -> RegistryError {
        RegistryError(
            .keyUnknown,
            "A sealed value names key \(id), which this node does not hold.",
            hint: "Add that key file to the configuration; old keys stay readable until everything is sealed anew."
        )
    }
}
