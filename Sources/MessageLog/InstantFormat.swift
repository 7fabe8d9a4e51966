// Writes an instant as RFC 3339 text in the kabupaten's zone.
// SPDX-License-Identifier: Apache-2.0
import PluginKit

package enum InstantFormat {
    /// - Parameters:
    ///   - microseconds: since 1970 UTC.
    ///   - offset: seconds east of UTC.
    package static func text(_ microseconds: Int64, offset: Int) -> String {
        let seconds = Int((microseconds - (microseconds % 1_000_000 < 0 ? 1_000_000 : 0)) / 1_000_000) + offset
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let rest = seconds - days * 86_400
        let date = CivilDate(daysSince1970: Int32(clamping: days))
        return "\(date)T\(two(rest / 3_600)):\(two(rest / 60 % 60)):\(two(rest % 60))"
            + "\(offset < 0 ? "-" : "+")\(two(abs(offset) / 3_600)):\(two(abs(offset) / 60 % 60))"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
