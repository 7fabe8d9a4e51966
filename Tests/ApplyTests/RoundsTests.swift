// The order of questions within a batch, and the isolation of records that end their worker.
// SPDX-License-Identifier: Apache-2.0
import PluginHost
import PluginKit
import Synchronization
import Testing

@testable import Apply

@Suite struct RoundsTests {
    @Test func `records without a common key are one round`() {
        #expect(Rounds.split([[1], [2], [3]]) == [[0, 1, 2]])
        #expect(Rounds.split([[Int]]()) == [])
        #expect(Rounds.split([[Int](), [], []]) == [[0, 1, 2]])
    }

    @Test func `records of one subject go one after the other in log order`() {
        #expect(Rounds.split([[1], [1], [2], [1]]) == [[0, 2], [1], [3]])
    }

    @Test func `a record with two keys comes after both`() {
        #expect(Rounds.split([[1], [1], [2], [1, 2], [2]]) == [[0, 2], [1], [3], [4]])
    }

    @Test func `no round holds a key twice and every key keeps its order`() {
        var random = SplitMix(seed: 5)
        for _ in 0..<200 {
            let keys = (0..<random.next(40)).map { _ in (0..<random.next(4)).map { _ in random.next(8) } }
            let rounds = Rounds.split(keys)
            #expect(rounds.joined().sorted() == Array(keys.indices))
            var last: [Int: Int] = [:]
            for round in rounds {
                var seen: Set<Int> = []
                for index in round {
                    for key in Set(keys[index]) {
                        #expect(seen.insert(key).inserted)
                        #expect(last[key] ?? -1 < index)
                        last[key] = index
                    }
                }
            }
        }
    }
}

/// A sector whose workers end at certain records, answer too little, or are away.
private final class Misbehaving: SectorAsking {
    let deadly: Set<String>
    let short: Set<String>
    let log = Mutex<[[String]]>([])
    let unavailableAfter: Int

    init(deadly: Set<String> = [], short: Set<String> = [], unavailableAfter: Int = .max) {
        self.deadly = deadly
        self.short = short
        self.unavailableAfter = unavailableAfter
    }

    var asked: [[String]] { log.withLock { $0 } }

    func ask(sector: String, _ records: [WorkerRecord]) async -> BatchOutcome {
        let questions = log.withLock { log in
            log.append(records.map(\.id))
            return log.count
        }
        if questions > unavailableAfter { return .unavailable(reason: "backing off") }
        if records.contains(where: { deadly.contains($0.id) }) { return .failed(.timedOut) }
        if records.contains(where: { short.contains($0.id) }) { return .answers([]) }
        return .answers(
            records.map { record in
                var answer = RecordAnswer(id: record.id)
                if record.type == "odd" { answer.fault = "an undeclared key" }
                return answer
            }
        )
    }
}

@Suite struct RoundAskerTests {
    private func questions(_ count: Int, odd: Set<Int> = []) -> [String: [(index: Int, record: WorkerRecord)]] {
        [
            "s": (0..<count).map { number in
                (
                    index: number * 10,
                    record: WorkerRecord(
                        id: "r\(number)",
                        type: odd.contains(number) ? "odd" : "even",
                        version: 1,
                        posyandu: "",
                        date: "2026-11-03",
                        context: [],
                        payload: [UInt8]()
                    )
                )
            }
        ]
    }

    private func kinds(_ results: [Int: AskResult]) -> [Int: String] {
        results.mapValues { result in
            switch result {
            case .answer: "answer"
            case .unavailable: "unavailable"
            case .dead(let reason, _): "dead:\(reason)"
            }
        }
    }

    @Test func `every index gets its answer`() async {
        let host = Misbehaving()
        let results = kinds(await RoundAsker.ask(host, questions(1_234), splitAtOnce: false))
        #expect(results.count == 1_234)
        #expect(results.values.allSatisfy { $0 == "answer" })
        #expect(host.asked.map(\.count) == [500, 500, 234])
    }

    @Test(arguments: [1, 2, 3, 7, 64, 500])
    func `one deadly record among many is found alone after three failures`(count: Int) async {
        let bad = count / 2
        let host = Misbehaving(deadly: ["r\(bad)"])
        let results = kinds(await RoundAsker.ask(host, questions(count), splitAtOnce: false))
        #expect(results.count == count)
        #expect(results[bad * 10] == "dead:worker")
        #expect(results.values.count { $0 == "answer" } == count - 1)
        #expect(host.asked.count { $0 == ["r\(bad)"] } == 3)
    }

    @Test func `several deadly records and short answers are each isolated`() async {
        let host = Misbehaving(deadly: ["r3", "r4", "r99"], short: ["r50"])
        let results = kinds(await RoundAsker.ask(host, questions(100), splitAtOnce: false))
        #expect(results.filter { $0.value == "dead:worker" }.map(\.key).sorted() == [30, 40, 500, 990])
        #expect(results.count == 100)
    }

    @Test func `a batch that ended the daemon is asked record by record`() async {
        let host = Misbehaving()
        _ = await RoundAsker.ask(host, questions(5), splitAtOnce: true)
        #expect(host.asked.map(\.count) == [1, 1, 1, 1, 1])
    }

    @Test func `an answer that the manifest forbids is a failure of its record only`() async {
        let results = kinds(await RoundAsker.ask(Misbehaving(), questions(4, odd: [2]), splitAtOnce: false))
        #expect(results == [0: "answer", 10: "answer", 20: "dead:answer", 30: "answer"])
    }

    @Test func `once a sector is away everything after waits behind it`() async {
        let host = Misbehaving(unavailableAfter: 1)
        let results = kinds(await RoundAsker.ask(host, questions(1_300), splitAtOnce: false))
        #expect(results.count == 1_300)
        #expect(results.values.count { $0 == "answer" } == 500)
        #expect((500..<1_300).allSatisfy { results[$0 * 10] == "unavailable" })
        #expect(host.asked.count == 2)
    }

    @Test func `a sector that goes away while halving leaves no record without a verdict`() async {
        for limit in 1..<12 {
            let host = Misbehaving(deadly: ["r5"], unavailableAfter: limit)
            let results = kinds(await RoundAsker.ask(host, questions(16), splitAtOnce: false))
            #expect(results.count == 16)
        }
    }
}
