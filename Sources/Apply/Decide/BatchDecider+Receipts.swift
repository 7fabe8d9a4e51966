// Receipts of cases: the code that a message carries is checked, a case without one gets it from the hub.
// SPDX-License-Identifier: Apache-2.0
import Cases
import FoundationEssentials
import MessageLog
import PluginKit

extension BatchDecider {
    /// Whether a record may have the code that its message carries; else the item gets its verdict.
    mutating func mayHaveReceipt(_ index: Int, _ message: Message, _ record: UUID) async throws -> Bool {
        guard let code = message.receipt else { return true }
        guard code.range == Int(items[index].entry.source.value) else {
            refuse(
                index,
                "tanda_terima.bukan_milik",
                "tanda_terima",
                "kode tanda terima ini dari deretan nomor perangkat lain"
            )
            return false
        }
        if let holder = set.receipts[code], holder != record {
            refuse(
                index,
                "tanda_terima.dipakai",
                "tanda_terima",
                "kode tanda terima ini sudah dipakai laporan lain"
            )
            return false
        }
        if try await hasCase(record), let given = set.cases[record]?.receipt, given != code.plain {
            refuse(
                index,
                "tanda_terima.berubah",
                "tanda_terima",
                "laporan ini sudah mempunyai tanda terima lain; kodenya tidak berubah"
            )
            return false
        }
        return true
    }

    /// The code of a case that opens: of the message that opens it, when it carries one, else the hub's, which is the place of that
    /// message in the log. So a replay gives the same codes, in whatever order shards are applied.
    mutating func giveReceipt(to state: RecordState) async throws -> ReceiptCode? {
        if let code = try await carriedReceipt(state.lineage) {
            let holder = set.receipts[code] ?? state.id
            if holder == state.id {
                set.receipts[code] = state.id
                return code
            }
        }
        return ReceiptCode(range: 0, serial: Int(state.lineage))
    }

    /// Of a message of this batch, which was checked; or of an earlier one whose record opens a case only now, because it is asked
    /// again: then nobody looked whether its code is free.
    private mutating func carriedReceipt(_ lineage: Int64) async throws -> ReceiptCode? {
        if let message = messages[lineage] { return message.receipt }
        guard let entry = try await entry(of: lineage), let code = (try? Message(entry.payload))?.receipt,
            code.range == Int(entry.source.value)
        else { return nil }
        var questions = ContextQuestions()
        questions.receipts = [code]
        set = try await reading.load(questions, into: set)
        return code
    }

    /// Notes that a message changed a record, with the reason it gave.
    mutating func note(
        _ kind: RecordChange.Kind,
        of record: UUID,
        by message: Message,
        _ entry: LogEntry,
        reason: String? = nil
    ) {
        changes.append(
            RecordChange(
                record: record,
                lineage: entry.lineage,
                kind: kind,
                at: entry.at,
                reason: message.reason ?? reason
            )
        )
    }
}

extension UUID {
    /// A key of batches for a code: not a UUID of any version, so that it meets no other key.
    init(code: ReceiptCode) {
        var octets = [UInt8](repeating: 0, count: 16)
        for (place, byte) in code.plain.utf8.enumerated() { octets[7 + place] = byte }
        self = octets.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }
}
