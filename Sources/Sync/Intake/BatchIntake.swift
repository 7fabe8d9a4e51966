// The way of a batch from bytes to an answer: decode, verify, write, drain what waited for it.
// SPDX-License-Identifier: Apache-2.0

import FailPoints
package import FoundationEssentials
package import Logging
package import MessageLog
package import PostgresClient

/// What became of a batch that did not come as an HTTP request.
package enum BatchOutcome: Sendable {
    case reply(IngestReply)
    case problem(BatchProblem)
}

/// The shell around the codec and the ``LogWriter``; Web and `posyanductl ingest` only move bytes to it.
package final class BatchIntake: Sendable {
    private let writer: LogWriter
    private let directory: SourceDirectory
    private let pool: PostgresPool
    private let sealing: SealRule?
    private let log: Logger
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - pool: for the keys of sources and the spool; may be the writer's.
    ///   - sealing: which record types may stand in the log in the clear; nil seals only what names a person.
    ///   - now: microseconds since 1970 UTC.
    package init(
        writer: LogWriter,
        directory: SourceDirectory,
        pool: PostgresPool,
        sealing: SealRule? = nil,
        log: Logger,
        now: @escaping @Sendable () -> Int64 = WallClock.microseconds
    ) {
        self.writer = writer
        self.directory = directory
        self.pool = pool
        self.sealing = sealing
        self.log = log
        self.now = now
    }

    // MARK: HTTP

    /// `POST /sync/v1/sources/{source}/epochs/{epoch}/batches`. Never throws: what fails here is a 503 that
    /// acknowledges nothing.
    ///
    /// - Parameters:
    ///   - source: of the path, as `epoch`; both must be those of the header.
    ///   - sentAt: the `Posy-Sent-At` header, RFC 3339, when there was one.
    package func receive(
        body: [UInt8],
        contentEncoding: String?,
        sentAt: String?,
        source: UUID,
        epoch: Int32,
        server: SyncResponse.Server
    ) async -> SyncResponse {
        FailPoint.hit("sync.body-received")
        do {
            let batch = try await decode(body, contentEncoding: contentEncoding)
            guard batch.header.source == source, batch.header.epoch == epoch else {
                throw BatchProblem(.malformed)
            }
            let offset = sentAt.flatMap(Self.instant).map { self.now() - $0 }
            switch try await receive(batch, via: .https, clockOffset: offset) {
            case .reply(let reply):
                FailPoint.hit("sync.before-response")
                return .reply(reply, server: server)
            case .problem(let problem): return .problem(problem, server: server)
            }
        } catch let problem as BatchProblem {
            return .problem(problem, server: server)
        } catch {
            log.error("intake failed", metadata: ["node": "\(source)", "code": "\(Self.code(of: error))"])
            return .unavailable(seconds: 5, server: server)
        }
    }

    /// `GET /sync/v1/sources/{source}`.
    package func mark(of source: UUID, server: SyncResponse.Server) async -> SyncResponse {
        do {
            guard let status = try await directory.status(of: source) else {
                return .reply(.unknownSource, server: server)
            }
            return .mark(status, server: server)
        } catch {
            log.error("mark not read", metadata: ["node": "\(source)", "code": "\(Self.code(of: error))"])
            return .unavailable(seconds: 5, server: server)
        }
    }

    // MARK: Any way

    /// Verifies a decoded batch and takes it; afterwards drains what had waited for it.
    ///
    /// - Throws: when the log could not take it; nothing is acknowledged then.
    package func receive(
        _ batch: BatchCodec.Decoded,
        via: Via,
        clockOffset: Int64? = nil
    ) async throws -> BatchOutcome {
        let key: [UInt8]
        switch try await directory.signKey(source: batch.header.source, epoch: batch.header.epoch) {
        case .key(let bytes): key = bytes
        case .unknownSource: return .reply(.unknownSource)
        case .unknownEpoch: return .reply(.unknownEpoch)
        }
        let verified: VerifiedBatch
        do throws(BatchProblem) {
            verified = try await verify(batch, key, via, clockOffset)
        } catch {
            return .problem(error)
        }
        FailPoint.hit("sync.verified")
        let reply = try await writer.ingest(verified)
        FailPoint.hit("sync.taken")
        if case .committed(let receipt) = reply, receipt.hasSpooled {
            try await drain(batch.header.source, receipt.mark)
        }
        return .reply(reply)
    }

    /// Drains the early batches whose turn has come: once at start, for what a crash left.
    package func drainSpool() async throws {
        let ready = try await pool.withConnection { c in try LogSpool.ready(c) }
        for (source, mark) in ready { try await drain(source, mark) }
    }

    private func drain(_ source: UUID, _ mark: Mark) async throws {
        var mark = mark
        while true {
            let (epoch, hwm) = (mark.epoch, mark.hwm)
            let next = try await pool.withConnection { c in
                try LogSpool.next(c, source: source, epoch: epoch, hwm: hwm)
            }
            guard let next else { return }
            FailPoint.hit("sync.spool-drained")
            // It was verified before it was put aside; its bytes are unchanged.
            guard let batch = try? BatchCodec.decode(next.batch),
                case .key(let key) = try await directory.signKey(source: source, epoch: epoch),
                let verified = try? await verify(batch, key, .file, nil)
            else { return }
            guard case .committed(let receipt) = try await writer.ingest(verified) else { return }
            mark = receipt.mark
            try await pool.withConnection { c in try LogSpool.remove(c, next) }
        }
    }

    /// On the shared pool, not on the caller's actor or event loop.
    @concurrent
    private func decode(_ body: [UInt8], contentEncoding: String?) async throws(BatchProblem) -> BatchCodec.Decoded {
        try BatchCodec.decode(try BodyEncoding.decode(body, name: contentEncoding))
    }

    @concurrent
    private func verify(
        _ batch: BatchCodec.Decoded,
        _ key: [UInt8],
        _ via: Via,
        _ clockOffset: Int64?
    ) async throws(BatchProblem) -> VerifiedBatch {
        try BatchCodec.verify(batch, signKey: key, via: via, clockOffset: clockOffset, sealing: sealing)
    }

    private static func instant(_ text: String) -> Int64? {
        var text = text
        return text.withUTF8 { InstantText(rfc3339: UnsafeRawBufferPointer($0))?.microseconds }
    }

    private static func code(of error: any Error) -> String {
        switch error {
        case let error as PostgresError: error.sqlState ?? error.code.name
        case let error as MessageLogError: error.code.description
        default: String(describing: type(of: error))
        }
    }
}
