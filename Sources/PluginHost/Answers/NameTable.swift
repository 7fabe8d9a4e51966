// Finds a declared name by its bytes, without making a string.
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A fixed set of names with their indices: open addressing over FNV-1a, never more than half full.
struct NameTable: Sendable {
    let names: [String]
    private let bytes: [UInt8]
    /// Where each name lies in `bytes`.
    private let places: [Range<Int>]
    /// Index + 1 of the name in each slot; 0 is free.
    private let slots: [Int32]

    init(_ names: [String]) {
        self.names = names
        var bytes: [UInt8] = []
        var places: [Range<Int>] = []
        for name in names {
            let start = bytes.count
            bytes.append(contentsOf: name.utf8)
            places.append(start..<bytes.count)
        }
        var count = 4
        while count < names.count * 2 + 2 { count *= 2 }
        var slots = [Int32](repeating: 0, count: count)
        bytes.withUnsafeBytes { all in
            for (index, place) in places.enumerated() {
                var slot = Self.hash(UnsafeRawBufferPointer(rebasing: all[place])) & (count - 1)
                while slots[slot] != 0 { slot = (slot + 1) & (count - 1) }
                slots[slot] = Int32(index + 1)
            }
        }
        self.bytes = bytes
        self.places = places
        self.slots = slots
    }

    /// The index of the name with these bytes.
    func find(_ wanted: UnsafeRawBufferPointer) -> Int? {
        guard let wantedBase = wanted.baseAddress else { return nil }
        var slot = Self.hash(wanted) & (slots.count - 1)
        return bytes.withUnsafeBytes { all in
            while slots[slot] != 0 {
                let index = Int(slots[slot]) - 1
                let place = places[index]
                if place.count == wanted.count, let base = all.baseAddress,
                    memcmp(base + place.lowerBound, wantedBase, wanted.count) == 0
                {
                    return index
                }
                slot = (slot + 1) & (slots.count - 1)
            }
            return nil
        }
    }

    private static func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int(truncatingIfNeeded: hash >> 16) & Int.max
    }
}
