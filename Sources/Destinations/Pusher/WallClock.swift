// The wall clock, for rows that outlive the process.
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

package enum WallClock {
    /// µs since 1970 UTC.
    package static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}
