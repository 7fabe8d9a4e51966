// A figure as a row of a `sipd-rekap/1` document.
// SPDX-License-Identifier: Apache-2.0

internal import PluginKit

extension FigureRow {
    /// Writes the row's object. Integers only go out as `pembilang` and `penyebut`.
    func write(to writer: inout JSONWriter) throws(PlanError) {
        let value = try value()
        writer.beginObject()
        writer.name("kodeindikator")
        writer.string(code)
        if let sector {
            writer.name("bidang")
            writer.string(sector)
        }
        writer.name("wilayah")
        writer.string(area)
        writer.name("satuan")
        writer.string(unit)
        if let value {
            if let numerator = numerator?.integer, numerator >= 0, !isRatio || denominator?.integer != nil {
                writer.name("pembilang")
                writer.integer(numerator)
                if isRatio, let denominator = denominator?.integer {
                    writer.name("penyebut")
                    writer.integer(denominator)
                }
            }
            writer.name("nilai")
            writer.string(value)
        }
        writer.name("status")
        writer.string(value == nil ? SnapshotStatus.noData : status)
        writer.name("subkegiatan")
        writer.beginArray()
        for code in subkegiatan { writer.string(code) }
        writer.endArray()
        writer.endObject()
    }
}

/// The words of `data[].status`.
enum SnapshotStatus {
    static let noData = "tidak_ada_data"
}
