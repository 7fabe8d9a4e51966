// The monthly recap of a posyandu that still reports on paper: sums made by people, kept apart from records.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// One line of a recap sheet. Its values are figures already: the daemon counts them only where no record does.
struct MonthlyRecap: RecordHandler {
    struct Payload: Decodable, Sendable {
        var register: String
        var month: String
        /// `kesehatan.d_l=12`.
        var values: [String]?
        /// `46=3`: cells of columns that count nowhere, kept as they were reported.
        var uncounted: [String]?

        enum CodingKeys: String, CodingKey {
            case register
            case month = "bulan"
            case values = "nilai"
            case uncounted = "tidak_dihitung"
        }
    }

    let type: RecordType = "kesehatan.rekap_bulanan"
    /// The indicators of the manifest that a month has a figure of.
    private let indicators: Set<String>
    /// Register → the rules its lines keep.
    private let rules: [String: [Manifest.Rule]]

    init(_ setup: Setup) throws {
        switch Manifest.parse(setup.manifest, file: "sector.json") {
        case .failure(let findings): throw SetupError("the manifest cannot be read: \(findings)")
        case .success(let manifest):
            indicators = Set(manifest.indicators.filter { $0.kind != .ratio && $0.period == .month }.map(\.name))
            rules = Dictionary(
                manifest.registers.map { ($0.name, $0.recap?.rules ?? []) },
                uniquingKeysWith: { first, _ in first }
            )
        }
    }

    func validate(_ payload: Payload) -> [Violation] {
        var values: [String: Int] = [:]
        var violations: [Violation] = []
        for (name, value) in Self.parts(payload.values) {
            if !indicators.contains(name) {
                violations.append(Violation("rekap.indikator", field: "nilai", "\(name) tidak dikenal"))
            } else if values.updateValue(value, forKey: name) != nil {
                violations.append(Violation("rekap.ganda", field: "nilai", "\(name) diisi dua kali"))
            }
        }
        for rule in rules[payload.register] ?? [] {
            if let message = rule.broken(by: values) {
                violations.append(Violation("rekap.aturan", field: "nilai", message))
            }
        }
        return violations
    }

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard context.date.period.description == payload.month else {
            let message = "bulan rekap \(payload.month) bukan bulan tanggal catatan \(context.date)"
            return [.reject(Violation("rekap.bulan", field: "bulan", message))]
        }
        var fields: Fields = ["register": .text(payload.register), "bulan": .text(payload.month)]
        if let values = payload.values { fields["nilai"] = .list(values.map { .text($0) }) }
        if let cells = payload.uncounted { fields["tidak_dihitung"] = .list(cells.map { .text($0) }) }
        return [.put(fields)]
    }

    /// The recap itself stands where a resident would: it names nobody.
    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let context = record.context
        return Self.parts(record.payload.values).map { name, value in
            Contribution(name, context.date.period, subject: context.record, value: ExactDecimal(value))
        }
    }

    private static func parts(_ values: [String]?) -> [(name: String, value: Int)] {
        (values ?? []).compactMap { text in
            let parts = text.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let value = Int(parts[1]) else { return nil }
            return (String(parts[0]), value)
        }
    }
}
