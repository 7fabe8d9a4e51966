// A small gzip stream that unfolds into four million zero bytes.
// SPDX-License-Identifier: Apache-2.0

/// One fixed-Huffman block: a literal zero, then "258 bytes from distance 1" sixteen thousand times. The check sum at
/// its end is missing, because no reader with a cap gets there.
let gzipOfZeros: [UInt8] = {
    var bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
    var current: UInt8 = 0
    var used = 0
    func bit(_ value: Int) {
        current |= UInt8(value & 1) << UInt8(used)
        used += 1
        if used == 8 {
            bytes.append(current)
            current = 0
            used = 0
        }
    }
    /// Huffman codes go out from their highest bit.
    func code(_ value: Int, _ length: Int) {
        for position in (0..<length).reversed() { bit(value >> position) }
    }
    bit(1)
    bit(1)
    bit(0)
    code(0b0011_0000, 8)
    for _ in 0..<16_300 {
        code(0b1100_0101, 8)
        code(0, 5)
    }
    return bytes
}()
