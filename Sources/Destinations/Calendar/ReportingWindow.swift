// A reporting window of a destination, and how it stands at a moment.
// SPDX-License-Identifier: Apache-2.0

package import CivilCalendar
package import PluginKit

/// When a destination takes the documents of one kind and period. Windows are irregular: data, never a rule.
package struct ReportingWindow: Sendable, Hashable {
    /// What the destination, or a letter, says of it.
    package enum State: String, CaseIterable, Sendable {
        case open = "buka"
        case closed = "tutup"
        case extended = "diperpanjang"
    }

    package var destination: String
    package var kind: DocumentKind
    package var period: Period
    /// µs since 1970 UTC; nil when it was open from the start, or when no closing is known.
    package var opensAt: Int64?
    package var closesAt: Int64?
    package var state: State
    /// The letter, page or screen that says so.
    package var source: String
    /// 1, and one more with each change.
    package var revision: Int

    /// The last day on which it is open, in the zone of the kabupaten.
    package func closingDay(in zone: CivilZone) -> CivilDate? {
        closesAt.map { Instant(seconds: Int(($0 - 1) / 1_000_000)).date(in: zone) }
    }

    package func isClosed(at now: Int64) -> Bool {
        state == .closed || closesAt.map { $0 <= now } ?? false
    }

    /// - Parameter isAcknowledged: whether the destination has the newest document of it.
    package func standing(at now: Int64, isAcknowledged: Bool) -> WindowStanding {
        if isAcknowledged { return .done }
        if isClosed(at: now) { return .late }
        if let opensAt, opensAt > now { return .notYet }
        return .open
    }
}

/// How a window stands for us.
package enum WindowStanding: String, Sendable {
    case notYet = "BELUM_BUKA"
    case open = "BUKA"
    /// Acknowledged.
    case done = "SELESAI"
    /// Closed, and nothing acknowledged: the document is kept and goes another way.
    case late = "TERLAMBAT"
}
