// What a source signs for an attachment, byte for byte, and which messages are sealed.
// SPDX-License-Identifier: Apache-2.0
import Crypto
import FoundationEssentials
import MessageLog
import Sync
import Testing

@Suite struct AttachmentClaimTests {
    private let fixture = CodecFixture()

    private func claim(_ size: Int = 9_400) throws -> AttachmentClaim {
        AttachmentClaim(
            source: try #require(UUID(uuidString: "0198f000-0000-7000-8000-00000000b001")),
            epoch: 7,
            record: try #require(UUID(uuidString: "0199a1b2-c3d4-7e5f-8a6b-0123456789ab")),
            sha256: (0..<32).map { UInt8($0) },
            size: size
        )
    }

    @Test func `the signed bytes are those of the protocol`() throws {
        let hex =
            "504f535941543031" + "0198f000000070008000" + "00000000b001" + "00000007"
            + "0199a1b2c3d47e5f8a6b0123456789ab"
            + "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" + "00000000000024b8"
        #expect(Hexadecimal.text(try claim().signed) == hex)
        #expect(try claim().signed.count == 84)
    }

    @Test func `only the key of the source signs, and every part is signed`() throws {
        let claim = try claim()
        let signature = Hexadecimal.text(Array(try fixture.key.signature(for: claim.signed)))
        #expect(claim.isSigned(signature, by: fixture.signKey))
        #expect(!claim.isSigned(signature, by: CodecFixture().signKey))
        #expect(!claim.isSigned("", by: fixture.signKey))
        #expect(!claim.isSigned(signature.uppercased(), by: fixture.signKey))
        var others = [claim, claim, claim, claim, claim]
        others[0].source = UUID()
        others[1].epoch = 8
        others[2].record = UUID()
        others[3].sha256[31] ^= 1
        others[4].size += 1
        #expect(others.allSatisfy { !$0.isSigned(signature, by: fixture.signKey) })
    }

    @Test func `headers that say no such thing are refused`() throws {
        let claim = try claim()
        func read(
            source: String? = "0198f000-0000-7000-8000-00000000b001",
            epoch: String? = "7",
            record: String? = "0199a1b2-c3d4-7e5f-8a6b-0123456789ab",
            digest: String = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            length: String? = "9400"
        ) -> AttachmentClaim? {
            AttachmentClaim(source: source, epoch: epoch, record: record, digest: digest, length: length)
        }
        #expect(read() == claim)
        #expect(read(source: nil) == nil)
        #expect(read(epoch: "0") == nil && read(epoch: "x") == nil)
        #expect(read(record: "x") == nil)
        #expect(read(digest: "00") == nil && read(digest: String(repeating: "G", count: 64)) == nil)
        #expect(read(length: nil) == nil && read(length: "0") == nil && read(length: "-1") == nil)
    }

    @Test func `a type that no sector calls open is sealed, as is every core type in which somebody writes why`() throws
    {
        func sealed(_ type: String, _ rule: SealRule?, _ extra: String = #""data":{}"#) throws -> Bool {
            let text = CodecFixture.message(type: "id.go.posyandu.\(type).v1", extra: extra)
            return try text.withUnsafeBytes { buffer in
                Result { () throws(Refusal) in try MessageEnvelope.check(buffer, rule).isPersonal }
            }.get()
        }
        let rule = SealRule()
        #expect(try sealed("kesehatan.penimbangan", rule))
        rule.allow(["kesehatan.penimbangan", "tugas.dijawab"])
        #expect(try !sealed("kesehatan.penimbangan", rule))
        #expect(try !sealed("tugas.dijawab", rule))
        #expect(try sealed("kesehatan.penimbangan", rule, #""person":{"nama":"A"},"data":{}"#))
        for type in ["trantibumlinmas.insiden", "kesehatan.penimbangan_", "tidak.ada"] {
            #expect(try sealed(type, rule))
        }
        for type in ["warga.terdaftar", "kasus.dipindah", "catatan.ditarik", "lampiran.ditambah"] {
            #expect(try sealed(type, nil))
        }
        #expect(try !sealed("kesehatan.penimbangan", nil))
        rule.allow([])
        #expect(try sealed("kesehatan.penimbangan", rule))
    }
}
