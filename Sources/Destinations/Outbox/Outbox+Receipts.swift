// Keeps what a destination, or a person, said of a document.
// SPDX-License-Identifier: Apache-2.0

internal import PluginKit
internal import PostgresClient

extension Outbox {
    /// Writes the receipt that an event leaves, if it leaves one.
    static func writeReceipt(
        _ document: Int64,
        _ event: PushEvent,
        now: Int64,
        on connection: isolated PostgresConnection
    ) throws {
        var receipt = Receipt()
        switch event {
        case .answered(let outcome):
            switch outcome.kind {
            case .ackFinal, .ackPending, .partial, .duplicateOK: break
            case .rejected, .windowClosed, .stale: if outcome.errors.isEmpty && outcome.transaction == nil { return }
            case .retryLater, .auth, .tooBig, .contractDrift: return
            }
            receipt.kind = "announced"
            receipt.outcome = outcome
        case .found(.same): receipt.kind = "read_back"
        case .found(.different(let digest)):
            receipt.kind = "drift"
            receipt.remoteDigest = digest
        case .found(.ahead(let revision)):
            receipt.kind = "drift"
            receipt.remoteRevision = revision
        case .acknowledgedByHand(let proof):
            receipt.kind = "by_hand"
            receipt.proof = proof
        default: return
        }
        try insert(receipt, document, now: now, on: connection)
    }

    private struct Receipt {
        var kind = ""
        var outcome: Outcome?
        var remoteRevision: Int?
        var remoteDigest: String?
        var proof: String?
    }

    private static func insert(
        _ receipt: Receipt,
        _ document: Int64,
        now: Int64,
        on connection: isolated PostgresConnection
    ) throws {
        let rows = receipt.outcome?.rows
        let errors = receipt.outcome.flatMap { $0.errors.isEmpty ? nil : errorsText($0.errors) }
        try connection.execute(
            """
            insert into outbox.receipt(document_id, kind, at, code, transaction, saved, changed, same, refused, errors,
              remote_revision, remote_digest, proof)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            """,
            [
                .int8(document), .text(receipt.kind), .timestamptz(now), .text(optional: receipt.outcome?.code),
                .text(optional: receipt.outcome?.transaction), .int4(optional: rows?.saved),
                .int4(optional: rows?.changed), .int4(optional: rows?.same), .int4(optional: rows?.refused),
                errors.map(PostgresValue.jsonb) ?? .null, .int4(optional: receipt.remoteRevision),
                .text(optional: receipt.remoteDigest), .text(optional: receipt.proof),
            ]
        )
    }

    private static func errorsText(_ errors: [Outcome.RowError]) -> String {
        var writer = JSONWriter()
        writer.beginArray()
        for error in errors {
            writer.beginObject()
            if let index = error.index {
                writer.name("index")
                writer.integer(index)
            }
            writer.name("pointer")
            writer.string(error.pointer)
            writer.name("code")
            writer.string(error.code)
            writer.name("message")
            writer.string(error.message)
            writer.endObject()
        }
        writer.endArray()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
