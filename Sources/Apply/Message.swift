// One message of the log, cut into what apply decides on; the data stay the bytes that were signed.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit

/// A message as its sender made it. Everything but `data` and `person` is decoded; those two stay bytes.
struct Message: Sendable {
    var id: UUID
    /// Record type, e.g. `kesehatan.penimbangan`, or a core type such as `warga.terdaftar`.
    var type: String
    var version: Int
    var subject: UUID?
    var posyandu: UUID
    /// Service date: `date` if given, else the civil date of `time` as its sender wrote it.
    var date: CivilDate
    /// The time as its sender wrote it, microseconds since 1970 UTC are in the log entry.
    var corrects: UUID?
    var person: [UInt8]?
    var data: [UInt8]

    /// Why the bytes are not a message that apply can use.
    struct Malformed: Error {
        var code: String
        var field: String
        var message: String
    }

    static let typePrefix = "id.go.posyandu."

    init(_ payload: [UInt8]) throws(Malformed) {
        let parsed = payload.withUnsafeBytes { buffer in
            Result { () throws(Malformed) in try Message(buffer) }
        }
        self = try parsed.get()
    }

    private init(_ buffer: UnsafeRawBufferPointer) throws(Malformed) {
        let members: JSONMembers
        do {
            members = try JSONScanner.members(of: buffer)
        } catch {
            throw Malformed(code: "message.json", field: "", message: "bukan JSON yang sah")
        }
        guard let id = UUID(json: members["id"]) else {
            throw Malformed(code: "message.id", field: "id", message: "id harus UUID")
        }
        guard let name = members.string("type"), let kind = Self.split(type: name) else {
            throw Malformed(code: "message.type", field: "type", message: "jenis pesan tidak dikenal bentuknya")
        }
        guard let posyandu = UUID(json: members["posyandu"]) else {
            throw Malformed(code: "message.posyandu", field: "posyandu", message: "posyandu harus UUID")
        }
        guard let date = Self.date(members) else {
            throw Malformed(code: "message.date", field: "date", message: "tanggal pelayanan harus YYYY-MM-DD")
        }
        guard let data = members["data"], data.first == UInt8(ascii: "{") else {
            throw Malformed(code: "message.data", field: "data", message: "data harus objek")
        }
        self.id = id
        self.type = kind.type
        self.version = kind.version
        self.posyandu = posyandu
        self.date = date
        self.subject = try Self.optionalUUID(members["subject"], "subject")
        self.corrects = try Self.optionalUUID(members["corrects"], "corrects")
        self.person = try Self.optionalObject(members["person"], "person")
        self.data = Array(data)
    }

    /// `id.go.posyandu.<type>.v<n>`
    static func split(type name: String) -> (type: String, version: Int)? {
        guard name.hasPrefix(typePrefix), let dot = name.lastIndex(of: ".") else { return nil }
        let tail = name[name.index(after: dot)...]
        guard tail.first == "v", let version = Int(tail.dropFirst()), (1...9_999).contains(version) else { return nil }
        let type = name[name.index(name.startIndex, offsetBy: typePrefix.count)..<dot]
        guard type.contains("."), type.utf8.count <= 100, type.utf8.allSatisfy(isTypeCharacter) else { return nil }
        return (String(type), version)
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
            return members.string("date").flatMap { CivilDate($0) }
        }
        return members.string("time").flatMap { CivilDate(String($0.prefix(10))) }
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
