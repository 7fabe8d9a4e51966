// The facilities that are inspected where they stand: basins, water lines, roads.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Condition in three grades.
enum Condition: String, Decodable, Sendable {
    case good = "baik"
    case lightlyDamaged = "rusak_ringan"
    case badlyDamaged = "rusak_berat"

    var damage: Damage {
        switch self {
        case .good: .none
        case .lightlyDamaged: .light
        case .badlyDamaged: .heavy
        }
    }
}

/// A retention basin (embung).
struct Basin: InspectionForm {
    static let type: RecordType = "pekerjaan_umum.embung"
    static let inspected = "pekerjaan_umum.embung_diperiksa"
    static let damaged = "pekerjaan_umum.embung_rusak"

    var place: String
    var condition: Condition
    var problems: String?
    var action: String?
    var point: MapPoint?

    enum CodingKeys: String, CodingKey {
        case place = "lokasi"
        case condition = "kondisi_fisik"
        case problems = "permasalahan"
        case action = "tindakan"
        case point = "titik"
    }

    var damage: Damage { condition.damage }
    var isOnMap: Bool { point != nil }
    var caseReason: String { "embung_" + condition.rawValue }

    var violations: [Violation] {
        guard damage != .none, !problems.isWritten else { return [] }
        return [Violation("embung.permasalahan", field: "permasalahan", "embung rusak: tuliskan permasalahannya")]
    }

    var fields: Fields {
        var fields: Fields = ["lokasi": .text(place), "kondisi_fisik": .text(condition.rawValue)]
        fields["permasalahan"] = problems.map { .text($0) }
        fields["tindakan"] = action.map { .text($0) }
        fields["titik"] = point.map { .point($0) }
        return fields
    }
}

/// A line of the rural water network (jaringan air).
struct WaterLine: InspectionForm {
    enum Severity: String, Decodable, Sendable {
        case none = "tidak_ada"
        case light = "ringan"
        case heavy = "berat"
    }

    static let type: RecordType = "pekerjaan_umum.jaringan_air"
    static let inspected = "pekerjaan_umum.jaringan_diperiksa"
    static let damaged = "pekerjaan_umum.jaringan_rusak"

    var line: String
    var severity: Severity
    var cause: String?
    var advice: String?
    var course: MapLine?

    enum CodingKeys: String, CodingKey {
        case line = "jalur"
        case severity = "kerusakan"
        case cause = "penyebab"
        case advice = "rekomendasi"
        case course = "garis"
    }

    var isOnMap: Bool { course != nil }

    var damage: Damage {
        switch severity {
        case .none: .none
        case .light: .light
        case .heavy: .heavy
        }
    }
    var caseReason: String { "jaringan_air_rusak_" + severity.rawValue }

    var violations: [Violation] {
        guard damage != .none, !cause.isWritten else { return [] }
        return [Violation("jaringan_air.penyebab", field: "penyebab", "jaringan rusak: tuliskan penyebabnya")]
    }

    var fields: Fields {
        var fields: Fields = ["jalur": .text(line), "kerusakan": .text(severity.rawValue)]
        fields["penyebab"] = cause.map { .text($0) }
        fields["rekomendasi"] = advice.map { .text($0) }
        fields["garis"] = course?.fieldValue
        fields["panjang_garis_m"] = course.map { .integer($0.metres) }
        return fields
    }
}

/// A stretch of village road (jalan desa). It concerns no legal SPM service.
struct Road: InspectionForm {
    enum Surface: String, Decodable, Sendable {
        case good = "baik"
        case fair = "sedang"
        case lightlyDamaged = "rusak_ringan"
        case badlyDamaged = "rusak_berat"
    }

    static let type: RecordType = "pekerjaan_umum.jalan"
    static let inspected = "pekerjaan_umum.jalan_didata"
    static let damaged = "pekerjaan_umum.jalan_rusak"

    var stretch: String
    var surface: Surface
    /// Metres proposed for repair.
    var length: ExactDecimal?
    var impact: String?
    var proposal: String?
    var course: MapLine?

    enum CodingKeys: String, CodingKey {
        case stretch = "ruas"
        case surface = "kondisi"
        case length = "panjang_m"
        case impact = "dampak"
        case proposal = "usulan"
        case course = "garis"
    }

    var isOnMap: Bool { course != nil }

    var damage: Damage {
        switch surface {
        case .good, .fair: .none
        case .lightlyDamaged: .light
        case .badlyDamaged: .heavy
        }
    }
    var caseReason: String { "jalan_" + surface.rawValue }

    var violations: [Violation] {
        var violations: [Violation] = []
        if damage != .none, !impact.isWritten {
            violations.append(Violation("jalan.dampak", field: "dampak", "jalan rusak: tuliskan dampaknya"))
        }
        if damage != .none, !proposal.isWritten {
            violations.append(Violation("jalan.usulan", field: "usulan", "jalan rusak: tuliskan usulan perbaikan"))
        }
        if damage == .none, length != nil, !proposal.isWritten {
            violations.append(Violation("jalan.panjang", field: "usulan", "panjang diisi, tetapi belum ada usulan"))
        }
        return violations
    }

    var fields: Fields {
        var fields: Fields = ["ruas": .text(stretch), "kondisi": .text(surface.rawValue)]
        fields["panjang_m"] = length.map { .decimal($0) }
        fields["dampak"] = impact.map { .text($0) }
        fields["usulan"] = proposal.map { .text($0) }
        fields["garis"] = course?.fieldValue
        fields["panjang_garis_m"] = course.map { .integer($0.metres) }
        return fields
    }

    /// Why no such length can be proposed on a line of this length; nothing when the form lacks one of the two.
    ///
    /// - Parameter tolerance: per cent by which the proposal may be longer than the line.
    func tooLong(tolerance: Int) -> [Violation] {
        guard let length, let metres = course?.metres,
            let proposed = length.multiplied(by: 100),
            let longest = ExactDecimal(metres).multiplied(by: 100 + tolerance),
            proposed > longest
        else { return [] }
        let message = "panjang usulan \(length) m, padahal ruas di peta \(metres) m"
        return [Violation("jalan.panjang_peta", field: "panjang_m", message)]
    }

    func more(_ month: Period) -> [Contribution] {
        guard proposal.isWritten else { return [] }
        let proposed = Contribution("pekerjaan_umum.jalan_diusulkan", month)
        guard let length else { return [proposed] }
        return [proposed, Contribution("pekerjaan_umum.jalan_diusulkan_m", month, value: length)]
    }
}
