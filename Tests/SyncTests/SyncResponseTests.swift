// Every answer of the writer as status and JSON.
// SPDX-License-Identifier: Apache-2.0
import MessageLog
import Sync
import Testing

@Suite struct SyncResponseTests {
    let server = SyncResponse.Server(id: "6f1c", timeline: 3, now: "2026-11-03T08:15:00+07:00")
    let mark = Mark(epoch: 7, hwm: 1_250, head: [0xAB, 0x01])

    @Test(arguments: [
        (IngestReply.staleEpoch, 409, "stale-epoch"), (.unknownEpoch, 409, "unknown-epoch"),
        (.unknownSource, 404, "unknown-source"), (.blocked, 423, "blocked"), (.revoked, 403, "revoked"),
        (.gap(Mark(epoch: 7, hwm: 9, head: nil)), 409, "gap"), (.fork(Mark(epoch: 7, hwm: 9, head: nil)), 409, "fork"),
        (.overloaded(retryAfterSeconds: 5), 429, "overloaded"),
        (.spoolFull(Mark(epoch: 7, hwm: 9, head: nil)), 503, "spool-full"),
    ])
    func `a refusal has its status and its word`(reply: IngestReply, status: Int, word: String) {
        let response = SyncResponse.reply(reply, server: server)
        #expect(response.status == status)
        #expect(String(decoding: response.body, as: UTF8.self).hasPrefix(#"{"error":"\#(word)""#))
        #expect(response.headers.contains { $0.name == "Retry-After" } == [429, 503].contains(status))
    }

    @Test(arguments: [
        (BatchProblem.Code.malformed, 400), (.digest, 400), (.encoding, 400), (.signature, 401), (.size, 413),
    ])
    func `bytes that are no batch are refused`(code: BatchProblem.Code, status: Int) {
        #expect(SyncResponse.problem(BatchProblem(code), server: server).status == status)
    }

    @Test func `a gap carries mark and head`() {
        let response = SyncResponse.reply(.gap(mark), server: server)
        #expect(
            String(decoding: response.body, as: UTF8.self)
                == #"{"error":"gap","epoch":7,"hwm":1250,"head":"ab01","server":"6f1c","timeline":3,"now":"2026-11-03T08:15:00+07:00"}"#
        )
    }
}
