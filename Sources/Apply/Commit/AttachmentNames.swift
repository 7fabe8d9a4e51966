// Which attachments a message names: in its envelope, and in the photo fields of a record.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import MessageLog
import PluginKit
import Registry

/// A photo or letter that a message names by its digest; the bytes travel apart.
struct AttachmentName: Hashable, Sendable {
    /// What it shows: `dok_ktp`, `foto_depan`.
    var kind: String
    var sha256: [UInt8]

    /// Names of one message at most.
    static let most = 50

    /// Reads the envelope's `attachments`: `[{"kind": "dok_ktp", "sha256": "<64 hexadecimal digits>"}]`.
    /// - Returns: nil when it is anything else.
    static func read(_ json: UnsafeRawBufferPointer) -> [AttachmentName]? {
        guard let list = (try? JSONParser.parse(Array(json)))?.array, list.count <= most else { return nil }
        var names: [AttachmentName] = []
        for element in list {
            guard let kind = element["kind"]?.string, isKind(kind),
                let digest = element["sha256"]?.string.flatMap(digest), element.object?.members.count == 2
            else { return nil }
            names.append(AttachmentName(kind: kind, sha256: digest))
        }
        return names
    }

    /// Photo fields whose value is a digest; the kind is the field's name.
    static func inFields(of record: Manifest.Record, _ data: [UInt8]) -> [AttachmentName] {
        let fields = record.fields.filter { $0.type == .photo && !$0.derived }
        guard !fields.isEmpty, let object = (try? JSONParser.parse(data))?.object else { return [] }
        return fields.flatMap { field in
            let value = object[field.name]
            let texts = value?.array?.compactMap(\.string) ?? value?.string.map { [$0] } ?? []
            return texts.compactMap { digest($0) }.map { AttachmentName(kind: field.name, sha256: $0) }
        }
    }

    /// Photos of a case's step whose name is a digest.
    static func inStep(_ data: [UInt8]) -> [AttachmentName] {
        let photos = (try? JSONParser.parse(data))?["foto"]?.array ?? []
        return photos.compactMap { $0.string.flatMap { digest($0) } }.map { AttachmentName(kind: "foto", sha256: $0) }
    }

    /// 32 bytes from 64 small hexadecimal digits.
    static func digest(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: 64, by: 2) {
            guard let high = nibble(digits[place]), let low = nibble(digits[place + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    private static func isKind(_ text: String) -> Bool {
        guard (1...64).contains(text.utf8.count), let first = text.utf8.first, first &- UInt8(ascii: "a") < 26 else {
            return false
        }
        return text.utf8.allSatisfy {
            $0 &- UInt8(ascii: "a") < 26 || $0 &- UInt8(ascii: "0") < 10 || $0 == UInt8(ascii: "_")
        }
    }
}

extension Item {
    /// What an applied message names, under the record or case that it is about.
    var attachments: [AttachmentNaming] {
        guard case .applied? = verdict, let message else { return [] }
        var names = message.attachments
        if let rules { names += AttachmentName.inFields(of: rules.record, message.data) }
        if message.core == .caseMoved { names += AttachmentName.inStep(message.data) }
        guard !names.isEmpty else { return [] }
        let about = message.core.map { $0.target(message) } ?? recordID ?? message.id
        guard let about else { return [] }
        return names.map {
            AttachmentNaming(
                record: about,
                sha256: $0.sha256,
                kind: $0.kind,
                lineage: entry.lineage,
                posyandu: posyandu
            )
        }
    }
}
