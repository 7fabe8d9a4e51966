// The figures of a run as a table for people and as JSON for programs.
// SPDX-License-Identifier: Apache-2.0
import Glibc
import PluginKit

struct Report {
    var load: Double
    var about = ""
    private(set) var stages: [Figures] = []
    private(set) var notes: [String] = []
    /// nil where a part could not be measured.
    private(set) var ratios: [(name: String, value: Double?, goal: Double)] = []

    init(load: Double) { self.load = load }

    mutating func add(_ figures: Figures) { stages.append(figures) }

    mutating func add(_ result: PeerResult) {
        stages += result.stages
        notes.append(result.note)
    }

    mutating func finish() {
        func rate(_ name: String) -> Double? { stages.first { $0.name == name }?.rate }
        func both(_ name: String) -> Double? {
            guard let send = rate("\(name)_enqueue"), let take = rate("\(name)_consume"), send > 0, take > 0 else {
                return nil
            }
            return 1 / (1 / send + 1 / take)
        }
        func ratio(_ above: Double?, _ below: Double?) -> Double? {
            guard let above, let below, below > 0 else { return nil }
            return above / below
        }
        ratios = [
            ("intake_copy", ratio(rate("intake"), rate("copy")), 0.5),
            ("applied_pgmq", ratio(rate("applied"), both("pgmq")), 1),
            ("applied_pgqueuer", ratio(rate("applied"), both("pgqueuer")), 5),
        ]
    }

    var table: String {
        let heads = [
            "stage", "messages", "msg/s", "client µs", "of it workers", "backend µs", "WAL B", "dead", "dead in log",
        ]
        let rows = stages.map { stage in
            [
                stage.name, "\(stage.messages)", stage.rate.text(0), stage.clientMicroseconds?.text(1) ?? "-",
                stage.workerMicroseconds?.text(1) ?? "-", stage.backendMicroseconds?.text(1) ?? "-",
                stage.walBytes?.text(0) ?? "-", stage.deadTuples.map(String.init) ?? "-",
                stage.deadInEntries.map(String.init) ?? "-",
            ]
        }
        let widths = heads.indices.map { column in ([heads] + rows).map { $0[column].count }.max() ?? 0 }
        func line(_ cells: [String]) -> String {
            zip(cells, widths).enumerated().map { place, cell in
                let pad = String(repeating: " ", count: cell.1 - cell.0.count)
                return place == 0 ? cell.0 + pad : pad + cell.0
            }.joined(separator: "  ")
        }
        var lines = ["", about, "load \(load.text(2)) on \(Machine.cores) cores", "", line(heads)]
        lines += rows.map(line)
        lines.append("")
        for stage in stages where !stage.remark.isEmpty { lines.append("\(stage.name): \(stage.remark)") }
        lines += notes
        lines.append("")
        for ratio in ratios {
            let verdict = ratio.value.map { $0 >= ratio.goal ? "met" : "MISSED" } ?? "not measured"
            lines.append("\(ratio.name) \(ratio.value?.text(2) ?? "-") (goal ≥ \(ratio.goal.text(1)): \(verdict))")
        }
        if load > Double(Machine.cores) {
            lines.append("WARNING: the load exceeded the cores; these figures are not for publishing.")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    func write(to path: String) throws {
        func number(_ value: Double?, _ digits: Int) -> JSONValue {
            guard let text = value?.text(digits), let decimal = ExactDecimal(text) else { return .null }
            return .number(JSONNumber(decimal))
        }
        func object(_ members: [(String, JSONValue)]) -> JSONValue {
            var object = JSONObject()
            for (name, value) in members { object[name] = value }
            return .object(object)
        }
        let document = object([
            ("load", number(load, 2)),
            (
                "stages",
                .array(
                    stages.map { stage in
                        object([
                            ("name", .string(stage.name)), ("rate", number(stage.messages > 0 ? stage.rate : nil, 0)),
                            ("client_us", number(stage.clientMicroseconds, 2)),
                            ("backend_us", number(stage.backendMicroseconds, 2)),
                            ("wal_bytes", number(stage.walBytes, 1)),
                            ("dead_tuples", stage.deadTuples.map { .number(JSONNumber($0)) } ?? .null),
                        ])
                    }
                )
            ),
            ("ratios", object(ratios.map { ($0.name, number($0.value, 3)) })),
        ])
        var writer = JSONWriter()
        writer.value(document)
        writer.newline()
        guard let file = fopen(path, "w") else {
            throw BenchError(description: "\(path) cannot be written (errno \(errno))")
        }
        defer { fclose(file) }
        fwrite(writer.bytes, 1, writer.bytes.count, file)
    }
}
