// Keeps what a destination, or a person, said of a document.
// SPDX-License-Identifier: Apache-2.0

internal import PluginKit
internal import PostgresClient

extension Outbox {
    /// The statement that writes the receipts which events leave; `nil` when none leaves one.
    static func receipts(_ events: [(document: Int64, event: PushEvent)], now: Int64) -> Statement? {
        let receipts = events.compactMap { entry in receipt(entry.event, of: entry.document) }
        return receipts.isEmpty ? nil : inserting(receipts, now: now)
    }

    private static func receipt(_ event: PushEvent, of document: Int64) -> Receipt? {
        var receipt = Receipt(document: document)
        switch event {
        case .answered(let outcome):
            switch outcome.kind {
            case .ackFinal, .ackPending, .partial, .duplicateOK: break
            case .rejected, .windowClosed, .stale:
                if outcome.errors.isEmpty && outcome.transaction == nil { return nil }
            case .retryLater, .auth, .tooBig, .contractDrift: return nil
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
        default: return nil
        }
        return receipt
    }

    private struct Receipt {
        var document: Int64
        var kind = ""
        var outcome: Outcome?
        var remoteRevision: Int?
        var remoteDigest: String?
        var proof: String?
    }

    private static func inserting(_ receipts: [Receipt], now: Int64) -> Statement {
        func numbers(_ number: (Receipt) -> Int?) -> PostgresValue {
            .int4OptionalArray(receipts.map { number($0).map { Int32(clamping: $0) } })
        }
        return (
            """
            insert into outbox.receipt(document_id, kind, at, code, transaction, saved, changed, same, refused, errors,
              remote_revision, remote_digest, proof)
            select id, kind, $13, code, transaction, saved, changed, same, refused, errors::jsonb, remote_revision,
                remote_digest, proof
              from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::int[], $6::int[], $7::int[], $8::int[],
                $9::text[], $10::int[], $11::text[], $12::text[])
                r(id, kind, code, transaction, saved, changed, same, refused, errors, remote_revision, remote_digest, proof)
            """,
            [
                .int8Array(receipts.map(\.document)), .textArray(receipts.map(\.kind)),
                .textOptionalArray(receipts.map(\.outcome?.code)),
                .textOptionalArray(receipts.map(\.outcome?.transaction)), numbers(\.outcome?.rows?.saved),
                numbers(\.outcome?.rows?.changed), numbers(\.outcome?.rows?.same), numbers(\.outcome?.rows?.refused),
                .textOptionalArray(
                    receipts.map { $0.outcome.flatMap { $0.errors.isEmpty ? nil : errorsText($0.errors) } }
                ),
                numbers(\.remoteRevision), .textOptionalArray(receipts.map(\.remoteDigest)),
                .textOptionalArray(receipts.map(\.proof)), .timestamptz(now),
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
