// The stand-in's memory: an append-only file of checked lines, flushed before anything is answered.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// One line an event: 16 hexadecimal digits of FNV-1a over the JSON, a blank, the JSON. What follows the first line
/// that does not check is a torn write of a crash and is cut off when the journal is opened.
final class Journal {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private let descriptor: Int32
    /// The events found at opening, in order.
    let found: [Data]

    /// Keeps nothing: for a stand-in that need not survive its process.
    init() {
        descriptor = -1
        found = []
    }

    init(folder: String, name: String = "journal") throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let path = folder + "/\(name).ndjson"
        descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure(description: "cannot open \(path): errno \(errno)") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw Failure(description: "\(path) is in use by another stand-in")
        }
        let (events, length) = Self.read(FileManager.default.contents(atPath: path) ?? Data())
        found = events
        guard ftruncate(descriptor, off_t(length)) == 0, fsync(descriptor) == 0 else {
            throw Failure(description: "cannot cut the torn end of \(path): errno \(errno)")
        }
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if directory >= 0 {
            fsync(directory)
            close(directory)
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Writes one event and returns when it is on stable storage.
    func append(_ event: some Encodable) throws {
        guard descriptor >= 0 else { return }
        let event = try JSONEncoder().encode(event)
        var line = Data(Self.check(event).utf8)
        line.append(UInt8(ascii: " "))
        line.append(event)
        line.append(UInt8(ascii: "\n"))
        try line.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw Failure(description: "the journal cannot be written: errno \(errno)") }
                done += count
            }
        }
        guard fdatasync(descriptor) == 0 else { throw Failure(description: "fdatasync: errno \(errno)") }
    }

    private static func read(_ data: Data) -> (events: [Data], length: Int) {
        var events: [Data] = []
        var start = data.startIndex
        while let end = data[start...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = data[start..<end]
            guard line.count > 17 else { break }
            let event = Data(line.dropFirst(17))
            guard Data(line.prefix(16)) == Data(check(event).utf8) else { break }
            events.append(event)
            start = end + 1
        }
        return (events, start)
    }

    private static func check(_ data: Data) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in data { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
