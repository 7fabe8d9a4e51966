// The bytes of a batch: what is made is read, and nothing else is.
// SPDX-License-Identifier: Apache-2.0
import Crypto
import FoundationEssentials
import MessageLog
import Sync
import Testing

/// A key and messages for tests of the codec.
struct CodecFixture {
    let key = Curve25519.Signing.PrivateKey()
    let source = UUID()

    var signKey: [UInt8] { Array(key.publicKey.rawRepresentation) }

    /// A valid message; `extra` members stand at its end.
    static func message(
        type: String = "id.go.posyandu.kesehatan.penimbangan.v1",
        time: String = "2026-11-03T08:15:00+07:00",
        extra: String = #""data":{"berat_kg":8.4}"#
    ) -> [UInt8] {
        let number = UInt16.random(in: 0...4_095)
        let tail = UUID().uuidString.lowercased().dropFirst(24)
        let digits = String(number, radix: 16)
        let id = "01932b5e-0000-7" + String(repeating: "0", count: 3 - digits.count) + digits + "-8000-" + tail
        return Array(
            #"{"id":"\#(id)","type":"\#(type)","time":"\#(time)","posyandu":"\#(UUID().uuidString.lowercased())",\#(extra)}"#
                .utf8
        )
    }

    func batch(first: Int64 = 1, epoch: Int32 = 1, _ messages: [[UInt8]]) throws -> [UInt8] {
        try BatchCodec.encode(source: source, epoch: epoch, first: first, messages: messages, key: key)
    }
}

@Suite struct BatchCodecTests {
    let fixture = CodecFixture()

    func problem(_ bytes: [UInt8]) -> BatchProblem.Code? {
        do throws(BatchProblem) {
            _ = try BatchCodec.decode(bytes)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `what was encoded is decoded and verified`() throws {
        let messages = (0..<50).map { _ in CodecFixture.message() }
        let bytes = try fixture.batch(first: 1_201, epoch: 7, messages)
        let batch = try BatchCodec.decode(bytes)
        #expect(batch.header == BatchHeader(source: fixture.source, epoch: 7, first: 1_201, count: 50))
        #expect(batch.messages.map { Array(bytes[$0]) } == messages)
        let verified = try BatchCodec.verify(batch, signKey: fixture.signKey, via: .https)
        #expect(verified.messages.allSatisfy { $0.refusal == nil && !$0.isPersonal })
        #expect(verified.messages[0].claimed == 1_793_668_500_000_000)
        let header = String(decoding: bytes[batch.headerRange], as: UTF8.self)
        #expect(
            header.hasPrefix(
                #"{"source":"\#(fixture.source.uuidString.lowercased())","epoch":7,"first":1201,"count":50,"#
            )
        )
    }

    @Test func `a batch cut at any byte is refused`() throws {
        let bytes = try fixture.batch([CodecFixture.message(), CodecFixture.message()])
        for end in 0..<bytes.count {
            #expect(problem(Array(bytes[..<end])) != nil, "cut at \(end)")
        }
        #expect(problem(bytes + [0]) == .malformed)
    }

    @Test func `a byte changed anywhere is noticed by framing, digest or signature`() throws {
        let bytes = try fixture.batch([CodecFixture.message()])
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 0x01
            do throws(BatchProblem) {
                let batch = try BatchCodec.decode(changed)
                _ = try BatchCodec.verify(batch, signKey: fixture.signKey, via: .https)
                Issue.record("byte \(index) was changed and not noticed")
            } catch {
                #expect([.malformed, .size, .digest, .signature].contains(error.code))
            }
        }
    }

    @Test func `a message changed under an unchanged header is a wrong digest`() throws {
        var bytes = try fixture.batch([CodecFixture.message()])
        bytes[bytes.count - 70] ^= 0x01
        #expect(problem(bytes) == .digest)
    }

    @Test func `another key's signature is refused`() throws {
        let batch = try BatchCodec.decode(try fixture.batch([CodecFixture.message()]))
        let other = Array(Curve25519.Signing.PrivateKey().publicKey.rawRepresentation)
        #expect(throws: BatchProblem(.signature)) {
            try BatchCodec.verify(batch, signKey: other, via: .https)
        }
        #expect(throws: BatchProblem(.signature)) {
            try BatchCodec.verify(batch, signKey: [1, 2, 3], via: .https)
        }
    }

    @Test func `limits hold on both sides`() throws {
        let small = Array("{}".utf8)
        #expect(throws: BatchProblem(.size)) { try fixture.batch(Array(repeating: small, count: 501)) }
        #expect(throws: BatchProblem(.size)) { try fixture.batch([]) }
        #expect(throws: BatchProblem(.size)) { try fixture.batch([Array(repeating: 32, count: 65_537)]) }
        let large = Array(repeating: UInt8(32), count: 65_000)
        #expect(throws: BatchProblem(.size)) { try fixture.batch(Array(repeating: large, count: 17)) }
        #expect(problem(try fixture.batch(Array(repeating: small, count: 500))) == nil)
        var huge = try fixture.batch([small])
        huge.replaceSubrange(8..<12, with: [0x7F, 0xFF, 0xFF, 0xFF])
        #expect(problem(huge) == .size)
    }

    @Test(arguments: [
        #"{"source":"S","epoch":1,"first":1,"count":1,"schema":1}"#,
        #"{"epoch":1,"source":"S","first":1,"count":1,"schema":1,"digest":"D"}"#,
        #"{"source":"S","epoch":0,"first":1,"count":1,"schema":1,"digest":"D"}"#,
        #"{"source":"S","epoch":1,"first":0,"count":1,"schema":1,"digest":"D"}"#,
        #"{"source":"S","epoch":1,"first":1,"count":501,"schema":1,"digest":"D"}"#,
        #"{"source":"S","epoch":1,"first":1,"count":1,"schema":2,"digest":"D"}"#,
        #"{"source":"S","epoch":1,"first":1,"count":1,"schema":1,"digest":"D","x":1}"#,
        #"{"source":"S","epoch":1,"first":1,"count":1,"schema":1,"digest":"sha-256:AB"}"#,
        #"{"source":"S","epoch":1,"first":1e3,"count":-1,"schema":1,"digest":"D"}"#,
    ])
    func `a header that is not exactly the protocol's is malformed`(text: String) {
        let header = Array(
            text.replacing("\"S\"", with: "\"\(fixture.source.uuidString)\"")
                .replacing("\"D\"", with: "\"sha-256:\(String(repeating: "0", count: 64))\"").utf8
        )
        var bytes = BatchCodec.magic + [0, 0, 0, UInt8(header.count)] + header
        bytes += [0, 0, 0, 2] + Array("{}".utf8) + Array(repeating: 0, count: 64)
        #expect(problem(bytes) == .malformed)
    }

    @Test func `a file gives its batches one by one, steps over a wrong digest and stops at a cut`() throws {
        let one = try fixture.batch([CodecFixture.message()])
        let two = try fixture.batch(first: 2, [CodecFixture.message(), CodecFixture.message()])
        var damaged = one
        damaged[damaged.count - 70] ^= 1
        var file = BatchFile(one + damaged + two + two.dropLast())
        #expect(try file.next()?.header.count == 1)
        #expect(throws: BatchProblem(.digest, offset: one.count)) { try file.next() }
        let second = try file.next()
        #expect(second?.header.count == 2)
        #expect(second?.bytes == two)
        #expect(throws: BatchProblem.self) { try file.next() }
        #expect(try file.next() == nil)
    }

    @Test func `gzip is undone up to the cap`() throws {
        let packed: [UInt8] = [
            31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 203, 72, 205, 201, 201, 7, 0, 134, 166, 16, 54, 5, 0, 0, 0,
        ]
        #expect(try BodyEncoding.decode(packed, name: "gzip") == Array("hello".utf8))
        #expect(throws: BatchProblem(.size)) { try BodyEncoding.decode(packed, name: "gzip", cap: 4) }
        #expect(throws: BatchProblem(.encoding)) { try BodyEncoding.decode(Array(packed.dropLast(9)), name: "gzip") }
        #expect(throws: BatchProblem(.encoding)) { try BodyEncoding.decode(packed, name: "br") }
        #expect(throws: BatchProblem(.size)) {
            try BodyEncoding.decode(Array(repeating: 1, count: BatchCodec.maximumBytes + 1), name: nil)
        }
    }
}
