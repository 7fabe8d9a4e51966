// Writes a batch of records as lines of the wire.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Envelopes around payloads: the payload's and context's bytes are copied, never decoded.
enum BatchEncoder {
    /// The lines of a whole batch, its `batch` and `end` lines included.
    static func encode(_ records: ArraySlice<WorkerRecord>, number: Int, ask: Wire.Questions) -> [UInt8] {
        var size = 128
        for record in records { size += 256 + record.context.count + record.payload.count }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        Wire.encodeBatch(number, records: records.count, ask: ask, to: &bytes)
        var writer = JSONWriter(consume bytes)
        for record in records { write(record, to: &writer) }
        bytes = writer.bytes
        Wire.encodeEnd(number, to: &bytes)
        return bytes
    }

    private static func write(_ record: WorkerRecord, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("id")
        writer.string(record.id)
        writer.name("type")
        writer.string(record.type)
        writer.name("version")
        writer.integer(record.version)
        writer.name("posyandu")
        writer.string(record.posyandu)
        writer.name("date")
        writer.string(record.date)
        writer.name("context")
        record.context.withUnsafeBytes { writer.raw($0) }
        writer.name("payload")
        record.payload.withUnsafeBytes { writer.raw($0) }
        writer.endObject()
        writer.newline()
    }
}
