// Messages as kiosks make them, with identifiers whose order is that of their making.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials

/// A UUIDv7 with the time `time`; ids of equal time are in the order of `series`.
func id(_ time: Int, _ series: Int = 0) -> UUID {
    func hex(_ value: Int, _ digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
    let head = hex(0x0193_0000_0000 + time, 12)
    let text = "\(head.prefix(8))-\(head.dropFirst(8))-7000-8000-\(hex(series, 12))"
    return UUID(uuidString: text) ?? UUID()
}

extension UUID {
    var text: String { uuidString.lowercased() }
}

/// One message.
struct Text {
    var id: UUID
    var type: String
    var posyandu: UUID
    var subject: UUID?
    var date = "2026-11-03"
    var corrects: UUID?
    /// As it is written, a UUID or not.
    var visit: String?
    var person: String?
    var data = "{}"
    var version = 1
    /// Envelope members `tanda_terima` and `alasan`.
    var receipt: String?
    var reason: String?

    var json: String {
        var members = [
            #""id":"\#(id.text)""#, #""type":"id.go.posyandu.\#(type).v\#(version)""#,
            #""time":"\#(date)T08:15:00+07:00""#, #""posyandu":"\#(posyandu.text)""#, #""date":"\#(date)""#,
        ]
        if let subject { members.append(#""subject":"\#(subject.text)""#) }
        if let corrects { members.append(#""corrects":"\#(corrects.text)""#) }
        if let receipt { members.append(#""tanda_terima":"\#(receipt)""#) }
        if let reason { members.append(#""alasan":"\#(reason)""#) }
        if let visit { members.append(#""visit":"\#(visit)""#) }
        if let person { members.append(#""person":\#(person)"#) }
        members.append(#""data":\#(data)"#)
        return "{" + members.joined(separator: ",") + "}"
    }

    var isPersonal: Bool { person != nil || type.hasPrefix("warga.") }

    // MARK: Kinds

    static func register(
        _ id: UUID,
        _ subject: UUID,
        at posyandu: UUID,
        birth: String = "2025-01-01",
        sex: String = "P",
        nik: String? = nil,
        name: String = "Siti",
        date: String = "2026-11-01"
    ) -> Text {
        let person = nik.map { #"{"nama":"\#(name)","nik":"\#($0)"}"# } ?? #"{"nama":"\#(name)"}"#
        return Text(
            id: id,
            type: "warga.terdaftar",
            posyandu: posyandu,
            subject: subject,
            date: date,
            person: person,
            data: #"{"jenis_kelamin":"\#(sex)","tanggal_lahir":"\#(birth)"}"#
        )
    }

    static func move(_ id: UUID, _ subject: UUID, from posyandu: UUID, to target: UUID) -> Text {
        Text(
            id: id,
            type: "warga.pindah",
            posyandu: posyandu,
            subject: subject,
            data: #"{"ke":"\#(target.text)"}"#
        )
    }

    static func weigh(
        _ id: UUID,
        _ subject: UUID,
        at posyandu: UUID,
        on date: String = "2026-11-03",
        _ grams: Int,
        corrects: UUID? = nil,
        more: String = ""
    ) -> Text {
        Text(
            id: id,
            type: "tumbuh.timbang",
            posyandu: posyandu,
            subject: subject,
            date: date,
            corrects: corrects,
            data: #"{"berat":\#(grams)\#(more)}"#
        )
    }

    static func visit(_ id: UUID, _ subject: UUID, at posyandu: UUID, on date: String, _ number: Int, _ text: String)
        -> Text
    {
        Text(
            id: id,
            type: "tumbuh.kunjungan",
            posyandu: posyandu,
            subject: subject,
            date: date,
            data: #"{"ke":\#(number),"isi":"\#(text)"}"#
        )
    }

    static func report(_ id: UUID, at posyandu: UUID, on date: String, cadres: Int, corrects: UUID? = nil) -> Text {
        Text(
            id: id,
            type: "tumbuh.laporan",
            posyandu: posyandu,
            date: date,
            corrects: corrects,
            data: #"{"bulan":"\#(date.prefix(7))","kader":\#(cadres)}"#
        )
    }

    static func complain(_ id: UUID, at posyandu: UUID, _ text: String, corrects: UUID? = nil) -> Text {
        Text(
            id: id,
            type: "tumbuh.keluhan",
            posyandu: posyandu,
            corrects: corrects,
            data: #"{"isi":"\#(text)"}"#
        )
    }

    static func retract(_ id: UUID, _ record: UUID, at posyandu: UUID) -> Text {
        Text(
            id: id,
            type: "catatan.ditarik",
            posyandu: posyandu,
            data: #"{"catatan":"\#(record.text)","alasan":"salah"}"#
        )
    }

    /// `kept` and `other` are one person, or are not.
    static func link(_ id: UUID, _ kept: UUID, _ other: UUID, at posyandu: UUID, isMerged: Bool = true) -> Text {
        Text(
            id: id,
            type: isMerged ? "warga.disatukan" : "warga.dipisahkan",
            posyandu: posyandu,
            subject: kept,
            data: #"{"warga":"\#(other.text)","alasan":"anak yang sama"}"#
        )
    }

    static func died(_ id: UUID, _ subject: UUID, at posyandu: UUID, on day: String?) -> Text {
        Text(
            id: id,
            type: "warga.meninggal",
            posyandu: posyandu,
            subject: subject,
            data: #"{"tanggal":\#(day.map { #""\#($0)""# } ?? "null")}"#
        )
    }

    static func moveCase(
        _ id: UUID,
        _ record: UUID,
        at posyandu: UUID,
        from: String,
        to: String,
        by role: String,
        more: String = ""
    ) -> Text {
        Text(
            id: id,
            type: "kasus.dipindah",
            posyandu: posyandu,
            data: #"{"kasus":"\#(record.text)","dari":"\#(from)","ke":"\#(to)","oleh":"\#(role)"\#(more)}"#
        )
    }
}
