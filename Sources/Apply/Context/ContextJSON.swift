// Writes the context object that a worker gets with a record.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit

/// `{"subject":{…},"previous":[…],"posyandu":{…}}`: exactly what the manifest asked for, and never a name or a NIK.
enum ContextJSON {
    static func write(
        subject: UUID?,
        facts: SubjectFacts?,
        previous: [RecordState],
        types: ApplyCatalogue,
        village: String
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.bytes.reserveCapacity(200 + previous.count * 200)
        writer.beginObject()
        if let subject {
            writer.name("subject")
            writer.beginObject()
            writer.name("id")
            writer.string(subject.lowercased)
            if let facts {
                writer.name("sex")
                writer.string(facts.sex)
                writer.name("birth_date")
                writer.date(facts.birthDate)
            }
            writer.endObject()
        }
        writer.name("previous")
        writer.beginArray()
        for record in previous {
            writer.beginObject()
            writer.name("id")
            writer.string(record.id.lowercased)
            writer.name("type")
            writer.string(types.byID[record.type]?.name ?? "")
            writer.name("date")
            writer.date(record.date)
            writer.name("fields")
            record.body.withUnsafeBytes { writer.raw($0) }
            writer.endObject()
        }
        writer.endArray()
        writer.name("posyandu")
        writer.beginObject()
        writer.name("village")
        writer.string(village)
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }
}
