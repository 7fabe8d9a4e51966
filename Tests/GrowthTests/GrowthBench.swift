// The shipped tables and the vector files, as tests read them.
// SPDX-License-Identifier: Apache-2.0

import Growth

@testable import PluginKit

/// The reference data of the health sector, read where it lies in the source.
enum GrowthBench {
    static let folder = String(#filePath.dropLast("Tests/GrowthTests/GrowthBench.swift".count))

    static func bytes(_ table: String) throws(SetupError) -> [UInt8] {
        try FileReader.read("\(folder)Plugins/Kesehatan/tables/\(table).csv", limit: Table.maximumBytes)
    }

    static let tables = Result { try GrowthTables(bytes) }

    static let categories = Result {
        try NutritionCategories(Table(csv: bytes("kategori_gizi"), name: "kategori_gizi.csv"))
    }

    static func vectors(_ name: String) throws -> [Table.Row] {
        let path = "\(folder)Tests/GrowthTests/vectors/\(name).csv"
        return try Table(csv: FileReader.read(path, limit: Table.maximumBytes), name: name).rows
    }
}

extension Table.Row {
    /// A cell as a number; nil when it is empty.
    func number(_ column: String) -> Double? { self[column].flatMap { PlainDecimal($0) }?.double }

    /// A score of two decimals as the file prints it; nil when it is empty or `NA`.
    func score(_ column: String) -> ZScore? { number(column).flatMap { ZScore(rounding: $0) } }

    func posture(_ column: String) -> GrowthMeasurement.Posture? {
        switch self[column] {
        case "l": .lying
        case "h": .standing
        default: nil
        }
    }
}
