// A house: six components, the category they make, and the papers for its rehabilitation.
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
        var category: Category
        var cause: Cause?

        enum CodingKeys: String, CodingKey {
            case roof = "atap"
            case walls = "dinding"
            case floor = "lantai"
            case ventilation = "ventilasi"
            case lighting = "pencahayaan"
            case healthyLatrine = "jamban_sehat"
            case category = "kategori"
            case cause = "sebab"
        }

        var components: [(name: String, value: String)] {
            [
                ("atap", roof), ("dinding", walls), ("lantai", floor), ("ventilasi", ventilation),
                ("pencahayaan", lighting), ("jamban_sehat", healthyLatrine ? "ya" : "tidak"),
            ]
        }
    }

    let type: RecordType = "perumahan_rakyat.rtlh"
    let rule: CategoryRule
    let desk: CaseDesk

    func validate(_ payload: Documented<Form>) -> [Violation] {
        // After a disaster and under relocation the category stands as assessed on the spot.
        guard payload.cause ?? .ordinary == .ordinary else { return [] }
        let bad = rule.badCount(payload.components)
        let expected: Form.Category = rule.isSubstandard(badCount: bad) ? .substandard : .standard
        guard payload.category != expected else { return [] }
        let message = "\(bad) komponen buruk (RTLH mulai \(rule.minimum)): kategori seharusnya \(expected.rawValue)"
        return [Violation("rtlh.kategori", field: "kategori", message)]
    }

    func apply(_ payload: Documented<Form>, in context: Context) -> [Effect] {
        var fields: Fields = [
            "atap": .text(payload.roof),
            "dinding": .text(payload.walls),
            "lantai": .text(payload.floor),
            "ventilasi": .text(payload.ventilation),
            "pencahayaan": .text(payload.lighting),
            "jamban_sehat": .flag(payload.healthyLatrine),
            "kategori": .text(payload.category.rawValue),
            "sebab": .text((payload.cause ?? .ordinary).rawValue),
            "komponen_buruk": .integer(rule.badCount(payload.components)),
        ]
        payload.documents.put(into: &fields)
        guard payload.category == .substandard else { return [.put(fields)] }
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
        let substandard = payload.category == .substandard
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
