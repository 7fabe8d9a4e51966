// A house: six components, the score and category they make, and the papers for its rehabilitation.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Lists a house. The first listing that finds it sub-standard opens a case.
///
/// An ordinary sub-standard house concerns no legal service, one hit by a disaster 26, one under relocation 27
/// (domain §4.5).
struct House: RecordHandler {
    struct Form: Decodable, Sendable {
        enum Category: String, Decodable, Sendable {
            case standard = "layak_huni"
            case substandard = "rtlh"
        }
        enum Cause: String, Decodable, Sendable {
            case ordinary = "biasa"
            case disaster = "bencana"
            case relocation = "relokasi"
        }

        var roof: String
        var walls: String
        var floor: String
        var ventilation: String
        var lighting: String
        var healthyLatrine: Bool
        /// As the kader judged it; nil when the form leaves it to the score.
        var category: Category?
        var cause: Cause?
        var nearIndustry: Bool?
        var point: MapPoint?

        enum CodingKeys: String, CodingKey {
            case roof = "atap"
            case walls = "dinding"
            case floor = "lantai"
            case ventilation = "ventilasi"
            case lighting = "pencahayaan"
            case healthyLatrine = "jamban_sehat"
            case category = "kategori"
            case cause = "sebab"
            case nearIndustry = "dekat_industri"
            case point = "titik"
        }

        var components: [HouseScore.Component] {
            [
                ("atap", roof), ("dinding", walls), ("lantai", floor), ("ventilasi", ventilation),
                ("pencahayaan", lighting), ("jamban_sehat", healthyLatrine ? "ya" : "tidak"),
            ]
        }
    }

    let type: RecordType = "perumahan_rakyat.rtlh"
    let rule: HouseScore
    let desk: CaseDesk

    func validate(_ payload: Documented<Form>) -> [Violation] {
        // After a disaster and under relocation the category stands as assessed on the spot.
        guard payload.cause ?? .ordinary == .ordinary else {
            guard payload.category == nil else { return [] }
            return [Violation("rtlh.kategori", field: "kategori", "bencana dan relokasi: kategori dinilai di tempat")]
        }
        let expected = scored(payload.form)
        guard let category = payload.category, category != expected else { return [] }
        let message = "\(rule.explanation(payload.components)): kategori seharusnya \(expected.rawValue)"
        return [Violation("rtlh.kategori", field: "kategori", message)]
    }

    private func scored(_ form: Form) -> Form.Category {
        rule.isSubstandard(form.components) ? .substandard : .standard
    }

    private func category(_ form: Form) -> Form.Category { form.category ?? scored(form) }

    func apply(_ payload: Documented<Form>, in context: Context) -> [Effect] {
        var fields: Fields = [
            "atap": .text(payload.roof),
            "dinding": .text(payload.walls),
            "lantai": .text(payload.floor),
            "ventilasi": .text(payload.ventilation),
            "pencahayaan": .text(payload.lighting),
            "jamban_sehat": .flag(payload.healthyLatrine),
            "kategori": .text(category(payload.form).rawValue),
            "sebab": .text((payload.cause ?? .ordinary).rawValue),
            "komponen_buruk": .integer(rule.badCount(payload.components)),
            "skor": .decimal(rule.score(payload.components)),
            "penjelasan": .text(rule.explanation(payload.components)),
            "foto_tiga_sisi": .flag(!payload.documents.missing.contains(where: OfficePapers.photographs.contains)),
        ]
        fields["dekat_industri"] = payload.nearIndustry.map { .flag($0) }
        fields["titik"] = payload.point.map { .point($0) }
        payload.documents.put(into: &fields)
        guard category(payload.form) == .substandard else { return [.put(fields)] }
        let priority: Priority?
        switch payload.cause ?? .ordinary {
        case .ordinary:
            priority = nil
        case .disaster:
            fields["layanan_spm"] = .text("26")
            priority = .high
        case .relocation:
            fields["layanan_spm"] = .text("27")
            priority = nil
        }
        let known = context.latest(type)?.fields.text("kategori") == Form.Category.substandard.rawValue
        guard !known else { return [.put(fields)] }
        return [.put(fields)] + desk.open("rtlh", priority: priority, documents: payload.documents)
    }

    func summarise(_ record: Record<Documented<Form>>) -> [Contribution] {
        let payload = record.payload
        let month = record.date.period
        let household = record.context.subject?.id
        let substandard = category(payload.form) == .substandard
        var indicators = ["perumahan_rakyat.rumah_didata"]
        if substandard { indicators.append("perumahan_rakyat.rtlh") }
        if substandard, payload.cause == .disaster { indicators.append("perumahan_rakyat.rtlh_bencana") }
        if substandard, payload.cause == .relocation { indicators.append("perumahan_rakyat.rtlh_relokasi") }
        if !payload.healthyLatrine { indicators.append("perumahan_rakyat.tanpa_jamban_sehat") }
        var contributions = indicators.map { Contribution($0, month, subject: household) }
        contributions.append(
            Contribution(
                "perumahan_rakyat.rtlh_belum_tertangani",
                month,
                subject: household,
                value: substandard ? 1 : 0
            )
        )
        return contributions
    }
}
