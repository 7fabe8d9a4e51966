// Attachments that the office adds to a record which has come: decided here, without a sector.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import MessageLog
import PluginKit

extension BatchDecider {
    /// `lampiran.ditambah`: the attachments of the message belong to the record that it names.
    mutating func addAttachment(_ index: Int, _ message: Message) {
        guard let id = CoreType.attachmentAdded.target(message) else {
            return refuse(index, "lampiran.catatan", "catatan", "id catatan harus UUID")
        }
        guard let record = set.record(of: id) else {
            return hold(index, WaitingKey.waitsFor(record: id), "record of the attachment has not come yet")
        }
        guard record.current.posyandu == items[index].posyandu else {
            return refuse(index, "lampiran.bukan_milik", "catatan", "catatan itu milik posyandu lain")
        }
        guard !message.attachments.isEmpty else {
            return refuse(index, "lampiran.kosong", "attachments", "pesan tidak menyebut lampiran")
        }
        items[index].verdict = .applied
    }
}
