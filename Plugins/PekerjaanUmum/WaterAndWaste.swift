// Clean water and waste water at a place.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Takes findings on water (legal service 24) and waste water (25); any bad finding opens a case.
struct WaterAndWaste: RecordHandler {
    struct Form: Decodable, Sendable {
        enum Water: String, Decodable, Sendable {
            case safe = "aman"
            case scarce = "kurang"
            case foul = "keruh_berbau"
            case absent = "tidak_ada"
        }
        enum Waste: String, Decodable, Sendable {
            case safe = "aman"
            case undrained = "tanpa_saluran"
            case stagnant = "tergenang"
            case polluting = "mencemari"
        }

        var place: String
        var point: MapPoint?
        var water: Water?
        var waste: Waste?
        var needs: String?
        var advice: String?

        enum CodingKeys: String, CodingKey {
            case place = "lokasi"
            case point = "titik"
            case water = "temuan_air"
            case waste = "temuan_limbah"
            case needs = "kebutuhan"
            case advice = "rekomendasi"
        }

        var waterIsBad: Bool { water.map { $0 != .safe } ?? false }
        var wasteIsBad: Bool { waste.map { $0 != .safe } ?? false }
    }

    let type: RecordType = "pekerjaan_umum.air_limbah"
    let desk: CaseDesk

    func validate(_ payload: Documented<Form>) -> [Violation] {
        if payload.water == nil, payload.waste == nil {
            return [
                Violation(
                    "air_limbah.temuan",
                    field: "temuan_air",
                    "isi temuan air bersih, temuan limbah, atau keduanya"
                )
            ]
        }
        guard payload.waterIsBad || payload.wasteIsBad, !payload.advice.isWritten else { return [] }
        return [Violation("air_limbah.rekomendasi", field: "rekomendasi", "ada temuan: tuliskan rekomendasi")]
    }

    func apply(_ payload: Documented<Form>, in context: Context) -> [Effect] {
        var fields: Fields = ["lokasi": .text(payload.place)]
        fields["temuan_air"] = payload.water.map { .text($0.rawValue) }
        fields["temuan_limbah"] = payload.waste.map { .text($0.rawValue) }
        fields["kebutuhan"] = payload.needs.map { .text($0) }
        fields["rekomendasi"] = payload.advice.map { .text($0) }
        fields["titik"] = payload.point.map { .point($0) }
        let papers = payload.documents.ticking(OfficePapers.mapPoint, if: payload.point != nil)
        papers.put(into: &fields)
        let reason: String
        let services: String
        switch (payload.waterIsBad, payload.wasteIsBad) {
        case (false, false): return [.put(fields)]
        case (true, false): (reason, services) = ("temuan_air", "24")
        case (false, true): (reason, services) = ("temuan_limbah", "25")
        case (true, true): (reason, services) = ("temuan_air_limbah", "24 25")
        }
        fields["layanan_spm"] = .text(services)
        return [.put(fields)] + desk.open(reason, priority: nil, documents: papers)
    }

    func summarise(_ record: Record<Documented<Form>>) -> [Contribution] {
        var indicators = ["pekerjaan_umum.air_limbah_diperiksa"]
        if record.payload.waterIsBad { indicators.append("pekerjaan_umum.air_bermasalah") }
        if record.payload.wasteIsBad { indicators.append("pekerjaan_umum.limbah_bermasalah") }
        return indicators.map { Contribution($0, record.date.period) }
    }
}
