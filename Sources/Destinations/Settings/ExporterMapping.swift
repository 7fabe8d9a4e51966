// How our indicators are called at a destination.
// SPDX-License-Identifier: Apache-2.0

package import PluginKit

/// Names and codes of a destination, as data with a version of its own. A document names the version it was made with.
package struct ExporterMapping: Sendable {
    /// What becomes of an indicator that no rule names.
    package enum Unmapped: String, Sendable, Hashable {
        /// It is sent under its own name in capitals.
        case passThrough = "pass-through"
        /// The plan fails and names it: nothing is sent.
        case fail
        /// It is left out.
        case skip
    }

    /// What one indicator is at the destination.
    package struct IndicatorRule: Sendable, Hashable {
        /// `kodeindikator`.
        package var code: String
        /// Codes of the sub kegiatan that pay for it, sorted by the caller's wish; sent as they stand.
        package var subkegiatan: [String]
        /// Decimals of `nilai`; `nil` takes the most that any row of the indicator needs.
        package var scale: Int?
        /// Codes of a ratio's two parts, where the destination wants them instead of the percentage.
        package var numerator: String?
        package var denominator: String?
        /// Disaggregation, where the destination has one (DHIS2: category option combo).
        package var option: String?

        package init(
            code: String,
            subkegiatan: [String] = [],
            scale: Int? = nil,
            numerator: String? = nil,
            denominator: String? = nil,
            option: String? = nil
        ) {
            self.code = code
            self.subkegiatan = subkegiatan
            self.scale = scale
            self.numerator = numerator
            self.denominator = denominator
            self.option = option
        }
    }

    /// Version of this mapping, any words; stored with every document.
    package var version: String
    /// Name of the list of sub kegiatan in use, `900.1-2850/2025`.
    package var nomenclature: String
    package var indicators: [String: IndicatorRule]
    package var unmapped: Unmapped

    package init(
        version: String,
        nomenclature: String,
        indicators: [String: IndicatorRule] = [:],
        unmapped: Unmapped = .passThrough
    ) {
        self.version = version
        self.nomenclature = nomenclature
        self.indicators = indicators
        self.unmapped = unmapped
    }

    /// The rule for an indicator; `nil` leaves it out.
    func rule(for indicator: String) throws(PlanError) -> IndicatorRule? {
        if let rule = indicators[indicator] { return rule }
        switch unmapped {
        case .passThrough: return IndicatorRule(code: indicator.uppercased())
        case .skip: return nil
        case .fail: throw PlanError(.unmappedIndicator, "indicator \(indicator) has no rule in mapping \(version)")
        }
    }
}

/// One version of a mapping with the days on which it is valid, both inclusive.
package struct DatedMapping: Sendable {
    package var from: CivilDate?
    package var to: CivilDate?
    package var mapping: ExporterMapping

    package init(from: CivilDate?, to: CivilDate?, mapping: ExporterMapping) {
        self.from = from
        self.to = to
        self.mapping = mapping
    }

    func isValid(on day: CivilDate) -> Bool { from.map { $0 <= day } ?? true && to.map { day <= $0 } ?? true }
}
