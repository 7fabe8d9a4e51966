// Keeps the bytes of photos and letters as sealed files, outside of the database.
// SPDX-License-Identifier: Apache-2.0
internal import Crypto
package import FoundationEssentials

/// What an attachment may be. Its first bytes decide, never a name or a header.
package enum AttachmentType: String, CaseIterable, Sendable {
    case jpeg = "image/jpeg"
    case png = "image/png"
    case pdf = "application/pdf"

    /// The word for it in `posyandud.yaml`, and the end of an exported file's name.
    package var word: String {
        switch self {
        case .jpeg: "jpeg"
        case .png: "png"
        case .pdf: "pdf"
        }
    }

    /// nil for anything that does not begin like one of them.
    package init?(bytes: some Sequence<UInt8>) {
        let magic: [(AttachmentType, [UInt8])] = [
            (.jpeg, [0xFF, 0xD8, 0xFF]),
            (.png, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
            (.pdf, Array("%PDF-".utf8)),
        ]
        guard let found = magic.first(where: { bytes.starts(with: $0.1) }) else { return nil }
        self = found.0
    }
}

/// What is taken.
package struct AttachmentLimits: Hashable, Sendable {
    package var maximumBytes: Int
    package var types: Set<AttachmentType>
    /// Attachments of one record.
    package var perRecord: Int
    /// Nothing more is taken when less than this would stay free on the disk.
    package var freeBytes: Int

    package init(
        maximumBytes: Int = 5 << 20,
        types: Set<AttachmentType> = Set(AttachmentType.allCases),
        perRecord: Int = 20,
        freeBytes: Int = 1 << 30
    ) {
        self.maximumBytes = maximumBytes
        self.types = types
        self.perRecord = perRecord
        self.freeBytes = freeBytes
    }
}

/// Why bytes are not kept. The code goes to the sender.
package enum AttachmentRefusal: String, Error, Sendable {
    case size
    case type
    /// The bytes are others than their SHA-256 says.
    case digest
    /// The record has as many as it may have.
    case count
    /// They were erased by order and do not come back.
    case erased
    /// The record is of another posyandu than the source.
    case posyandu
    /// The disk is full, or nearly.
    case full
}

/// A folder of sealed files, one an attachment: `ab/<name>`, mode 0600, where the name is a keyed hash of record and digest,
/// so that who reads the folder cannot tell whether a picture he has is among them. Contents are AES-256-GCM bound to the
/// record and the digest; a file in another's place does not open. At most `maximumBytes` are in memory for each call.
package struct AttachmentStore: Sendable {
    package let folder: String
    package let limits: AttachmentLimits
    private let cipher: ResidentCipher

    package init(folder: String, limits: AttachmentLimits, cipher: ResidentCipher) {
        self.folder = folder
        self.limits = limits
        self.cipher = cipher
    }

    /// Checks bytes against the limits and their digest, without keeping them.
    package func check(_ bytes: [UInt8], sha256: [UInt8]) throws(AttachmentRefusal) -> AttachmentType {
        guard bytes.count <= limits.maximumBytes, !bytes.isEmpty else { throw .size }
        guard Array(SHA256.hash(data: bytes)) == sha256 else { throw .digest }
        guard let type = AttachmentType(bytes: bytes), limits.types.contains(type) else { throw .type }
        return type
    }

    /// Keeps the bytes on stable storage; the same again replaces the file by an equal one.
    package func write(_ bytes: [UInt8], record: UUID, sha256: [UInt8]) async throws {
        let (path, sealed) = (
            path(record, sha256), try cipher.fileBox.seal(bytes, additional: place(record, sha256))
        )
        let (folder, free) = (folder, limits.freeBytes)
        try await OwnThread.run {
            try AttachmentFiles.makeFolder(folder)
            if let left = AttachmentFiles.freeBytes(folder), left < free + sealed.count { throw AttachmentRefusal.full }
            try AttachmentFiles.makeShelf(Self.shelf(of: path), in: folder)
            try AttachmentFiles.write(sealed, to: path)
        }
    }

    /// The bytes as they were sent; nil when there is no such file.
    /// - Throws: `RegistryError` `.sealBroken` when the file was changed, cut or exchanged.
    package func read(record: UUID, sha256: [UInt8]) async throws -> [UInt8]? {
        let path = path(record, sha256)
        let limit = (64 << 20) + AuthenticatedBox.overhead
        let sealed: [UInt8]? = try await OwnThread.run { try AttachmentFiles.read(path, limit: limit) }
        guard let sealed else { return nil }
        let bytes = try cipher.fileBox.open(sealed, additional: place(record, sha256))
        guard Array(SHA256.hash(data: bytes)) == sha256 else {
            throw RegistryError(.sealBroken, "An attachment opens but its digest is another one.")
        }
        return bytes
    }

    /// Removes the file; nothing when it is not there.
    package func remove(record: UUID, sha256: [UInt8]) async throws {
        let path = path(record, sha256)
        try await OwnThread.run { try AttachmentFiles.remove(path, from: Self.shelf(of: path)) }
    }

    /// The file's name inside of the folder, for finding files that no row knows.
    package func name(record: UUID, sha256: [UInt8]) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: place(record, sha256), using: cipher.fileKey)
        let text = code.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        return "\(text.prefix(2))/\(text)"
    }

    /// Names of all files in the folder, leftovers of a power cut among them.
    package func names() async throws -> [String] {
        let folder = folder
        return try await OwnThread.run {
            let shelves = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return shelves.sorted().flatMap { shelf in
                let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(shelf)")) ?? []
                return names.sorted().map { "\(shelf)/\($0)" }
            }
        }
    }

    private func path(_ record: UUID, _ sha256: [UInt8]) -> String {
        "\(folder)/\(name(record: record, sha256: sha256))"
    }

    private func place(_ record: UUID, _ sha256: [UInt8]) -> [UInt8] {
        Array("attachment v1|".utf8) + withUnsafeBytes(of: record.uuid) { Array($0) } + sha256
    }

    /// The folder of a file: its path without the slash and the 64 digits of its name.
    private static func shelf(of path: String) -> String { String(path.dropLast(65)) }
}
