// Chance with a seed: SplitMix64, so that the same seed gives the same kabupaten, byte for byte.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Glibc

/// A stream of numbers. Streams of different paths (posyandu, resident, purpose) do not depend on each other.
struct SplitMix: Sendable {
    private var state: UInt64

    init(_ seed: UInt64, _ path: UInt64...) {
        state = seed
        for step in path {
            state = Self.mix(state ^ Self.mix(step &+ 0x632B_E59B_D9B4_E019))
        }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Evenly in 0 ..< 1.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Evenly in the range.
    mutating func number(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.upperBound - range.lowerBound + 1))
    }

    mutating func chance(_ probability: Double) -> Bool { unit() < probability }

    /// How often something happens whose mean is `mean`: the whole part, and one more by chance.
    mutating func times(_ mean: Double) -> Int { Int(mean) + (chance(mean - mean.rounded(.down)) ? 1 : 0) }

    /// Normally distributed, mean 0, deviation 1 (Box and Muller).
    mutating func normal() -> Double {
        let radius = (-2 * log(1 - unit())).squareRoot()
        return radius * cos(2 * Double.pi * unit())
    }

    /// One element; the list is not empty.
    mutating func pick<Element>(_ list: [Element]) -> Element { list[number(0...(list.count - 1))] }

    /// One element by weight; the list is not empty.
    mutating func weighted<Element>(_ list: [(Element, Double)]) -> Element {
        var left = unit() * list.reduce(0) { $0 + $1.1 }
        for (element, weight) in list {
            left -= weight
            if left < 0 { return element }
        }
        return list[list.count - 1].0
    }

    /// A random UUID (version 4).
    mutating func uuid() -> UUID { uuid(version: 4, high: next()) }

    /// A UUIDv7 of that millisecond since 1970.
    mutating func uuid(at milliseconds: Int64) -> UUID {
        uuid(version: 7, high: UInt64(bitPattern: milliseconds) << 16 | next() & 0xFFFF)
    }

    private mutating func uuid(version: UInt64, high: UInt64) -> UUID {
        let first = high & ~0xF000 | version << 12
        let second = next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        let bytes = (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? first : second) >> (56 - 8 * UInt64($0 % 8))) }
        return UUID(
            uuid: (
                bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7], bytes[8], bytes[9],
                bytes[10], bytes[11], bytes[12], bytes[13], bytes[14], bytes[15]
            )
        )
    }

    /// Bytes for a key.
    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next() >> 32) }
    }
}

extension UUID {
    /// Lower-case text, as everything that is sent writes it.
    var text: String { uuidString.lowercased() }
}
