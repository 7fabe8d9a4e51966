// A MeasureReport as bytes: one group an indicator, the kecamatan as its strata.
// SPDX-License-Identifier: Apache-2.0

internal import PluginKit
internal import Summaries

/// Writes the resource of one sector and period. Rows are sorted by code, then area.
struct MeasureReport {
    let exporter: Fhir
    let source: SnapshotRows
    let key: NaturalKey
    let revision: Int

    func bytes(_ rows: [FigureRow]) throws(PlanError) -> [UInt8] {
        let snapshot = source.snapshot
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("resourceType", "MeasureReport")
        writer.member("id", Fhir.id(key))
        writer.name("identifier")
        writer.beginArray()
        writer.beginObject()
        writer.member("system", exporter.identifierSystem)
        writer.member("value", Fhir.identifierPrefix(key) + String(revision))
        writer.endObject()
        writer.endArray()
        writer.member("status", "complete")
        writer.member("type", "summary")
        writer.member(
            "measure",
            exporter.option("measure", "urn:posyandu6spm:measure:{sector}")
                .replacing("{sector}", with: key.kind.rawValue)
        )
        reference("subject", &writer)
        writer.member("date", LocalTime.text(snapshot.createdAt, snapshot.utcOffsetSeconds))
        reference("reporter", &writer)
        writer.name("period")
        writer.beginObject()
        writer.name("start")
        writer.date(snapshot.start)
        writer.name("end")
        writer.date(snapshot.end)
        writer.endObject()
        writer.name("group")
        writer.beginArray()
        for rows in Self.groups(rows) { try group(rows, &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private static func groups(_ rows: [FigureRow]) -> [[FigureRow]] {
        var groups: [[FigureRow]] = []
        for row in rows.sorted(by: { ($0.code, $0.area) < ($1.code, $1.area) }) {
            if groups.last?.last?.code == row.code {
                groups[groups.count - 1].append(row)
            } else {
                groups.append([row])
            }
        }
        return groups
    }

    /// A literal reference when the file gives one; else who is meant, by the region's code.
    private func reference(_ name: StaticString, _ writer: inout JSONWriter) {
        let isSubject = "\(name)" == "subject"
        writer.name(name)
        writer.beginObject()
        if let literal = source.settings.dialect.options["\(name)"] {
            writer.member("reference", literal)
        } else {
            writer.member("type", isSubject ? "Location" : "Organization")
            writer.name("identifier")
            writer.beginObject()
            writer.member("system", areaSystem)
            writer.member("value", source.settings.dialect.orgUnits.name(source.snapshot.kabupaten))
            writer.endObject()
        }
        if !isSubject, !source.settings.sendingOffice.isEmpty {
            writer.member("display", source.settings.sendingOffice)
        }
        writer.endObject()
    }

    private var areaSystem: String { exporter.option("area_system", "urn:posyandu6spm:wilayah") }

    // MARK: Groups

    /// The kabupaten's own row is the group's; those of kecamatan are strata.
    private func group(_ rows: [FigureRow], _ writer: inout JSONWriter) throws(PlanError) {
        let kabupaten = source.snapshot.kabupaten
        writer.beginObject()
        concept("code", exporter.option("code_system", "urn:posyandu6spm:indikator"), rows[0].code, &writer)
        for row in rows where row.area == kabupaten { try measures(row, &writer) }
        let strata = rows.filter { $0.area != kabupaten }
        if !strata.isEmpty {
            writer.name("stratifier")
            writer.beginArray()
            writer.beginObject()
            writer.name("code")
            writer.beginArray()
            coding(areaSystem, exporter.option("kecamatan_code", "kecamatan"), &writer)
            writer.endArray()
            writer.name("stratum")
            writer.beginArray()
            for row in strata {
                writer.beginObject()
                concept("value", areaSystem, source.settings.dialect.orgUnits.name(row.area), &writer)
                try measures(row, &writer)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
            writer.endArray()
        }
        writer.endObject()
    }

    /// Counts are whole: what has decimals, as a sum of kilograms, is a score only.
    private func measures(_ row: FigureRow, _ writer: inout JSONWriter) throws(PlanError) {
        guard let value = try row.value(), let score = ExactDecimal(value) else { return }
        var populations: [(code: String, count: Int)] = []
        if row.isRatio {
            if let numerator = row.numerator?.integer, let denominator = row.denominator?.integer {
                populations = [("denominator", denominator), ("numerator", numerator)]
            }
        } else if let count = row.numerator?.integer {
            populations = [("initial-population", count)]
        }
        if !populations.isEmpty {
            writer.name("population")
            writer.beginArray()
            for population in populations {
                writer.beginObject()
                concept("code", Self.populationSystem, population.code, &writer)
                writer.name("count")
                writer.integer(population.count)
                writer.endObject()
            }
            writer.endArray()
        }
        guard row.isRatio || populations.isEmpty else { return }
        writer.name("measureScore")
        writer.beginObject()
        writer.name("value")
        writer.decimal(score)
        writer.member("unit", row.isRatio ? "%" : row.unit)
        if row.isRatio {
            writer.member("system", "http://unitsofmeasure.org")
            writer.member("code", "%")
        }
        writer.endObject()
    }

    private static let populationSystem = "http://terminology.hl7.org/CodeSystem/measure-population"

    private func concept(_ name: StaticString, _ system: String, _ code: String, _ writer: inout JSONWriter) {
        writer.name(name)
        coding(system, code, &writer)
    }

    private func coding(_ system: String, _ code: String, _ writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("coding")
        writer.beginArray()
        writer.beginObject()
        writer.member("system", system)
        writer.member("code", code)
        writer.endObject()
        writer.endArray()
        writer.endObject()
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: StaticString, _ value: String) {
        self.name(name)
        string(value)
    }
}
