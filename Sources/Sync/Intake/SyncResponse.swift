// The answers of the sync protocol as status, headers and body, ready to be moved by Web.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
package import MessageLog
import PluginKit

/// One answer. Bodies are JSON.
package struct SyncResponse: Hashable, Sendable {
    package let status: Int
    package let headers: [Header]
    package let body: [UInt8]

    /// A header that the protocol asks for.
    package struct Header: Hashable, Sendable {
        package let name: String
        package let value: String
    }

    /// Who answers: what a node needs to notice that its parent was restored.
    package struct Server: Hashable, Sendable {
        package let id: String
        /// Raised by the restore or promotion procedure.
        package let timeline: Int
        /// Time as text, with offset.
        package let now: String

        package init(id: String, timeline: Int, now: String) {
            self.id = id
            self.timeline = timeline
            self.now = now
        }
    }

    /// The answer to a batch.
    package static func reply(_ reply: IngestReply, server: Server) -> SyncResponse {
        switch reply {
        case .committed(let receipt): return committed(receipt, server: server)
        case .gap(let mark): return problem(409, "gap", mark: mark, server: server)
        case .waiting(let mark): return waiting(mark, server: server)
        case .spoolFull(let mark): return unavailable(503, "spool-full", mark: mark, seconds: 60, server: server)
        case .staleEpoch: return problem(409, "stale-epoch", server: server)
        case .unknownEpoch: return problem(409, "unknown-epoch", server: server)
        case .unknownSource: return problem(404, "unknown-source", server: server)
        case .fork(let mark): return problem(409, "fork", mark: mark, server: server)
        case .blocked: return problem(423, "blocked", server: server)
        case .revoked: return problem(403, "revoked", server: server)
        case .overloaded(let seconds): return unavailable(429, "overloaded", seconds: seconds, server: server)
        }
    }

    /// The answer to bytes that are no batch.
    package static func problem(_ problem: BatchProblem, server: Server) -> SyncResponse {
        let status =
            switch problem.code {
            case .malformed, .digest, .encoding: 400
            case .signature: 401
            case .size: 413
            }
        return self.problem(status, problem.code.rawValue, server: server)
    }

    /// The answer to `GET /sync/v1/sources/{source}`.
    package static func mark(_ source: SourceStatus, server: Server) -> SyncResponse {
        switch source.state {
        case .open: break
        case .blocked: return problem(423, "blocked", server: server)
        case .revoked: return problem(403, "revoked", server: server)
        }
        return object(200, server: server) { writer in
            write(source.mark, to: &writer)
            write(durable: source.durable, applied: source.applied, to: &writer)
        }
    }

    /// 503: the log cannot take anything now, and nothing is acknowledged.
    package static func unavailable(seconds: Int, server: Server) -> SyncResponse {
        unavailable(503, "unavailable", seconds: seconds, server: server)
    }

    /// A refusal by code, with the mark where the node needs it.
    package static func problem(_ status: Int, _ code: String, mark: Mark? = nil, server: Server) -> SyncResponse {
        object(status, server: server) { writer in
            writer.name("error")
            writer.string(code)
            if let mark { write(mark, to: &writer) }
        }
    }

    private static func committed(_ receipt: IngestReceipt, server: Server) -> SyncResponse {
        object(200, server: server) { writer in
            write(receipt.mark, to: &writer)
            write(durable: receipt.durable, applied: receipt.applied, to: &writer)
            writer.name("duplicates")
            writer.integer(receipt.duplicates)
            writer.name("next_after_ms")
            writer.integer(0)
            writer.name("rejected")
            writer.beginArray()
            for rejection in receipt.rejected {
                writer.beginObject()
                writer.name("seq")
                writer.integer(Int(rejection.seq))
                writer.name("code")
                writer.string(rejection.code)
                writer.name("advice")
                writer.string(rejection.advice)
                writer.endObject()
            }
            writer.endArray()
        }
    }

    /// 202: kept until its turn comes, which is no acknowledgement.
    private static func waiting(_ mark: Mark, server: Server) -> SyncResponse {
        object(202, server: server) { writer in
            writer.name("waiting_for")
            writer.integer(Int(mark.hwm) + 1)
            write(mark, to: &writer)
        }
    }

    private static func unavailable(
        _ status: Int,
        _ code: String,
        mark: Mark? = nil,
        seconds: Int,
        server: Server
    ) -> SyncResponse {
        let answer = problem(status, code, mark: mark, server: server)
        return SyncResponse(
            status: status,
            headers: answer.headers + [Header(name: "Retry-After", value: String(seconds))],
            body: answer.body
        )
    }

    private static func write(_ mark: Mark, to writer: inout JSONWriter) {
        writer.name("epoch")
        writer.integer(Int(mark.epoch))
        writer.name("hwm")
        writer.integer(Int(mark.hwm))
        writer.name("head")
        if let head = mark.head { writer.string(hex(head)) } else { writer.null() }
    }

    private static func write(durable: Int64, applied: Int64, to writer: inout JSONWriter) {
        writer.name("durable_hwm")
        writer.integer(Int(durable))
        writer.name("applied")
        writer.integer(Int(applied))
    }

    private static func object(
        _ status: Int,
        server: Server,
        _ members: (inout JSONWriter) -> Void
    ) -> SyncResponse {
        var writer = JSONWriter()
        writer.beginObject()
        members(&writer)
        writer.name("server")
        writer.string(server.id)
        writer.name("timeline")
        writer.integer(server.timeline)
        writer.name("now")
        writer.string(server.now)
        writer.endObject()
        return SyncResponse(
            status: status,
            headers: [Header(name: "Content-Type", value: "application/json")],
            body: writer.bytes
        )
    }
}
