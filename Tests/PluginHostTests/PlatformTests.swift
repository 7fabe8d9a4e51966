// gzip with a cap, files that survive a cut, peers of sockets.
// SPDX-License-Identifier: Apache-2.0

import CPlatform
import FoundationEssentials
import Glibc
import Testing

@Suite struct PlatformTests {
    private func gzip(_ bytes: [UInt8]) -> [UInt8] {
        var output: UnsafeMutableRawPointer?
        var count = 0
        #expect(cplatform_gzip(bytes, bytes.count, 6, &output, &count) == 0)
        defer { free(output) }
        return Array(UnsafeRawBufferPointer(start: output, count: count))
    }

    private func gunzip(_ bytes: [UInt8], cap: Int) -> (code: Int32, bytes: [UInt8]) {
        var output: UnsafeMutableRawPointer?
        var count = 0
        let code = cplatform_gunzip(bytes, bytes.count, cap, &output, &count)
        defer { free(output) }
        return (code, code == 0 ? Array(UnsafeRawBufferPointer(start: output, count: count)) : [])
    }

    private let corrupt = Int32(CPLATFORM_GZIP_CORRUPT.rawValue)
    private let tooLarge = Int32(CPLATFORM_GZIP_TOO_LARGE.rawValue)

    @Test func `what was compressed comes back, in one member or several`() {
        var generator = Generator(state: 1)
        for size in [0, 1, 100, 65_535, 65_536, 65_537, 300_000] {
            let bytes = (0..<size).map { _ in UInt8.random(in: 0...20, using: &generator) }
            let compressed = gzip(bytes)
            #expect(gunzip(compressed, cap: size).bytes == bytes)
            #expect(gunzip(compressed + compressed, cap: size * 2).bytes == bytes + bytes)
            #expect(gzip(bytes) == compressed)
            if size > 0 { #expect(gunzip(compressed, cap: size - 1).code == tooLarge) }
        }
    }

    @Test func `a bomb stops at the cap`() {
        let bomb = gzip([UInt8](repeating: 0, count: 50 << 20))
        #expect(bomb.count < 60_000)
        #expect(gunzip(bomb, cap: 1 << 20).code == tooLarge)
        #expect(gunzip(bomb, cap: 50 << 20).code == 0)
    }

    @Test func `damage, cuts and trailing bytes are refused`() {
        let compressed = gzip(Array("posyandu posyandu posyandu".utf8))
        for length in 0..<compressed.count { #expect(gunzip(Array(compressed[..<length]), cap: 1_000).code == corrupt) }
        #expect(gunzip(compressed + [0], cap: 1_000).code == corrupt)
        var damaged = compressed
        damaged[damaged.count - 6] ^= 1
        #expect(gunzip(damaged, cap: 1_000).code == corrupt)
        #expect(gunzip(Array("{}".utf8), cap: 1_000).code == corrupt)
    }

    @Test func `a durable write replaces the file whole, with its mode, and leaves nothing else`() throws {
        let garden = try Garden()
        let path = "\(garden.root)/local/kunci"
        #expect(cplatform_write_durably(path, "lama", 4, 0o600, nil) == 0)
        #expect(cplatform_write_durably(path, "baru!", 5, 0o600, nil) == 0)
        #expect(try garden.read(path) == "baru!")
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(garden.root)/local") == ["kunci"])
        #expect(cplatform_write_durably("\(garden.root)/tak_ada/kunci", "x", 1, 0o600, nil) == ENOENT)
    }

    @Test func `a Unix socket knows who is at the other end`() {
        var ends: [Int32] = [-1, -1]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { ends.forEach { close($0) } }
        var user = uid_t.max
        var group = gid_t.max
        var process: pid_t = 0
        #expect(cplatform_peer(ends[0], &user, &group, &process) == 0)
        #expect(user == getuid() && process == getpid())
        #expect(cplatform_peer(-1, &user, &group, &process) == EBADF)
    }
}
