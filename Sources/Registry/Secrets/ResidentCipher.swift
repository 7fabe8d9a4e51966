// Seals what is personal in the registry and finds a NIK without showing it.
// SPDX-License-Identifier: Apache-2.0
internal import Crypto
package import FoundationEssentials

/// The places where a sealed value may stand. A value sealed for one place does not open in another.
package enum SealedColumn: String, Sendable {
    case residentNIK = "registry.resident|nik_sealed"
    case residentPerson = "registry.resident|person_sealed"
    case cadreNIK = "registry.cadre|nik_sealed"
    case cadrePerson = "registry.cadre|person_sealed"
    case recordPerson = "registry.record|person_sealed"
    case caseRemark = "registry.case_move|remark_sealed"
    case caseBody = "registry.case_move|body_sealed"
    case recordBody = "registry.record|body_sealed"
    case changeReason = "registry.record_change|reason_sealed"
}

/// AES-256-GCM with the row as additional data (`table|column|row id`), and the blind index over NIKs.
///
/// The index key is another key than those that seal; both come from credential files.
package struct ResidentCipher: Sendable {
    private let box: AuthenticatedBox
    private let indexKey: SymmetricKey
    /// Binds the rows of the trail of looks to each other.
    let trailKey: SymmetricKey
    /// Names the files of attachments.
    let fileKey: SymmetricKey
    /// Seals the files of attachments.
    let fileBox: AuthenticatedBox
    /// What tells the sealing key and the index key from others, and nothing else about them; 16 bytes each.
    let sealingCheck: [UInt8]
    let indexCheck: [UInt8]

    /// `keys` by key id; `current` seals, all open.
    package init(keys: [UInt8: SecretKey], current: UInt8 = 1, indexKey: SecretKey) throws(RegistryError) {
        guard !keys.values.contains(where: { $0.equals(indexKey) }) else {
            throw RegistryError(
                .keyFile,
                "The index key is the same as a sealing key.",
                hint: "Make a second key file; one key must not do both."
            )
        }
        box = try AuthenticatedBox(keys: keys, current: current, purpose: "resident")
        self.indexKey = indexKey.symmetric
        trailKey = indexKey.derived(for: "trail of looks")
        fileKey = indexKey.derived(for: "names of attachments")
        fileBox = try AuthenticatedBox(keys: keys, current: current, purpose: "attachment")
        sealingCheck = keys[current]?.check ?? []
        indexCheck = indexKey.check
    }

    /// The id of the key that seals now: the value of the columns `key_version`.
    package var keyVersion: Int16 { Int16(box.current) }

    package func seal(_ bytes: [UInt8], _ column: SealedColumn, row: UUID) throws(RegistryError) -> [UInt8] {
        try box.seal(bytes, additional: Self.place(column, row))
    }

    /// Throws `.sealBroken` for other bytes, another row, another column; `.keyUnknown` for a key not held.
    package func open(_ sealed: [UInt8], _ column: SealedColumn, row: UUID) throws(RegistryError) -> [UInt8] {
        try box.open(sealed, additional: Self.place(column, row))
    }

    package func seal(_ nik: NIK, _ column: SealedColumn, row: UUID) throws(RegistryError) -> [UInt8] {
        try seal(nik.bytes, column, row: row)
    }

    package func openNIK(_ sealed: [UInt8], _ column: SealedColumn, row: UUID) throws(RegistryError) -> NIK {
        let bytes = try open(sealed, column, row: row)
        do {
            return try NIK(String(decoding: bytes, as: UTF8.self))
        } catch {
            throw RegistryError(.sealBroken, "A sealed NIK opens but \(error.description).")
        }
    }

    /// The blind index: HMAC-SHA-256 over `nik:v1:` and the digits, first 16 bytes.
    package func index(of nik: NIK) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array("nik:v1:".utf8) + nik.bytes, using: indexKey).prefix(16))
    }

    /// Blind index of a name in one of the forms in which names are compared; 16 bytes.
    func index(ofName name: String, _ form: String) -> [UInt8] {
        let bytes = Array("name:\(form):v1:".utf8) + Array(name.utf8)
        return Array(HMAC<SHA256>.authenticationCode(for: bytes, using: indexKey).prefix(16))
    }

    private static func place(_ column: SealedColumn, _ row: UUID) -> [UInt8] {
        var bytes = Array(column.rawValue.utf8)
        bytes.append(UInt8(ascii: "|"))
        withUnsafeBytes(of: row.uuid) { bytes.append(contentsOf: $0) }
        return bytes
    }
}

/// Seals payloads of the message log; `MessageLog` gets `seal` and `open` as closures and knows no key.
package struct PayloadSealer: Sendable {
    private let box: AuthenticatedBox

    package init(keys: [UInt8: SecretKey], current: UInt8 = 1) throws(RegistryError) {
        box = try AuthenticatedBox(keys: keys, current: current, purpose: "log")
    }

    /// `aad` names the place (for the log: source, epoch, seq); the same is needed to open.
    package func seal(_ bytes: [UInt8], aad: [UInt8]) throws(RegistryError) -> [UInt8] {
        try box.seal(bytes, additional: aad)
    }

    package func open(_ sealed: [UInt8], aad: [UInt8]) throws(RegistryError) -> [UInt8] {
        try box.open(sealed, additional: aad)
    }
}
