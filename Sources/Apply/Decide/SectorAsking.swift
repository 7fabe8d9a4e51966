// Asks the sectors of one round side by side, and isolates a record that ends its worker.
// SPDX-License-Identifier: Apache-2.0
import FailPoints
package import PluginHost
import PluginKit

/// What came of asking about one record.
enum AskResult: Sendable {
    indirect case answer(RecordAnswer)
    /// The sector cannot run now: hold the record.
    case unavailable(String)
    /// The record alone failed three times, or its answer is not one the manifest allows.
    case dead(reason: String, detail: String)
}

/// Puts questions to sectors; `SectorHost` in production, so that apply itself has no process to wait for in unit tests.
package protocol SectorAsking: Sendable {
    func ask(sector: String, _ records: [WorkerRecord]) async -> BatchOutcome
}

extension SectorHost: SectorAsking {}

enum RoundAsker {
    /// Records in one question; a sector's own limit may be lower and is the host's business.
    static let recordsAtOnce = 500

    /// - Parameter questions: sector code → records with their index in the batch.
    /// - Returns: a result for every index asked.
    static func ask(
        _ host: any SectorAsking,
        _ questions: [String: [(index: Int, record: WorkerRecord)]],
        splitAtOnce: Bool
    ) async -> [Int: AskResult] {
        FailPoint.hit("apply.before-ask")
        return await withTaskGroup(of: [(Int, AskResult)].self) { group in
            for (sector, asked) in questions {
                group.addTask { await askSector(host, sector, asked, splitAtOnce: splitAtOnce) }
            }
            var results: [Int: AskResult] = [:]
            for await part in group {
                for (index, result) in part { results[index] = result }
            }
            return results
        }
    }

    private static func askSector(
        _ host: any SectorAsking,
        _ sector: String,
        _ asked: [(index: Int, record: WorkerRecord)],
        splitAtOnce: Bool
    ) async -> [(Int, AskResult)] {
        var results: [(Int, AskResult)] = []
        results.reserveCapacity(asked.count)
        var start = 0
        while start < asked.count {
            let part = asked[start..<min(start + recordsAtOnce, asked.count)]
            start += part.count
            var halving = Halving(count: part.count, splitAtOnce: splitAtOnce)
            var lastFailure = ""
            halve: while true {
                switch halving.next() {
                case .done: break halve
                case .isolated(let place):
                    results.append((part[part.startIndex + place].index, .dead(reason: "worker", detail: lastFailure)))
                case .ask(let range):
                    let slice = part[(part.startIndex + range.lowerBound)..<(part.startIndex + range.upperBound)]
                    switch await host.ask(sector: sector, slice.map { $0.record }) {
                    case .answers(let answers) where answers.count == slice.count:
                        halving.completed()
                        for (item, answer) in zip(slice, answers) { results.append((item.index, judge(answer))) }
                    case .answers:
                        lastFailure = "surplus or missing answers"
                        halving.failed()
                    case .failed(let failure):
                        lastFailure = failure.description
                        halving.failed()
                    case .unavailable(let reason):
                        // The rest waits behind these, even if the sector came back in between: order is kept.
                        for place in halving.remaining {
                            results.append((part[part.startIndex + place].index, .unavailable(reason)))
                        }
                        results += asked[start...].map { ($0.index, .unavailable(reason)) }
                        return results
                    }
                }
            }
        }
        return results
    }

    private static func judge(_ answer: RecordAnswer) -> AskResult {
        if let fault = answer.fault { return .dead(reason: "answer", detail: fault) }
        return .answer(answer)
    }
}
