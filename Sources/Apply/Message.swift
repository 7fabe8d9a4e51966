// One message of the log, cut into what apply decides on; the data stay the bytes that were signed.
// SPDX-License-Identifier: Apache-2.0
import Cases
import FoundationEssentials
import PluginKit

/// A message as its sender made it. Everything but `data` and `person` is decoded; those two stay bytes.
///
/// A class, because a batch hands every message from step to step: a copy is one reference.
final class Message: Sendable {
    let id: UUID
    /// Record type, e.g. `kesehatan.penimbangan`, or a core type such as `warga.terdaftar`.
    let type: String
    /// The core type; nil for a record of a sector.
    let core: CoreType?
    let version: Int
    let subject: UUID?
    let posyandu: UUID
    /// Service date: `date` if given, else the civil date of `time` as its sender wrote it.
    let date: CivilDate
    /// The record that this one takes the place of.
    let corrects: UUID?
    /// The code that the villager was given.
    let receipt: ReceiptCode?
    /// Why something is corrected or retracted, in its sender's words.
    let reason: String?
    /// The visit at which it was written, with messages of other sectors.
    let visit: UUID?
    let person: [UInt8]?
    let data: [UInt8]
    /// Photos and letters that travel apart.
    let attachments: [AttachmentName]

    /// Why the bytes are not a message that apply can use.
    struct Malformed: Error {
        var code: String
        var field: String
        var message: String
    }

    private static let typePrefix = Array("id.go.posyandu.".utf8)

    init(_ payload: [UInt8]) throws(Malformed) {
        let parts = try payload.withUnsafeBytes { buffer in
            Result { () throws(Malformed) in try Self.parts(buffer) }
        }.get()
        id = parts.id
        type = parts.kind.type
        core = CoreType(rawValue: parts.kind.type)
        version = parts.kind.version
        subject = parts.subject
        posyandu = parts.posyandu
        date = parts.date
        corrects = parts.corrects
        (receipt, reason) = (parts.receipt, parts.reason)
        visit = parts.visit
        person = parts.person
        data = parts.data
        attachments = parts.attachments
    }

    /// The same message about another resident.
    init(_ message: Message, about subject: UUID) {
        id = message.id
        type = message.type
        core = message.core
        version = message.version
        self.subject = subject
        posyandu = message.posyandu
        date = message.date
        corrects = message.corrects
        (receipt, reason) = (message.receipt, message.reason)
        visit = message.visit
        person = message.person
        data = message.data
        attachments = message.attachments
    }

    private typealias Parts = (
        id: UUID, kind: (type: String, version: Int), subject: UUID?, posyandu: UUID, date: CivilDate, corrects: UUID?,
        receipt: ReceiptCode?, reason: String?, visit: UUID?, person: [UInt8]?, data: [UInt8],
        attachments: [AttachmentName]
    )

    private static func parts(_ buffer: UnsafeRawBufferPointer) throws(Malformed) -> Parts {
        let members: JSONMembers
        do {
            members = try JSONScanner.members(of: buffer)
        } catch {
            throw Malformed(code: "message.json", field: "", message: "bukan JSON yang sah")
        }
        guard let id = UUID(json: members["id"]) else {
            throw Malformed(code: "message.id", field: "id", message: "id harus UUID")
        }
        guard let kind = members["type"].flatMap(kind) else {
            throw Malformed(code: "message.type", field: "type", message: "jenis pesan tidak dikenal bentuknya")
        }
        guard let posyandu = UUID(json: members["posyandu"]) else {
            throw Malformed(code: "message.posyandu", field: "posyandu", message: "posyandu harus UUID")
        }
        guard let date = date(members) else {
            throw Malformed(code: "message.date", field: "date", message: "tanggal pelayanan harus YYYY-MM-DD")
        }
        guard let data = members["data"], data.first == UInt8(ascii: "{") else {
            throw Malformed(code: "message.data", field: "data", message: "data harus objek")
        }
        var attachments: [AttachmentName] = []
        if let given = members["attachments"], !given.elementsEqual("null".utf8) {
            guard let names = AttachmentName.read(given) else {
                throw Malformed(
                    code: "message.attachments",
                    field: "attachments",
                    message: "attachments harus daftar kind dan sha256"
                )
            }
            attachments = names
        }
        return (
            id, kind, try optionalUUID(members["subject"], "subject"), posyandu, date,
            try optionalUUID(members["corrects"], "corrects"), try receipt(members), try reason(members),
            try optionalUUID(members["visit"], "visit"), try optionalObject(members["person"], "person"), Array(data),
            attachments
        )
    }

    /// Type and version of the JSON string `"id.go.posyandu.<type>.v<n>"`.
    private static func kind(_ value: UnsafeRawBufferPointer) -> (type: String, version: Int)? {
        if value.contains(UInt8(ascii: "\\")) {
            return JSONMembers.string(value).flatMap { name in
                Array(name.utf8).withUnsafeBytes { split(type: $0) }
            }
        }
        guard value.count > 2, value[0] == UInt8(ascii: "\"") else { return nil }
        return split(type: UnsafeRawBufferPointer(rebasing: value[1..<(value.count - 1)]))
    }

    private static func split(type name: UnsafeRawBufferPointer) -> (type: String, version: Int)? {
        guard name.starts(with: typePrefix), let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > typePrefix.count,
            dot + 1 < name.count, name[dot + 1] == UInt8(ascii: "v"),
            let version = Int(String(decoding: name[(dot + 2)...], as: UTF8.self)), (1...9_999).contains(version)
        else { return nil }
        let type = UnsafeRawBufferPointer(rebasing: name[typePrefix.count..<dot])
        guard type.contains(UInt8(ascii: ".")), type.count <= 100, type.allSatisfy(isTypeCharacter) else { return nil }
        return (String(decoding: type, as: UTF8.self), version)
    }

    private static func isTypeCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "_"), UInt8(ascii: "."): true
        default: false
        }
    }

    private static func date(_ members: JSONMembers) -> CivilDate? {
        if let date = members["date"], !date.elementsEqual("null".utf8) {
            return JSONMembers.date(date) ?? members.string("date").flatMap { CivilDate($0) }
        }
        if let time = members["time"], time.count > 12, time[0] == UInt8(ascii: "\""),
            let date = CivilDate(bytes: UnsafeRawBufferPointer(rebasing: time[1..<11]))
        {
            return date
        }
        return members.string("time").flatMap { CivilDate(String($0.prefix(10))) }
    }

    private static func receipt(_ members: JSONMembers) throws(Malformed) -> ReceiptCode? {
        guard let text = try text(members, "tanda_terima") else { return nil }
        do throws(ReceiptCode.Fault) {
            return try ReceiptCode(text)
        } catch {
            throw Malformed(code: "tanda_terima.tulisan", field: "tanda_terima", message: error.sentence)
        }
    }

    private static func reason(_ members: JSONMembers) throws(Malformed) -> String? {
        guard let text = try text(members, "alasan") else { return nil }
        return try reason(text)
    }

    /// A reason as it may be kept; nil when nothing is written.
    static func reason(_ text: String) throws(Malformed) -> String? {
        guard text.contains(where: { !$0.isWhitespace }) else { return nil }
        guard text.count <= 300 else {
            throw Malformed(code: "alasan.panjang", field: "alasan", message: "alasan paling panjang 300 huruf")
        }
        var digits = 0
        for character in text {
            digits = character.isASCII && character.isNumber ? digits + 1 : 0
            if digits == 16 {
                throw Malformed(code: "alasan.pribadi", field: "alasan", message: "alasan tidak boleh memuat NIK")
            }
        }
        return text
    }

    private static func text(_ members: JSONMembers, _ name: StaticString) throws(Malformed) -> String? {
        guard let value = members[name], !value.elementsEqual("null".utf8) else { return nil }
        guard let text = JSONMembers.string(value), text.isStorable else {
            throw Malformed(code: "\(name).bentuk", field: "\(name)", message: "\(name) harus teks")
        }
        return text
    }

    private static func optionalObject(
        _ value: UnsafeRawBufferPointer?,
        _ field: String
    ) throws(Malformed) -> [UInt8]? {
        guard let value, !value.elementsEqual("null".utf8) else { return nil }
        guard value.first == UInt8(ascii: "{") else {
            throw Malformed(code: "message.\(field)", field: field, message: "\(field) harus objek")
        }
        return Array(value)
    }

    private static func optionalUUID(
        _ value: UnsafeRawBufferPointer?,
        _ field: String
    ) throws(Malformed) -> UUID? {
        guard let value, !value.elementsEqual("null".utf8) else { return nil }
        guard let uuid = UUID(json: value) else {
            throw Malformed(code: "message.\(field)", field: field, message: "\(field) harus UUID")
        }
        return uuid
    }
}

extension UUID {
    /// The UUID of a JSON string value with its quotes; nil for anything else. No String is made.
    init?(json value: UnsafeRawBufferPointer?) {
        guard let value, value.count == 38, value[0] == UInt8(ascii: "\""), value[37] == UInt8(ascii: "\"") else {
            return nil
        }
        self.init(ascii: UnsafeRawBufferPointer(rebasing: value[1..<37]))
    }

    /// The UUID of a text of 36 ASCII characters.
    init?(text: String) {
        var text = text
        guard let uuid = text.withUTF8({ UUID(ascii: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = uuid
    }

    /// The UUID of 36 ASCII characters.
    init?(ascii text: UnsafeRawBufferPointer) {
        guard text.count == 36 else { return nil }
        var octets: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        let complete = withUnsafeMutableBytes(of: &octets) { target -> Bool in
            var index = 0
            var digits = 0
            for (place, byte) in text.enumerated() {
                if place == 8 || place == 13 || place == 18 || place == 23 {
                    guard byte == UInt8(ascii: "-") else { return false }
                    continue
                }
                let digit: UInt8
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
                case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
                case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
                default: return false
                }
                if digits % 2 == 0 { target[index] = digit << 4 } else { target[index] |= digit; index += 1 }
                digits += 1
            }
            return digits == 32
        }
        guard complete else { return nil }
        self.init(uuid: octets)
    }

    /// The lower-case text, as the wire to workers carries it.
    var lowercased: String {
        String(unsafeUninitializedCapacity: 36) { text in
            var place = 0
            withUnsafeBytes(of: uuid) { octets in
                for (index, octet) in octets.enumerated() {
                    if index == 4 || index == 6 || index == 8 || index == 10 {
                        text[place] = UInt8(ascii: "-")
                        place += 1
                    }
                    text[place] = Self.digit(octet >> 4)
                    text[place + 1] = Self.digit(octet & 15)
                    place += 2
                }
            }
            return place
        }
    }

    private static func digit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
    }

    /// The order of the texts, without making them.
    func precedes(_ other: UUID) -> Bool {
        withUnsafeBytes(of: uuid) { left in
            withUnsafeBytes(of: other.uuid) { right in left.lexicographicallyPrecedes(right) }
        }
    }
}
