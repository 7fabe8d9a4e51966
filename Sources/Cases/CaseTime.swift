// The kabupaten's days: its zone and its working days.
// SPDX-License-Identifier: Apache-2.0
package import PluginKit

/// Turns moments into civil days of the kabupaten, never of UTC or of this computer.
package struct CaseTime: Hashable, Sendable {
    package let calendar: WorkCalendar
    /// Distance of the kabupaten's civil time from UTC, in seconds: +25,200 in WIB.
    package let utcOffset: Int

    package init(calendar: WorkCalendar = WorkCalendar(), utcOffset: Int = 25_200) {
        self.calendar = calendar
        self.utcOffset = utcOffset
    }

    /// The day on which a moment falls.
    /// - Parameter microseconds: since 1970 in UTC.
    package func day(of microseconds: Int64) -> CivilDate {
        let seconds = Int(microseconds.floored(by: 1_000_000)) + utcOffset
        return CivilDate(daysSince1970: Int32(clamping: seconds.floored(by: 86_400)))
    }
}

extension BinaryInteger {
    /// The quotient rounded down, of negative numbers too.
    fileprivate func floored(by divisor: Self) -> Self {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
