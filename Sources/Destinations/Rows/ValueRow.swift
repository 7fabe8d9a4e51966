// A snapshot as single values, for dialects that know no rows with numerator and denominator.
// SPDX-License-Identifier: Apache-2.0

internal import PluginKit
internal import Summaries

/// One number of one area, under the destination's own names.
struct ValueRow: Sendable, Hashable {
    /// Data element, `kodeindikator`.
    var code: String
    /// The destination's name of the area.
    var area: String
    /// Disaggregation of the destination; empty where it has none.
    var option = ""
    /// Exact decimal text.
    var value: String

    /// What the destination keeps one value of.
    struct Key: Hashable, Sendable {
        var code: String
        var area: String
        var option: String
    }

    var key: Key { Key(code: code, area: area, option: option) }

    /// Where it stands in a document.
    var shown: ShownFigure { ShownFigure(code: code, area: area, option: option) }
}

extension SnapshotRows {
    /// The values of the kinds that are sent, by area, then code. What has no data has no value: it is left out, never 0.
    ///
    /// A ratio whose mapping names a numerator and a denominator becomes two values, else one, the percentage.
    func values() throws(PlanError) -> [ValueRow] {
        var values: [ValueRow] = []
        for kind in DocumentKind.all where settings.kinds.contains(kind) {
            for row in try rows(kind) {
                let rule = row.rule
                if rule == nil, settings.mapping.unmapped == .skip { continue }
                let area = settings.dialect.orgUnits.name(row.area)
                let option = rule?.option ?? ""
                if row.isRatio, let numerator = rule?.numerator, let denominator = rule?.denominator {
                    guard try row.value() != nil, let top = row.numerator, let bottom = row.denominator else {
                        continue
                    }
                    values.append(ValueRow(code: numerator, area: area, option: option, value: top.description))
                    values.append(ValueRow(code: denominator, area: area, option: option, value: bottom.description))
                } else if let value = try row.value() {
                    values.append(ValueRow(code: row.code, area: area, option: option, value: value))
                }
            }
        }
        values.sort { ($0.area, $0.code, $0.option) < ($1.area, $1.code, $1.option) }
        for (one, next) in zip(values, values.dropFirst()) where one.key == next.key {
            throw PlanError(.duplicateRow, "\(one.code) of \(one.area) is there twice")
        }
        return values
    }

    /// The values cut into requests: the first has the kind's own name, the others a number behind it.
    func parts(_ values: [ValueRow], kind: String) -> [(kind: DocumentKind, values: ArraySlice<ValueRow>)] {
        let size = max(1, settings.dialect.maximumRows)
        return stride(from: 0, to: values.count, by: size).map { start in
            let name = start == 0 ? kind : "\(kind)-\(start / size + 1)"
            return (DocumentKind(rawValue: name), values[start..<min(start + size, values.count)])
        }
    }
}

/// What a destination shows, compared with what we sent, where no revision or digest says it.
enum ValueComparison {
    /// - Parameters:
    ///   - shown: everything the pages held so far.
    ///   - isComplete: there is no further page.
    static func finding(_ sent: [ValueRow], _ shown: [ValueRow.Key: String], isComplete: Bool) -> ReadBackFinding {
        var found = 0
        var equal = 0
        for row in sent {
            guard let value = shown[row.key] else { continue }
            found += 1
            if isEqual(row.value, value) { equal += 1 }
        }
        if equal == sent.count { return .same }
        guard isComplete else { return .more }
        return found == 0 ? .absent : .behind(revision: 0)
    }

    /// `84`, `84.0` and `84.00` are one number.
    static func isEqual(_ one: String, _ other: String) -> Bool {
        if one == other { return true }
        guard let left = ExactDecimal(one), let right = ExactDecimal(other) else { return false }
        return left.normalised.mantissa == right.normalised.mantissa && left.normalised.scale == right.normalised.scale
    }
}
