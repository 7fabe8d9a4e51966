// Takes a file of batches: what `posyanductl ingest FILE` and a stick bring.
// SPDX-License-Identifier: Apache-2.0
import FailPoints
import FoundationEssentials
package import MessageLog

/// What a file brought, in counts a person can read.
package struct FileTally: Hashable, Sendable {
    package var batches = 0
    /// Messages consumed now, refused ones included.
    package var taken = 0
    package var duplicates = 0
    /// Messages of the batches that stand in `rejected` of their answers.
    package var rejected = 0
    /// Batches that are kept and wait for earlier ones.
    package var waiting = 0
    /// Batches refused, by the code of the answer: `spool-full`, `stale-epoch`, `fork`, `signature`, ….
    package var refused: [String: Int] = [:]
    /// Byte offsets and codes of what was no batch.
    package var damaged: [Damage] = []

    /// One place in the file that could not be read.
    package struct Damage: Hashable, Sendable {
        package let offset: Int
        package let code: String
    }

    package var isClean: Bool { refused.isEmpty && damaged.isEmpty }

    mutating func add(_ outcome: BatchOutcome, count: Int) {
        batches += 1
        switch outcome {
        case .reply(.committed(let receipt)):
            duplicates += receipt.duplicates
            taken += count - receipt.duplicates
            rejected += receipt.rejected.count
        case .reply(.waiting): waiting += 1
        case .reply(let reply): refused[reply.code, default: 0] += 1
        case .problem(let problem): refused[problem.code.rawValue, default: 0] += 1
        }
    }
}

extension IngestReply {
    /// The word of the protocol for this answer.
    package var code: String {
        switch self {
        case .committed: "committed"
        case .gap: "gap"
        case .waiting: "waiting"
        case .spoolFull: "spool-full"
        case .staleEpoch: "stale-epoch"
        case .unknownEpoch: "unknown-epoch"
        case .unknownSource: "unknown-source"
        case .fork: "fork"
        case .blocked: "blocked"
        case .revoked: "revoked"
        case .overloaded: "overloaded"
        }
    }
}

extension BatchIntake {
    /// Takes every batch of a file: one body, or a concatenation, gzip or plain. Any order, any number of times.
    ///
    /// Batches of different sources are under way side by side, those of one source one after the other.
    ///
    /// - Parameter maximumBytes: bytes that may come out of a compressed file.
    /// - Throws: ``BatchProblem`` when the file cannot be decompressed; the error of the log when it cannot take a
    ///   batch.
    package func receive(file bytes: [UInt8], maximumBytes: Int = 1 << 30) async throws -> FileTally {
        var file = BatchFile(
            BodyEncoding.isGzip(bytes) ? try BodyEncoding.decode(bytes, name: "gzip", cap: maximumBytes) : bytes
        )
        return try await withThrowingTaskGroup(of: (UUID, Int, BatchOutcome).self) { group in
            var tally = FileTally()
            var underWay: Set<UUID> = []
            func finishOne() async throws {
                guard let (source, count, outcome) = try await group.next() else { return }
                underWay.remove(source)
                tally.add(outcome, count: count)
            }
            while true {
                let batch: BatchCodec.Decoded
                do throws(BatchProblem) {
                    guard let next = try file.next() else { break }
                    batch = next
                } catch {
                    tally.damaged.append(
                        FileTally.Damage(offset: error.offset ?? file.offset, code: error.code.rawValue)
                    )
                    continue
                }
                FailPoint.hit("sync.file-batch")
                let source = batch.header.source
                while underWay.contains(source) || underWay.count >= 64 { try await finishOne() }
                underWay.insert(source)
                group.addTask {
                    (source, batch.header.count, try await self.receive(batch, via: .file))
                }
            }
            while !underWay.isEmpty { try await finishOne() }
            return tally
        }
    }
}
