// A ZIP archive in memory: deflated entries without times or owners, the same bytes for the same entries.
// SPDX-License-Identifier: Apache-2.0

internal import CPlatform
internal import Glibc

/// Appends entries in the order given; `finished()` ends the archive. Entries and archive stay below 4 GiB.
struct ZipArchive {
    private struct Entry {
        var name: [UInt8]
        var checksum: ArraySlice<UInt8>
        var compressed: Int
        var size: Int
        var offset: Int
    }

    private var bytes: [UInt8] = []
    private var entries: [Entry] = []

    private static let localHeader: [UInt8] = [0x50, 0x4B, 0x03, 0x04]
    private static let centralHeader: [UInt8] = [0x50, 0x4B, 0x01, 0x02]
    private static let endRecord: [UInt8] = [0x50, 0x4B, 0x05, 0x06]
    /// Version 2.0, names in UTF-8, deflate, 1 January 1980.
    private static let common: [UInt8] = [20, 0, 0, 8, 8, 0, 0, 0, 0x21, 0]
    private static let limit = Int(UInt32.max)

    mutating func add(_ name: String, _ content: [UInt8]) throws(WorkbookError) {
        let gzip = try Self.gzip(content)
        // A gzip member without name or time: ten bytes of header, deflate, checksum and size.
        let deflated = gzip[10..<gzip.count - 8]
        let entry = Entry(
            name: Array(name.utf8),
            checksum: gzip[gzip.count - 8..<gzip.count - 4],
            compressed: deflated.count,
            size: content.count,
            offset: bytes.count
        )
        guard bytes.count + deflated.count < Self.limit, content.count < Self.limit else {
            throw WorkbookError(description: "a workbook has more than 4 GiB")
        }
        bytes += Self.localHeader + Self.common
        describe(entry)
        bytes += entry.name
        bytes += deflated
        entries.append(entry)
    }

    consuming func finished() -> [UInt8] {
        let start = bytes.count
        for entry in entries {
            bytes += Self.centralHeader + [20, 0] + Self.common
            describe(entry)
            bytes += [UInt8](repeating: 0, count: 10)  // no comment, first disk, no attributes
            append(entry.offset, count: 4)
            bytes += entry.name
        }
        let size = bytes.count - start
        bytes += Self.endRecord + [0, 0, 0, 0]
        append(entries.count, count: 2)
        append(entries.count, count: 2)
        append(size, count: 4)
        append(start, count: 4)
        bytes += [0, 0]
        return bytes
    }

    private mutating func describe(_ entry: Entry) {
        bytes += entry.checksum
        append(entry.compressed, count: 4)
        append(entry.size, count: 4)
        append(entry.name.count, count: 2)
        bytes += [0, 0]
    }

    private mutating func append(_ number: Int, count: Int) {
        for place in 0..<count { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * place))) }
    }

    private static func gzip(_ content: [UInt8]) throws(WorkbookError) -> [UInt8] {
        var output: UnsafeMutableRawPointer?
        var count = 0
        let status = content.withUnsafeBytes { cplatform_gzip($0.baseAddress, $0.count, 6, &output, &count) }
        defer { free(output) }
        guard status == CPLATFORM_GZIP_OK.rawValue, let output, count >= 18 else {
            throw WorkbookError(description: "there is no memory to compress a workbook")
        }
        return Array(UnsafeRawBufferPointer(start: output, count: count))
    }
}
