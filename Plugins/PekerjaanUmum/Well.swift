// A household's groundwater well: condition, sanitary risk, distance to the nearest septic tank.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Inspects a well. The first inspection that finds it badly damaged opens a case.
struct Well: RecordHandler {
    struct Form: Decodable, Sendable {
        enum Risk: String, Decodable, Sendable {
            case low = "rendah"
            case medium = "sedang"
            case high = "tinggi"
        }

        var condition: Condition
        var sanitaryRisk: Risk?
        /// Metres to the nearest septic tank.
        var septicDistance: ExactDecimal?
        var action: String?
        var point: MapPoint?

        enum CodingKeys: String, CodingKey {
            case condition = "kondisi"
            case sanitaryRisk = "risiko_sanitasi"
            case septicDistance = "jarak_septik_m"
            case action = "tindakan"
            case point = "titik"
        }
    }

    let type: RecordType = "pekerjaan_umum.sumur"
    /// Metres; a septic tank nearer than this puts the well at risk.
    let safeDistance: ExactDecimal
    let desk: CaseDesk

    func validate(_ payload: Documented<Form>) -> [Violation] {
        guard let distance = payload.septicDistance, distance <= 0 else { return [] }
        return [Violation("sumur.jarak", field: "jarak_septik_m", "jarak \(distance) m: ukur ulang")]
    }

    func apply(_ payload: Documented<Form>, in context: Context) -> [Effect] {
        var fields: Fields = ["kondisi": .text(payload.condition.rawValue), "risiko": .flag(isAtRisk(payload))]
        fields["risiko_sanitasi"] = payload.sanitaryRisk.map { .text($0.rawValue) }
        fields["jarak_septik_m"] = payload.septicDistance.map { .decimal($0) }
        fields["tindakan"] = payload.action.map { .text($0) }
        fields["titik"] = payload.point.map { .point($0) }
        let papers = payload.documents.ticking(OfficePapers.mapPoint, if: payload.point != nil)
        papers.put(into: &fields)
        let known = context.latest(type)?.fields.text("kondisi") == Condition.badlyDamaged.rawValue
        guard payload.condition == .badlyDamaged, !known else { return [.put(fields)] }
        return [.put(fields)] + desk.open(payload.condition.rawValue, priority: nil, documents: papers)
    }

    func summarise(_ record: Record<Documented<Form>>) -> [Contribution] {
        let month = record.date.period
        let household = record.context.subject?.id
        let atRisk = isAtRisk(record.payload)
        let damaged = record.payload.condition != .good
        var contributions = [Contribution("pekerjaan_umum.sumur_diperiksa", month, subject: household)]
        if damaged { contributions.append(Contribution("pekerjaan_umum.sumur_rusak", month, subject: household)) }
        if atRisk { contributions.append(Contribution("pekerjaan_umum.sumur_berisiko", month, subject: household)) }
        let fit: ExactDecimal = damaged || atRisk ? 0 : 1
        contributions.append(Contribution("pekerjaan_umum.sumur_layak", month, subject: household, value: fit))
        return contributions
    }

    private func isAtRisk(_ payload: Documented<Form>) -> Bool {
        if payload.condition == .badlyDamaged || payload.sanitaryRisk == .high { return true }
        return payload.septicDistance.map { $0 < safeDistance } ?? false
    }
}
