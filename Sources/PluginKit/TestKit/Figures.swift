// Figures worked out from contributions, for fixtures.
// SPDX-License-Identifier: Apache-2.0

/// Indicator → period → figure, summed over posyandu. Shares no code with the registry's summaries, so that each checks
/// the other.
package struct Figures: Hashable, Sendable {
    /// A number, or the two numbers of a ratio.
    package enum Figure: Hashable, Sendable {
        case number(ExactDecimal)
        case ratio(numerator: ExactDecimal, denominator: ExactDecimal)
    }

    package private(set) var values: [String: [Period: Figure]] = [:]

    package init() {}

    /// One applied record and what it adds.
    package struct Source: Sendable {
        package var posyandu: String
        package var date: CivilDate
        package var contributions: [Contribution]
        /// Whether its type is an aggregate: it counts only where no record of the indicator's family does.
        package var isAggregate: Bool

        package init(posyandu: String, date: CivilDate, contributions: [Contribution], isAggregate: Bool = false) {
            self.posyandu = posyandu
            self.date = date
            self.contributions = contributions
            self.isAggregate = isAggregate
        }
    }

    private struct Cell: Hashable {
        var indicator: String
        var period: Period
        var posyandu: String
    }

    /// - Parameter sources: in the order of the log; of two on one date the later one counts for a stock.
    /// - Throws: ``ExactDecimal/Overflow`` when a sum does not fit.
    package init(_ sources: [Source], _ manifest: Manifest) throws(ExactDecimal.Overflow) {
        var cells: [Cell: [(date: CivilDate, contribution: Contribution)]] = [:]
        let recorded = sources.filter { !$0.isAggregate }
        let aggregates = Figures.aggregates(sources.filter(\.isAggregate), besides: recorded, manifest)
        for source in recorded {
            for contribution in source.contributions {
                let cell = Cell(
                    indicator: contribution.indicator,
                    period: contribution.period,
                    posyandu: source.posyandu
                )
                cells[cell, default: []].append((source.date, contribution))
            }
        }
        var totals: [String: [Period: ExactDecimal]] = [:]
        for (cell, entries) in cells {
            guard let kind = manifest.indicator(cell.indicator)?.kind else { continue }
            let figure = try Figures.figure(kind, entries)
            totals[cell.indicator, default: [:]][cell.period] =
                try (totals[cell.indicator]?[cell.period] ?? 0) + figure
        }
        for (cell, value) in aggregates {
            totals[cell.indicator, default: [:]][cell.period] = try (totals[cell.indicator]?[cell.period] ?? 0) + value
        }
        for indicator in manifest.indicators where indicator.kind != .ratio {
            values[indicator.name] = totals[indicator.name]?.mapValues { .number($0) }
        }
        for indicator in manifest.indicators where indicator.kind == .ratio && indicator.of.count == 2 {
            let top = totals[indicator.of[0]] ?? [:]
            let bottom = totals[indicator.of[1]] ?? [:]
            for period in Set(top.keys).union(bottom.keys) {
                values[indicator.name, default: [:]][period] =
                    .ratio(numerator: top[period] ?? 0, denominator: bottom[period] ?? 0)
            }
        }
    }

    /// The figures of aggregates: the latest of each cell, where no record adds to the family.
    private static func aggregates(
        _ sources: [Source],
        besides recorded: [Source],
        _ manifest: Manifest
    ) -> [Cell: ExactDecimal] {
        guard !sources.isEmpty else { return [:] }
        func cell(_ contribution: Contribution, _ posyandu: String, _ indicator: String) -> Cell {
            Cell(indicator: indicator, period: contribution.period, posyandu: posyandu)
        }
        var families: Set<Cell> = []
        for source in recorded {
            for contribution in source.contributions {
                families.insert(cell(contribution, source.posyandu, manifest.family(of: contribution.indicator)))
            }
        }
        var latest: [Cell: (date: CivilDate, value: ExactDecimal)] = [:]
        for source in sources {
            for contribution in source.contributions {
                let family = manifest.family(of: contribution.indicator)
                guard !families.contains(cell(contribution, source.posyandu, family)) else { continue }
                let place = cell(contribution, source.posyandu, contribution.indicator)
                if let known = latest[place], source.date < known.date { continue }
                latest[place] = (source.date, contribution.value)
            }
        }
        return latest.mapValues(\.value)
    }

    private static func figure(
        _ kind: Manifest.Indicator.Kind,
        _ entries: [(date: CivilDate, contribution: Contribution)]
    ) throws(ExactDecimal.Overflow) -> ExactDecimal {
        switch kind {
        case .count: return ExactDecimal(entries.count)
        case .distinct: return ExactDecimal(Set(entries.compactMap(\.contribution.subject)).count)
        case .sum, .ratio:
            var sum: ExactDecimal = 0
            for entry in entries { sum = try sum + entry.contribution.value }
            return sum
        case .stock:
            var latest: [String: (date: CivilDate, value: ExactDecimal)] = [:]
            for entry in entries {
                let subject = entry.contribution.subject ?? ""
                if let known = latest[subject], entry.date < known.date { continue }
                latest[subject] = (entry.date, entry.contribution.value)
            }
            var sum: ExactDecimal = 0
            for entry in latest.values { sum = try sum + entry.value }
            return sum
        }
    }

    /// Reads `figures` of a fixture.
    package init(_ json: JSONValue) throws(WireError) {
        for indicator in json.object?.members ?? [] {
            for member in indicator.value.object?.members ?? [] {
                guard let period = Period(member.name) else {
                    throw WireError("figures: '\(member.name)' is no period")
                }
                if let number = member.value.decimal {
                    values[indicator.name, default: [:]][period] = .number(number)
                } else if let top = member.value[0]?.decimal, let bottom = member.value[1]?.decimal {
                    values[indicator.name, default: [:]][period] = .ratio(numerator: top, denominator: bottom)
                } else {
                    throw WireError("figures: a figure is a number, or [numerator, denominator]")
                }
            }
        }
    }

    /// The figures with indicators and periods sorted.
    package var json: JSONValue {
        var object = JSONObject()
        for (indicator, periods) in values.sorted(by: { $0.key < $1.key }) {
            var figures = JSONObject()
            for (period, figure) in periods.sorted(by: { $0.key < $1.key }) {
                switch figure {
                case .number(let number): figures["\(period)"] = .number(JSONNumber(number))
                case .ratio(let top, let bottom):
                    figures["\(period)"] = [.number(JSONNumber(top)), .number(JSONNumber(bottom))]
                }
            }
            object[indicator] = .object(figures)
        }
        return .object(object)
    }
}
