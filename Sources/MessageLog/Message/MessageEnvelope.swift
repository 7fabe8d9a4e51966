// Reads the envelope of a message in one strict pass, without building values.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import PluginKit

/// What stands around a message's `data`. Payloads stay bytes: `data` and `person` are places in the message.
package struct MessageEnvelope: Sendable {
    /// At most this many bytes a message.
    package static let maximumBytes = 65_536
    /// How deep a message may nest.
    package static let maximumDepth = 32

    /// UUIDv7, made where the message was written; the key of what it becomes.
    package let id: UUID
    /// `<sector>.<name>`, from the type without `id.go.posyandu.` and version.
    package let recordType: String
    /// The number after `.v`.
    package let version: Int
    package let posyandu: UUID
    /// A resident or a household.
    package let subject: UUID?
    /// Claimed time, microseconds since 1970 UTC.
    package let time: Int64
    /// The service date; the civil date of `time` as written when the message names none.
    package let date: CivilDate
    /// The record that this message replaces.
    package let corrects: UUID?
    /// `<record type>/<n>`: the schema of `data`.
    package let dataschema: String?
    /// Personal members, never shown to workers.
    package let person: Range<Int>?
    package let data: Range<Int>?

    /// A message that names a person, or may: its payload is sealed in the log.
    package var isPersonal: Bool { person != nil || Self.isPersonal(recordType.utf8) }

    /// Core messages about residents, and those in which somebody writes why: of a case, a retraction, an attachment.
    private static let personalPrefixes = ["warga.", "kasus.", "catatan.", "lampiran."]

    private static func isPersonal(_ type: some Sequence<UInt8>) -> Bool {
        personalPrefixes.contains { type.starts(with: $0.utf8) }
    }

    /// Checks everything that can be checked without the registry.
    ///
    /// - Throws: the refusal its sender gets; the message's sequence number is consumed all the same.
    package static func read(_ bytes: UnsafeRawBufferPointer) throws(Refusal) -> MessageEnvelope {
        let parts = try EnvelopeParts(bytes)
        return MessageEnvelope(
            id: parts.id,
            recordType: String(decoding: parts.type.recordType, as: UTF8.self),
            version: parts.type.version,
            posyandu: parts.posyandu,
            subject: parts.subject,
            time: parts.instant.microseconds,
            date: parts.date,
            corrects: parts.corrects,
            dataschema: parts.dataschema.flatMap(JSONMembers.string),
            person: parts.person,
            data: parts.data
        )
    }

    /// As ``read(_:)``, of an array.
    package static func read(_ bytes: [UInt8]) throws(Refusal) -> MessageEnvelope {
        let result: Result<MessageEnvelope, Refusal> = bytes.withUnsafeBytes { buffer in
            do throws(Refusal) { return .success(try read(buffer)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// What intake needs of a message that only later readers take apart.
    package struct Checked: Sendable {
        /// As ``MessageEnvelope/time``.
        package let time: Int64
        /// As ``MessageEnvelope/isPersonal``.
        package let isPersonal: Bool
    }

    /// The checks of ``read(_:)``, all of them, without building any text.
    /// - Parameter rule: which types may stand in the clear; nil seals only what names a person by its form.
    package static func check(_ bytes: UnsafeRawBufferPointer, _ rule: SealRule? = nil) throws(Refusal) -> Checked {
        let parts = try EnvelopeParts(bytes)
        let type = parts.type.recordType
        return Checked(
            time: parts.instant.microseconds,
            isPersonal: parts.person != nil || isPersonal(type) || rule.map { !$0.isOpen(type) } ?? false
        )
    }
}
