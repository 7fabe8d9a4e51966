// The list of DSSD indicators: which there are, and which are out of use.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation

/// From a CSV with the columns of `get_ref_dssd`; without one, every code of the right form is in use.
struct ServIndicators: Sendable {
    enum Status: Sendable { case active, disabled, unknown }

    /// As `get_ref_dssd` shows them, by code.
    private(set) var rows: [Node] = []
    private var known: [String: Status] = [:]

    init(file: String?) throws {
        guard let file else { return }
        guard let data = FileManager.default.contents(atPath: file) else {
            throw ValidationError("--dssd: \(file) cannot be read")
        }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").map { $0.filter { $0 != "\r" } }
        guard let head = lines.first?.split(separator: ",").map(String.init), head.contains("kodeindikator") else {
            throw ValidationError("--dssd: \(file) has no column kodeindikator")
        }
        var list: [(String, Node)] = []
        for (number, line) in lines.enumerated().dropFirst() {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard cells.count == head.count else {
                throw ValidationError("--dssd: \(file):\(number + 1) has \(cells.count) columns, not \(head.count)")
            }
            let fields = Dictionary(zip(head, cells), uniquingKeysWith: { first, _ in first })
            let code = fields["kodeindikator"] ?? ""
            known[code] = fields["status"] == "DISABLED" ? .disabled : .active
            list.append((code, Self.node(fields)))
        }
        rows = list.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// `subkegiatan` in the file is `code code …`.
    private static func node(_ fields: [String: String]) -> Node {
        var members = fields.mapValues(Node.string)
        members["subkegiatan"] = nil
        members["status"] = .string(fields["status"] ?? "AKTIF")
        members["mendukung_subkegiatan"] = .list(
            (fields["subkegiatan"] ?? "").split(separator: " ").map {
                .object(["kodesubkegiatan": .string(String($0)), "uraisubkegiatan": .string("")])
            }
        )
        return .object(members)
    }

    func status(_ code: String) -> Status {
        if !known.isEmpty { return known[code] ?? .unknown }
        let parts = code.split(separator: ".", omittingEmptySubsequences: false)
        return parts.map(\.utf8.count) == [1, 2, 6] && parts.allSatisfy(Form.isDigits) ? .active : .unknown
    }
}
