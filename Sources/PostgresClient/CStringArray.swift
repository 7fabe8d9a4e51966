// A null-terminated array of C strings for calls that take keywords and values.
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Owns copies of the strings for as long as it lives.
final class CStringArray {
    private let storage: UnsafeMutablePointer<UnsafePointer<CChar>?>
    private let count: Int

    init(_ strings: [String]) {
        count = strings.count
        storage = .allocate(capacity: count + 1)
        for (index, string) in strings.enumerated() { (storage + index).initialize(to: UnsafePointer(strdup(string))) }
        (storage + count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { free(UnsafeMutablePointer(mutating: storage[index])) }
        storage.deallocate()
    }

    var pointer: UnsafePointer<UnsafePointer<CChar>?> { UnsafePointer(storage) }
}
