// Attachments: what is taken, how it lies on the disk, and what the audit finds.
// SPDX-License-Identifier: Apache-2.0
import Crypto
import FailPoints
import FoundationEssentials
import Glibc
import PostgresClient
import Testing

@testable import Registry

@Suite struct AttachmentTests {
    private static let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0] + Array("JFIF Kenanga Larasati".utf8)

    private func sha(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }

    private func withStore(
        _ limits: AttachmentLimits = AttachmentLimits(freeBytes: 0),
        _ body: (AttachmentStore, RegistryFixture) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/posyandud-attachments-\(UUID().uuidString)"
        let fixture = try await RegistryFixture.empty()
        try await body(AttachmentStore(folder: folder, limits: limits, cipher: fixture.cipher), fixture)
        try? FileManager.default.removeItem(atPath: folder)
        await fixture.drop()
    }

    @Test func `the first bytes decide what it is`() {
        #expect(AttachmentType(bytes: Self.jpeg) == .jpeg)
        #expect(AttachmentType(bytes: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0]) == .png)
        #expect(AttachmentType(bytes: Array("%PDF-1.7".utf8)) == .pdf)
        for other in ["#!/bin/sh", "\u{7F}ELF", "<svg", "GIF89a", "", "%PD", "MZ"] {
            #expect(AttachmentType(bytes: Array(other.utf8)) == nil)
        }
    }

    @Test func `size, digest and type are checked before anything is kept`() async throws {
        try await withStore(AttachmentLimits(maximumBytes: 64, types: [.jpeg], freeBytes: 0)) { store, _ in
            func refusal(_ bytes: [UInt8], _ digest: [UInt8]? = nil) -> AttachmentRefusal? {
                do throws(AttachmentRefusal) {
                    _ = try store.check(bytes, sha256: digest ?? sha(bytes))
                    return nil
                } catch {
                    return error
                }
            }
            #expect(refusal(Self.jpeg) == nil)
            #expect(refusal([]) == .size)
            #expect(refusal(Self.jpeg + [UInt8](repeating: 0, count: 64)) == .size)
            #expect(refusal(Self.jpeg, sha([1])) == .digest)
            #expect(refusal(Array("%PDF-1.7".utf8)) == .type)
        }
    }

    @Test func `a file is sealed, not executable, opens in its own place only, and misses every changed byte`()
        async throws
    {
        try await withStore { store, _ in
            let (record, other) = (UUID(), UUID())
            let digest = sha(Self.jpeg)
            try await store.write(Self.jpeg, record: record, sha256: digest)
            try await store.write(Self.jpeg, record: record, sha256: digest)
            #expect(try await store.read(record: record, sha256: digest) == Self.jpeg)
            #expect(try await store.read(record: other, sha256: digest) == nil)
            let names = try await store.names()
            #expect(names == [store.name(record: record, sha256: digest)])
            let path = store.folder + "/" + (try #require(names.first))
            var facts = stat()
            #expect(stat(path, &facts) == 0 && facts.st_mode & 0o777 == 0o600)
            let sealed = try Data(contentsOf: URL(filePath: path))
            #expect(!String(decoding: sealed, as: UTF8.self).contains("Kenanga"))
            #expect(!names[0].contains(digest.map { String($0, radix: 16) }.joined().prefix(12)))
            // In the place of another record it does not open.
            let stolen = store.folder + "/" + store.name(record: other, sha256: digest)
            try FileManager.default.createDirectory(
                atPath: String(stolen.prefix(stolen.count - 65)),
                withIntermediateDirectories: true
            )
            try sealed.write(to: URL(filePath: stolen))
            await #expect(throws: RegistryError.self) { try await store.read(record: other, sha256: digest) }
            for place in stride(from: 0, to: sealed.count, by: 7) {
                var broken = sealed
                broken[broken.startIndex + place] ^= 0x10
                try broken.write(to: URL(filePath: path))
                await #expect(throws: RegistryError.self) { try await store.read(record: record, sha256: digest) }
            }
            try sealed.prefix(sealed.count - 1).write(to: URL(filePath: path))
            await #expect(throws: RegistryError.self) { try await store.read(record: record, sha256: digest) }
            try await store.remove(record: record, sha256: digest)
            try await store.remove(record: record, sha256: digest)
            #expect(try await store.read(record: record, sha256: digest) == nil)
        }
    }

    @Test func `nothing is taken when the disk would be too full`() async throws {
        try await withStore(AttachmentLimits(freeBytes: Int.max / 2)) { store, _ in
            await #expect(throws: AttachmentRefusal.full) {
                try await store.write(Self.jpeg, record: UUID(), sha256: sha(Self.jpeg))
            }
            let names = try await store.names()
            #expect(names.isEmpty)
        }
    }

    @Test func `whichever file call fails, what was taken is whole, and the next try succeeds`() async throws {
        try await withStore { parent, fixture in
            try FileManager.default.createDirectory(atPath: parent.folder, withIntermediateDirectories: true)
            let (record, digest) = (UUID(), sha(Self.jpeg))
            var (n, failures) = (0, 0)
            while true {
                n += 1
                let folder = "\(parent.folder)/\(n)"
                let store = AttachmentStore(folder: folder, limits: parent.limits, cipher: fixture.cipher)
                let plan = CallFault.Plan(.file, nth: n)
                do {
                    try await CallFault.$plan.withValue(plan) {
                        try await store.write(Self.jpeg, record: record, sha256: digest)
                        let bytes = try await store.read(record: record, sha256: digest)
                        #expect(bytes == Self.jpeg, "the call that failed: \(n)")
                    }
                } catch is RegistryError {
                    failures += 1
                }
                // Nothing, or the whole file under its name; no part of one under another.
                if try await !store.names().isEmpty {
                    #expect(try await store.names() == [store.name(record: record, sha256: digest)])
                    #expect(try await store.read(record: record, sha256: digest) == Self.jpeg)
                }
                try await store.write(Self.jpeg, record: record, sha256: digest)
                #expect(try await store.read(record: record, sha256: digest) == Self.jpeg)
                if !plan.hasStruck { break }
            }
            // All are told but one: a disk that does not say how full it is keeps nothing from being tried.
            #expect(n > 15 && failures == n - 2)
        }
    }

    @Test func `whichever file call fails, what is told to be erased is erased`() async throws {
        try await withStore { store, _ in
            let (record, digest) = (UUID(), sha(Self.jpeg))
            var n = 0
            while true {
                n += 1
                try await store.write(Self.jpeg, record: record, sha256: digest)
                let plan = CallFault.Plan(.file, nth: n)
                do {
                    try await CallFault.$plan.withValue(plan) {
                        try await store.remove(record: record, sha256: digest)
                    }
                    #expect(!plan.hasStruck)
                    #expect(try await store.names().isEmpty)
                } catch is RegistryError {
                    try await store.remove(record: record, sha256: digest)
                    #expect(try await store.names().isEmpty)
                }
                if !plan.hasStruck { break }
            }
            #expect(n == 4)
        }
    }

    @Test func `bytes and names come in any order, and the audit finds what is missing, damaged, orphaned or unknown`()
        async throws
    {
        try await withStore { store, fixture in
            let pool = fixture.pool
            func kinds() async throws -> [String] {
                try await AttachmentAudit.run(pool, store).findings.map(\.kind.rawValue).sorted()
            }
            func name(_ record: UUID, _ bytes: [UInt8], _ lineage: Int64) async throws {
                let naming = AttachmentNaming(
                    record: record,
                    sha256: sha(bytes),
                    kind: "dok_ktp",
                    lineage: lineage,
                    posyandu: 1
                )
                try await pool.withConnection { try AttachmentRows.name($0, [naming, naming]) }
            }
            func keep(_ record: UUID, _ bytes: [UInt8]) async throws {
                let digest = sha(bytes)
                try await store.write(bytes, record: record, sha256: digest)
                try await pool.withConnection {
                    try AttachmentRows.stored($0, record: record, sha256: digest, size: bytes.count, type: .jpeg)
                }
            }
            let record = UUID()
            try await pool.withConnection { connection in
                _ = try connection.execute(
                    """
                    insert into registry.record (id, lineage, posyandu_id, date, type_id, version, body)
                    values ($1, 1, 1, date '2026-01-01', 1, 1, '{}')
                    """,
                    [.uuid(record)]
                )
            }
            let (first, second) = (Self.jpeg, Self.jpeg + [1])
            try await name(record, first, 16)
            #expect(try await kinds() == ["waiting"])
            try await keep(record, first)
            try await name(record, first, 32)
            #expect(try await kinds().isEmpty)
            try await keep(record, second)
            #expect(try await kinds() == ["orphaned"])
            try await name(record, second, 48)
            #expect(try await kinds().isEmpty)
            let row = try await pool.withConnection { try AttachmentRows.list($0, record: record) }.first
            #expect(row?.kind == "dok_ktp" && row?.state == "stored" && row?.type == "image/jpeg")

            let path = store.folder + "/" + store.name(record: record, sha256: sha(first))
            let bytes = try Data(contentsOf: URL(filePath: path))
            try bytes.dropLast().write(to: URL(filePath: path))
            #expect(try await kinds() == ["damaged"])
            try FileManager.default.removeItem(atPath: path)
            #expect(try await kinds() == ["missing"])
            try bytes.write(to: URL(filePath: path))
            try bytes.write(to: URL(filePath: path + ".x1y2z3"))
            #expect(try await kinds() == ["unknown"])
            try FileManager.default.removeItem(atPath: path + ".x1y2z3")

            let erased = try await pool.transaction { try AttachmentRows.erased($0, record: record, reason: "uji") }
            #expect(erased.count == 2)
            for digest in erased { try await store.remove(record: record, sha256: digest) }
            #expect(try await kinds().isEmpty)
            try await keep(record, first)
            #expect(try await fixture.text("select string_agg(state, ' ') from registry.attachment") == "erased erased")
        }
    }
}
