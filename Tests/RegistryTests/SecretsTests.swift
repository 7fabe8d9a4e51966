// Keys, sealing, the blind index, NIKs by form, and the wrapper that never prints.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Glibc
import Registry
import Testing

@Suite struct SecretsTests {
    private let row = UUID(uuidString: "0192f0c1-0000-7000-8000-000000000001")!
    private let nik = "3325064107900003"

    private func cipher(_ seed: UInt8 = 7, index: UInt8 = 9, id: UInt8 = 1) throws -> ResidentCipher {
        try ResidentCipher(keys: [id: RegistryFixture.key(seed)], current: id, indexKey: RegistryFixture.key(index))
    }

    @Test func `what was sealed opens, and two seals of the same bytes differ`() throws {
        let cipher = try cipher()
        let bytes = Array("{\"nama\":\"x\"}".utf8)
        let one = try cipher.seal(bytes, .residentPerson, row: row)
        let two = try cipher.seal(bytes, .residentPerson, row: row)
        #expect(one != two && one.count == bytes.count + 29 && one[0] == 1)
        #expect(try cipher.open(one, .residentPerson, row: row) == bytes)
        #expect(try cipher.open(cipher.seal([], .residentPerson, row: row), .residentPerson, row: row) == [])
    }

    @Test func `any changed or missing byte, another row or column, another key: nothing opens`() throws {
        let cipher = try cipher()
        let sealed = try cipher.seal(Array("secret".utf8), .residentNIK, row: row)
        for place in sealed.indices {
            var changed = sealed
            changed[place] ^= 1
            #expect(throws: RegistryError.self) { try cipher.open(changed, .residentNIK, row: row) }
            #expect(throws: RegistryError.self) { try cipher.open(Array(sealed[..<place]), .residentNIK, row: row) }
        }
        #expect(throws: RegistryError.self) { try cipher.open(sealed, .residentNIK, row: UUID()) }
        #expect(throws: RegistryError.self) { try cipher.open(sealed, .cadreNIK, row: row) }
        let other = try self.cipher(8)
        #expect(throws: RegistryError.self) { try other.open(sealed, .residentNIK, row: row) }
    }

    @Test func `an old key still opens after rotation, an unknown one is named by its id`() throws {
        let old = try cipher(7, id: 1).seal([1, 2, 3], .recordPerson, row: row)
        let rotated = try ResidentCipher(
            keys: [1: RegistryFixture.key(7), 2: RegistryFixture.key(8)],
            current: 2,
            indexKey: RegistryFixture.key(9)
        )
        #expect(try rotated.open(old, .recordPerson, row: row) == [1, 2, 3])
        let new = try rotated.seal([4], .recordPerson, row: row)
        #expect(new[0] == 2 && rotated.keyVersion == 2)
        let error = try #require(throws: RegistryError.self) { try cipher().open(new, .recordPerson, row: row) }
        #expect(error.code == .keyUnknown && error.message.contains("key 2"))
    }

    @Test func `the index key must be another key, and the current key must exist`() throws {
        #expect(throws: RegistryError.self) { try cipher(7, index: 7) }
        #expect(throws: RegistryError.self) {
            try ResidentCipher(keys: [1: RegistryFixture.key(1)], current: 2, indexKey: RegistryFixture.key(2))
        }
    }

    @Test func `the blind index is 128 bits, the same for the same NIK, another under another key`() throws {
        let value = try NIK(nik)
        let index = try cipher().index(of: value)
        #expect(index.count == 16)
        #expect(try cipher(8).index(of: value) == index)
        #expect(try cipher(index: 10).index(of: value) != index)
        #expect(try cipher().index(of: NIK("3325064107900004")) != index)
    }

    @Test func `log payloads open with their place only, and not with the registry's cipher`() throws {
        let sealer = try PayloadSealer(keys: [1: RegistryFixture.key(7)])
        let sealed = try sealer.seal([1, 2], aad: [9])
        #expect(try sealer.open(sealed, aad: [9]) == [1, 2])
        #expect(throws: RegistryError.self) { try sealer.open(sealed, aad: [8]) }
        #expect(throws: RegistryError.self) { try cipher().open(sealed, .residentPerson, row: row) }
    }

    @Test(arguments: [
        ("", NIK.Problem.notDigits), ("332506410790000a", .notDigits), ("3.32506E+15", .notDigits),
        ("33250641079000031", .motherPlusDigit), ("332506410790000", .length(15)), ("3325064107900000", .serialZero),
        ("3325063202900001", .birthDate), ("3325060013900001", .birthDate), ("3325064007900001", .birthDate),
        ("3325067207900001", .birthDate), ("3325062902910001", .birthDate), ("٣٣٢٥٠٦٤١٠٧٩٠٠٠٠٣", .notDigits),
    ])
    func `a text that is no NIK is refused with its class`(text: String, problem: NIK.Problem) throws {
        let found = #expect(throws: NIK.Problem.self) { try NIK(text) }
        #expect(found == problem)
        if !text.isEmpty { #expect(!problem.description.contains(text)) }
    }

    @Test func `women's days and leap days are read`() throws {
        let woman = try NIK(nik)
        #expect(woman.sex == "P" && woman.district == RegionCode("33.25.06"))
        #expect(woman.oddities(sex: "P", year: 1990, month: 7, day: 1) == [])
        #expect(woman.oddities(sex: "L", year: 1991, month: 7, day: 1) == [.sexDiffers, .birthDateDiffers])
        #expect(throws: Never.self) { try NIK("3325062902920001") }
        #expect(throws: Never.self) { try NIK("3325062902000001") }
    }

    @Test func `nothing prints what is personal`() throws {
        let value = try NIK(nik)
        let wrapped = Redacted(nik)
        var dumped = ""
        dump(value, to: &dumped)
        dump(wrapped, to: &dumped)
        dump([wrapped], to: &dumped)
        dump(try RegistryFixture.key(3), to: &dumped)
        let all = "\(value) \(wrapped) \(String(reflecting: value)) \(String(reflecting: wrapped)) \([value]) \(dumped)"
        #expect(!all.contains("33250641") && all.contains("‹redacted›"))
        #expect(wrapped.reveal() == nik && value.reveal() == nik)
    }
}

@Suite struct SecretKeyTests {
    private func file(_ bytes: [UInt8], mode: mode_t = 0o600) throws -> String {
        let path = "/tmp/registry-key-\(getpid())-\(UUID().uuidString)"
        try Data(bytes).write(to: URL(filePath: path))
        chmod(path, mode)
        return path
    }

    private let raw = (0..<32).map { UInt8($0) }

    @Test func `32 raw bytes and 64 hexadecimal digits give the same key`() throws {
        let hex = raw.map { String($0, radix: 16) }.map { $0.count == 1 ? "0\($0)" : $0 }.joined()
        let one = try file(raw)
        let two = try file(Array("\(hex)\n".utf8), mode: 0o400)
        defer { for path in [one, two] { unlink(path) } }
        let index = try RegistryFixture.key(1)
        let sealed = try ResidentCipher(keys: [1: SecretKey.load(path: one)], indexKey: index)
            .seal([5], .residentNIK, row: UUID(uuid: (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)))
        let opened = try ResidentCipher(keys: [1: SecretKey.load(path: two)], indexKey: index)
            .open(sealed, .residentNIK, row: UUID(uuid: (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)))
        #expect(opened == [5])
    }

    @Test(arguments: [0o640, 0o604, 0o660, 0o622, 0o644] as [mode_t])
    func `a key file that others may touch is refused`(mode: mode_t) throws {
        let path = try file(raw, mode: mode)
        defer { unlink(path) }
        let error = try #require(throws: RegistryError.self) { try SecretKey.load(path: path) }
        #expect(error.code == .keyFile && error.hint?.contains("chmod 600") == true)
    }

    @Test(arguments: [0, 16, 31, 33, 63, 65, 300])
    func `a key of the wrong length is refused, and the message tells how to make one`(length: Int) throws {
        let path = try file((0..<length).map { UInt8(truncatingIfNeeded: 0x61 + $0 % 6) })
        defer { unlink(path) }
        let error = try #require(throws: RegistryError.self) { try SecretKey.load(path: path) }
        #expect(error.code == .keyFile && error.hint?.contains("head -c 32 /dev/urandom") == true)
    }

    @Test func `no file, a folder, one byte repeated: refused`() throws {
        let zeros = try file([UInt8](repeating: 0, count: 32))
        let zeroHex = try file([UInt8](repeating: 0x30, count: 64))
        defer { for path in [zeros, zeroHex] { unlink(path) } }
        for path in ["/tmp/registry-no-such-key", "/tmp", zeros, zeroHex] {
            #expect(throws: RegistryError.self) { try SecretKey.load(path: path) }
        }
    }
}
