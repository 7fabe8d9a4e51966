// The canonical bytes of a snapshot: the same content gives the same bytes.
// SPDX-License-Identifier: Apache-2.0
import Crypto
import PluginKit

extension PeriodSnapshot {
    /// Canonical JSON: members in a fixed order, lists sorted by their keys, exact decimals as text.
    package var canonicalBytes: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("schema")
        writer.string("posyandud.snapshot/1")
        writer.name("revision")
        writer.integer(revision)
        writer.name("cutoff")
        writer.integer(Int(cutoff))
        writer.name("created")
        writer.integer(Int(createdAt))
        writeContent(&writer)
        writer.endObject()
        return writer.bytes
    }

    /// SHA-256 of what the registry said, without revision and times: equal digests mean that nothing changed.
    package var contentDigest: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writeContent(&writer)
        writer.endObject()
        return Array(SHA256.hash(data: writer.bytes))
    }

    private func writeContent(_ writer: inout JSONWriter) {
        writer.name("kabupaten")
        writer.string(kabupaten)
        writer.name("period")
        writer.string(period)
        writer.name("start")
        writer.date(start)
        writer.name("end")
        writer.date(end)
        writer.name("region_version")
        writer.string(regionVersion)
        writer.name("utc_offset_seconds")
        writer.integer(utcOffsetSeconds)
        writer.name("registered")
        writer.integer(completeness.registered)
        writer.name("reported")
        writer.integer(completeness.reported)
        writer.name("figures")
        writer.beginArray()
        for figure in figures.sorted(by: { ($0.sector, $0.indicator, $0.area) < ($1.sector, $1.indicator, $1.area) }) {
            writer.beginArray()
            for text in [figure.sector, figure.indicator, figure.kind, figure.unit, figure.area] { writer.string(text) }
            if let numerator = figure.numerator { writer.string(numerator) } else { writer.null() }
            if let denominator = figure.denominator { writer.string(denominator) } else { writer.null() }
            writer.string(figure.status.rawValue)
            // Only where there is something to say: the bytes of a registry without paper stay what they were.
            if figure.fromPaper > 0 { writer.integer(figure.fromPaper) }
            writer.endArray()
        }
        writer.endArray()
        writer.name("registry")
        writer.beginArray()
        for area in registry.sorted(by: { $0.area < $1.area }) {
            writer.beginArray()
            writer.string(area.area)
            writer.integer(area.posyandu)
            writer.integer(area.registered)
            writer.beginObject()
            for entry in area.cadresBySector.sorted(by: { $0.sector < $1.sector }) {
                writer.name(entry.sector)
                writer.integer(entry.cadres)
            }
            writer.endObject()
            writer.endArray()
        }
        writer.endArray()
        writer.name("cases")
        writer.beginArray()
        for entry in cases.sorted(by: { ($0.sector, $0.state, $0.area) < ($1.sector, $1.state, $1.area) }) {
            writer.beginArray()
            for text in [entry.sector, entry.state, entry.area] { writer.string(text) }
            writer.integer(entry.count)
            writer.endArray()
        }
        writer.endArray()
    }
}
