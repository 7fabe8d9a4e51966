// Instants as a document writes them: in the kabupaten's zone, with its distance from UTC.
// SPDX-License-Identifier: Apache-2.0

internal import PluginKit

/// Instants in the kabupaten's zone.
enum LocalTime {
    /// RFC 3339 with offset, whole seconds: `2025-10-05T10:00:00+07:00`.
    static func text(_ instant: Int64, _ offsetSeconds: Int) -> String {
        let seconds = instant.quotientAndRemainder(dividingBy: 1_000_000)
        let local = seconds.quotient - (seconds.remainder < 0 ? 1 : 0) + Int64(offsetSeconds)
        let day = local >= 0 ? local / 86_400 : (local - 86_399) / 86_400
        let ofDay = Int(local - day * 86_400)
        let date = CivilDate(daysSince1970: Int32(clamping: day))
        let (hours, minutes) = (offsetSeconds / 3600, offsetSeconds % 3600 / 60)
        return "\(date)T\(two(ofDay / 3600)):\(two(ofDay / 60 % 60)):\(two(ofDay % 60))+\(two(hours)):\(two(minutes))"
    }

    /// Until when something is open that closes at an instant: the last day, or day and time when it closes within a day.
    static func closing(_ instant: Int64, _ offsetSeconds: Int) -> String {
        let local = instant / 1_000_000 + Int64(offsetSeconds)
        let (day, ofDay) = local.quotientAndRemainder(dividingBy: 86_400)
        if ofDay == 0 { return CivilDate(daysSince1970: Int32(clamping: day - 1)).description }
        let time = "\(two(Int(ofDay / 3600))).\(two(Int(ofDay / 60 % 60)))"
        return "\(CivilDate(daysSince1970: Int32(clamping: day))) pukul \(time)"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
}
