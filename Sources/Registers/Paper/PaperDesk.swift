// The node's own source of messages: recaps that a person entered from paper.
// SPDX-License-Identifier: Apache-2.0
import Crypto
import FoundationEssentials
import MessageLog
import PluginKit
package import PostgresClient
package import Sync

/// One recap on its way to the log.
package struct PaperRecap: Hashable, Sendable {
    struct Place: Hashable {
        var posyandu: UUID
        var month: Period
    }
    struct Content: Hashable {
        var values: [String]
        var uncounted: [String]
    }

    var posyandu: UUID
    var register: String
    var month: Period
    var content: Content

    var place: Place { Place(posyandu: posyandu, month: month) }

    init(posyandu: UUID, register: String, _ line: RecapLine) {
        self.posyandu = posyandu
        self.register = register
        month = line.month
        content = Content(
            values: line.values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" },
            uncounted: line.uncounted.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        )
    }
}

/// Sends recaps through the same door as every kiosk: signed batches of a registered source. Every sending is an epoch of
/// its own with a key that is forgotten afterwards, so nobody can add to it later.
package struct PaperDesk: Sendable {
    /// Recaps of one batch: some 3 KB each, and a batch has 1 MiB.
    static let recapsAtOnce = 200

    private let pool: PostgresPool
    private let intake: BatchIntake
    private let source: UUID
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - kabupaten: region code; makes the source's name of this node.
    ///   - now: microseconds since 1970 UTC.
    package init(
        pool: PostgresPool,
        intake: BatchIntake,
        kabupaten: String,
        now: @escaping @Sendable () -> Int64 = { WallClock.microseconds() }
    ) {
        self.pool = pool
        self.intake = intake
        self.now = now
        source = Self.source(of: kabupaten)
    }

    /// A UUID (version 8) that follows from the kabupaten.
    static func source(of kabupaten: String) -> UUID {
        var bytes = Array(SHA256.hash(data: Array("posyandud paper desk \(kabupaten)".utf8)).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        return bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }

    /// - Throws: ``RegisterError`` when the log does not take a batch; what came before it is in the log.
    func send(_ recaps: [PaperRecap], type: Manifest.Record, today: CivilDate) async throws {
        let key = Curve25519.Signing.PrivateKey()
        let source = source
        let epoch = try await pool.withConnection { connection in
            let sign = Array(key.publicKey.rawRepresentation)
            do {
                return try LogSources.openEpoch(connection, source: source, incarnation: UUID(), signKey: sign)
            } catch let error as MessageLogError where error.code == .unknown {
                let new = NewSource(uuid: source, name: "rekap kertas", incarnation: UUID(), signKey: sign)
                return try LogSources.register(connection, [new]).first?.epoch ?? 1
            }
        }
        var sent = 0
        while sent < recaps.count {
            let chunk = recaps[sent..<min(sent + Self.recapsAtOnce, recaps.count)]
            let messages = chunk.enumerated().map { message($1, type, place: $0, today) }
            let batch = try BatchCodec.encode(
                source: source,
                epoch: epoch,
                first: Int64(sent + 1),
                messages: messages,
                key: key
            )
            let outcome = try await intake.receive(try BatchCodec.decode(batch), via: .file)
            guard case .reply(.committed(let receipt)) = outcome, receipt.rejected.isEmpty else {
                throw RegisterError(
                    "The log did not take the recaps: \(outcome). \(sent) of \(recaps.count) are in.",
                    hint: "Import the file again: what is in is not sent twice."
                )
            }
            sent += chunk.count
        }
    }

    private func message(_ recap: PaperRecap, _ type: Manifest.Record, place: Int, _ today: CivilDate) -> [UInt8] {
        let instant = now()
        let date = min(recap.month.last, today)
        var data: JSONObject = [
            "register": .string(recap.register), "bulan": .string(recap.month.description),
            "nilai": .array(recap.content.values.map { .string($0) }),
        ]
        if !recap.content.uncounted.isEmpty {
            data["tidak_dihitung"] = .array(recap.content.uncounted.map { .string($0) })
        }
        let message: JSONValue = [
            "id": .string(Self.identifier(instant / 1_000, place).uuidString.lowercased()),
            "type": .string("id.go.posyandu.\(type.type).v\(type.version)"), "time": .string(Self.text(instant)),
            "posyandu": .string(recap.posyandu.uuidString.lowercased()), "date": .string(date.description),
            "data": .object(data),
        ]
        return JSONWriter.canonical(message)
    }

    /// A UUIDv7; those of one batch are in the order of their places.
    private static func identifier(_ milliseconds: Int64, _ place: Int) -> UUID {
        var bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
        for index in 0..<6 { bytes[index] = UInt8(truncatingIfNeeded: milliseconds >> (40 - 8 * index)) }
        bytes[6] = 0x70 | UInt8(truncatingIfNeeded: place >> 8) & 0x0F
        bytes[7] = UInt8(truncatingIfNeeded: place)
        bytes[8] = bytes[8] & 0x3F | 0x80
        return bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }

    private static func text(_ microseconds: Int64) -> String {
        let seconds = Int(microseconds / 1_000_000)
        let date = CivilDate(daysSince1970: Int32(clamping: seconds / 86_400))
        let parts = [seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
        return "\(date)T\(parts.joined(separator: ":"))+00:00"
    }
}
