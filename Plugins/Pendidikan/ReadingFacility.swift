// A library or reading corner: is it there, how many books, in what condition.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Takes the inventory of a reading facility. A facility in condition *kurang* opens a case.
struct ReadingFacility: RecordHandler {
    struct Payload: Decodable, Sendable {
        enum Availability: String, Decodable, Sendable {
            case there = "ada"
            case missing = "tidak_ada"
        }
        enum Condition: String, Decodable, Sendable {
            case good = "baik"
            case fair = "cukup"
            case poor = "kurang"
        }

        var name: String
        var kind: String
        var availability: Availability
        var books: Int?
        var condition: Condition?
        var access: String?
        var note: String?
        var point: MapPoint?

        enum CodingKeys: String, CodingKey {
            case name = "nama_fasilitas"
            case kind = "jenis_fasilitas"
            case availability = "ketersediaan"
            case books = "jumlah_buku"
            case condition = "kondisi"
            case access = "akses"
            case note = "catatan"
            case point = "titik"
        }
    }

    let type: RecordType = "pendidikan.perpustakaan"

    func validate(_ payload: Payload) -> [Violation] {
        let books = payload.books ?? 0
        switch payload.availability {
        case .missing:
            guard books > 0 else { return [] }
            return [
                Violation("perpustakaan.buku", field: "jumlah_buku", "fasilitas tidak ada, tetapi jumlah buku diisi")
            ]
        case .there:
            var violations: [Violation] = []
            if books <= 0 {
                violations.append(
                    Violation("perpustakaan.buku", field: "jumlah_buku", "jumlah buku harus lebih dari 0")
                )
            }
            if payload.condition == nil {
                violations.append(Violation("perpustakaan.kondisi", field: "kondisi", "kondisi fasilitas belum diisi"))
            }
            if payload.access == nil {
                violations.append(Violation("perpustakaan.akses", field: "akses", "akses ke fasilitas belum diisi"))
            }
            return violations
        }
    }

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        var fields: Fields = [
            "nama_fasilitas": .text(payload.name),
            "jenis_fasilitas": .text(payload.kind),
            "ketersediaan": .text(payload.availability.rawValue),
            "jumlah_buku": .integer(payload.books ?? 0),
        ]
        fields["kondisi"] = payload.condition.map { .text($0.rawValue) }
        fields["akses"] = payload.access.map { .text($0) }
        fields["catatan"] = payload.note.map { .text($0) }
        fields["titik"] = payload.point.map { .point($0) }
        guard payload.condition == .poor else { return [.put(fields)] }
        return [.put(fields), .openCase(reason: "kondisi_kurang")]
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let month = record.date.period
        let books = ExactDecimal(record.payload.books ?? 0)
        let inventory = [
            Contribution("pendidikan.buku", month, value: books),
            Contribution("pendidikan.buku_didata", month, value: books),
        ]
        guard record.payload.availability == .there else { return inventory }
        return [Contribution("pendidikan.fasilitas_baca", month)] + inventory
    }
}
