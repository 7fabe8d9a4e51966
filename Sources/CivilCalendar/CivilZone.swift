// The three civil times of Indonesia.
// SPDX-License-Identifier: Apache-2.0

/// A civil time of Indonesia (Keppres 41/1987): a fixed distance from UTC, without summer time.
///
/// Fixed here and not asked of the system, so that a deadline is the same under any `TZ` and on a machine without zone files.
package enum CivilZone: String, CaseIterable, Sendable {
    /// Waktu Indonesia Barat.
    case wib = "WIB"
    /// Waktu Indonesia Tengah.
    case wita = "WITA"
    /// Waktu Indonesia Timur.
    case wit = "WIT"

    /// Reads `WIB`, `+07:00`, or a name of the tz database such as `Asia/Jakarta`; nil for any other zone.
    package init?(_ name: String) {
        switch name {
        case "WIB", "+07:00", "Asia/Jakarta", "Asia/Pontianak": self = .wib
        case "WITA", "+08:00", "Asia/Makassar", "Asia/Ujung_Pandang": self = .wita
        case "WIT", "+09:00", "Asia/Jayapura": self = .wit
        default: return nil
        }
    }

    /// Seconds east of UTC.
    package var offset: Int {
        switch self {
        case .wib: 25_200
        case .wita: 28_800
        case .wit: 32_400
        }
    }

    /// What ``init(_:)`` reads, for messages.
    package static let known = "Asia/Jakarta, Asia/Pontianak, Asia/Makassar, Asia/Jayapura, WIB, WITA, WIT"
}
