// A case register as it was when its month was closed: canonical JSON without a person, and how it is read back.
// SPDX-License-Identifier: Apache-2.0
import Crypto
import FoundationEssentials
import PluginKit

/// The registers of one posyandu, sector and month.
struct FrozenCases: Hashable, Sendable {
    struct Row: Hashable, Sendable {
        var id: UUID
        var type: String
        /// Revision of the record that the cells were made of.
        var revision: Int
        /// Cells of the columns; the one of the class is filled, the number is not.
        var cells: [SheetCell]
    }

    struct Register: Hashable, Sendable {
        var name: String
        var columns: [String]
        var rows: [Row]
    }

    var month: String
    var posyandu: UUID
    var sector: String
    var counts: CaseCounts
    var registers: [Register]

    /// The same register gives the same bytes.
    var bytes: [UInt8] {
        var json = JSONObject()
        json["month"] = .string(month)
        json["posyandu"] = .string(posyandu.uuidString.lowercased())
        json["sector"] = .string(sector)
        json["counts"] = .array(counts.values.map { .number(JSONNumber($0)) })
        json["registers"] = .array(
            registers.map { register in
                [
                    "name": .string(register.name), "columns": .array(register.columns.map { .string($0) }),
                    "rows": .array(
                        register.rows.map { row in
                            [
                                "case": .string(row.id.uuidString.lowercased()), "type": .string(row.type),
                                "revision": .number(JSONNumber(row.revision)),
                                "cells": .array(row.cells.map(Self.json)),
                            ]
                        }
                    ),
                ]
            }
        )
        var writer = JSONWriter()
        writer.value(.object(json))
        return writer.bytes
    }

    static func digest(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }

    /// - Throws: when the bytes are not what ``bytes`` made.
    init(_ bytes: [UInt8]) throws {
        func damaged() -> RegisterError {
            RegisterError("A closed register is damaged.", hint: "restore registry.case_month_register from a backup")
        }
        let json = try JSONParser.parse(bytes)
        guard let month = json["month"]?.string, let sector = json["sector"]?.string,
            let posyandu = json["posyandu"]?.string.flatMap(UUID.init(uuidString:)),
            let counts = CaseCounts(values: (json["counts"]?.array ?? []).compactMap(\.integer))
        else { throw damaged() }
        (self.month, self.sector, self.posyandu, self.counts) = (month, sector, posyandu, counts)
        registers = try (json["registers"]?.array ?? []).map { register in
            Register(
                name: register["name"]?.string ?? "",
                columns: (register["columns"]?.array ?? []).compactMap(\.string),
                rows: try (register["rows"]?.array ?? []).map { row in
                    guard let id = row["case"]?.string.flatMap(UUID.init(uuidString:)),
                        let revision = row["revision"]?.integer
                    else { throw damaged() }
                    return Row(
                        id: id,
                        type: row["type"]?.string ?? "",
                        revision: revision,
                        cells: (row["cells"]?.array ?? []).map(Self.cell)
                    )
                }
            )
        }
    }

    init(month: String, posyandu: UUID, sector: String, counts: CaseCounts, registers: [Register]) {
        (self.month, self.posyandu, self.sector) = (month, posyandu, sector)
        (self.counts, self.registers) = (counts, registers)
    }

    private static func json(_ cell: SheetCell) -> JSONValue {
        switch cell {
        case .empty: .null
        case .number(let number): .number(JSONNumber(number))
        case .text(let text): .string(text)
        }
    }

    private static func cell(_ json: JSONValue) -> SheetCell {
        if let number = json.decimal { return .number(number) }
        return json.string.map { .text($0) } ?? .empty
    }
}
