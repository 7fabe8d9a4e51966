// Workers that crash, hang, flood and lie: each is seen for what it is, and the next batch is served.
// SPDX-License-Identifier: Apache-2.0

import Glibc
import PluginKit
import Testing

@testable import PluginHost

@Suite struct BadWorkerTests {
    /// Asks for one misdeed between two good records, then for a good batch. Good batches have so many records.
    private func misbehave(
        _ action: String,
        good: Int = 1,
        _ change: (inout SectorHostConfiguration) -> Void = { _ in }
    ) async throws -> BatchFailure? {
        let garden = try Garden()
        try garden.plant { $0.replace("\"workflow\"", with: "\"limits\": {\"memory_mib\": 96}, \"workflow\"") }
        let host = garden.host(change)
        await host.start()
        let batch = (0..<good).map { record(4 + $0, "baik") }
        #expect(await host.ask(sector: "kebun", batch).answers?.count == good)
        let outcome = await host.ask(sector: "kebun", [record(1, "baik"), record(2, action), record(3, "baik")])
        #expect(await host.ask(sector: "kebun", batch).answers?.count == good)
        let status = try #require(await host.status().first)
        #expect(status.state == .ready)
        #expect(status.counters.starts == 2)
        #expect(status.counters.failedBatches == 1)
        await host.stop()
        return outcome.failure
    }

    @Test(arguments: [("trap", Int32?.none, Int32?.some(SIGILL)), ("keluar", 3, nil), ("keluar_baik", 0, nil)])
    func `the end of a worker is seen with its reason`(_ action: String, _ status: Int32?, _ signal: Int32?)
        async throws
    {
        guard case .died(let exit)? = try await misbehave(action) else {
            Issue.record("not seen as its end")
            return
        }
        #expect(exit.status == status)
        #expect(exit.signal == signal)
    }

    @Test(arguments: ["putar", "diam", "tutup"])
    func `a worker that does not answer is killed`(_ action: String) async throws {
        // Three records with the misdeed have three seconds, good batches have minutes.
        let failure = try await misbehave(action, good: 600) {
            $0.batchLimit = .zero
            $0.recordLimit = .seconds(1)
        }
        if action == "tutup", case .died(let exit)? = failure {
            #expect(exit.signal == SIGKILL)
        } else {
            #expect(failure == .timedOut)
        }
    }

    @Test(arguments: [
        "sampah", "bukan_objek", "id_salah", "hilang", "lebih", "lebih_akhir", "akhir_salah", "seratus_mb", "cetak",
    ])
    func `a broken protocol ends the worker, and nothing of the batch is used`(_ action: String) async throws {
        guard case .protocolError? = try await misbehave(action) else {
            Issue.record("\(action) was not seen as a protocol error")
            return
        }
    }

    @Test func `memory beyond the limit ends the worker only`() async throws {
        guard case .died? = try await misbehave("ingatan") else {
            Issue.record("not seen as its end")
            return
        }
    }

    @Test func `a worker that stops reading is killed`() async throws {
        let garden = try Garden()
        try garden.plant(worker: "no_read")
        let host = garden.host { $0.batchLimit = .milliseconds(300) }
        await host.start()
        let text = String(repeating: "x", count: 4_000)
        let outcome = await host.ask(sector: "kebun", (0..<5).map { record($0, "besar", ["isi": text]) })
        #expect(outcome.failure == .timedOut)
        await host.stop()
    }

    @Test func `a line after the end of a batch is noticed`() async throws {
        let garden = try Garden()
        try garden.plant(worker: "second_time")
        let host = garden.host()
        await host.start()
        let first = await host.ask(sector: "kebun", [record(1, "baik")])
        // Seen with the batch or right after it, depending on how the bytes arrive; never taken for an answer.
        if first.failure == nil {
            await eventually("the stray line is noticed") { (await host.status().first?.counters.starts ?? 0) > 1 }
        }
        await host.stop()
    }

    @Test func `a flood on stderr is limited and blocks nothing`() async throws {
        let garden = try Garden()
        try garden.plant()
        let host = garden.host()
        let start = ContinuousClock.now
        await host.start()
        #expect(await host.ask(sector: "kebun", [record(1, "cerewet")]).answers?.count == 1)
        #expect(await host.ask(sector: "kebun", [record(2, "baik")]).answers?.count == 1)
        await host.stop()
        let minutes = 1 + Int((ContinuousClock.now - start).components.seconds / 60)
        let forwarded = garden.log.lines.filter { $0.contains("baris") }
        let most = StandardErrorLines.mostPerMinute - 1
        #expect(forwarded.count >= most && forwarded.count <= StandardErrorLines.mostPerMinute * minutes - 1)
        #expect(forwarded.allSatisfy { $0.hasPrefix("warning: worker: baris") })
        #expect(garden.log.lines.contains { $0.hasPrefix("info: worker: siap") })
    }

    @Test func `a confidential sector is not quoted once it has seen a record`() async throws {
        let garden = try Garden()
        try garden.plant {
            $0.replace("\"subject\": \"none\"", with: "\"subject\": \"none\", \"sensitivity\": \"confidential\"")
        }
        let host = garden.host()
        await host.start()
        #expect(await host.ask(sector: "kebun", [record(1, "cerewet")]).answers?.count == 1)
        await host.stop()
        #expect(!garden.log.lines.contains { $0.contains("baris") })
        #expect(garden.log.lines.contains { $0.contains("withheld") })
    }

    @Test(arguments: [
        ("medan_asing", "asing"), ("indikator_asing", "indicator"), ("jenis_salah", "aksi"), ("efek_asing", "effect"),
    ])
    func `an undeclared or ill-typed answer is a fault of its record alone`(_ action: String, _ word: String)
        async throws
    {
        let garden = try Garden()
        try garden.plant()
        let host = garden.host()
        await host.start()
        let answers = try #require(
            await host.ask(sector: "kebun", [record(1, "baik"), record(2, action), record(3, "baik")]).answers
        )
        #expect(answers.map { $0.fault == nil } == [true, false, true])
        #expect(answers[1].fault?.contains(word) == true)
        #expect(answers[1].effects.isEmpty && answers[1].contributions.isEmpty)
        await host.stop()
    }

    @Test func `a rejection leaves nothing else of the answer`() async throws {
        let garden = try Garden()
        try garden.plant()
        let host = garden.host()
        await host.start()
        let answer = try #require(await host.ask(sector: "kebun", [record(1, "tolak_efek")]).answers?.first)
        #expect(answer.rejection.map(\.code) == ["a.b"])
        #expect(answer.fields == nil)
        #expect(answer.hadMoreThanRejection)
        await host.stop()
    }

    @Test func `a worker that never starts backs off and its records are held`() async throws {
        let garden = try Garden()
        try garden.plant(worker: "start_exit")
        let host = garden.host { $0.backOff = .oneRound }
        await host.start()
        #expect(await host.ask(sector: "kebun", [record(1, "baik")]).unavailable?.contains("exit 4") == true)
        let status = try #require(await host.status().first)
        #expect(status.state == .backingOff)
        #expect(status.counters.starts == 3)
        #expect(status.reason?.contains("tabel kbm.csv tidak ada") == true)
        await host.stop()
    }

    @Test func `it comes back by itself when the cause is gone`() async throws {
        let garden = try Garden()
        let folder = try garden.plant(worker: "start_exit")
        let host = garden.host()
        await host.start()
        await eventually("it backs off") { await host.status().first?.state == .backingOff }
        try garden.write(garden.read(Garden.folder + "/Workers/zoo.py"), to: "\(folder)/bin/kebun", mode: 0o755)
        await eventually("it is ready") { host.readySectors == ["kebun"] }
        #expect(await host.ask(sector: "kebun", [record(1, "baik")]).answers != nil)
        await host.stop()
    }

    @Test func `a worker that does not answer initialize is killed`() async throws {
        let garden = try Garden()
        try garden.plant(worker: "start_hang")
        let host = garden.host {
            $0.startLimit = .milliseconds(200)
            $0.backOff = .oneRound
        }
        await host.start()
        #expect(await host.ask(sector: "kebun", [record(1, "baik")]).unavailable?.contains("in time") == true)
        await host.stop()
    }

    @Test(arguments: [("start_error", "protokol 9"), ("start_types", "kebun.catatan")])
    func `a worker that cannot fit is refused with its sentence`(_ worker: String, _ words: String) async throws {
        let garden = try Garden()
        try garden.plant(worker: worker)
        let host = garden.host()
        await host.start()
        #expect(await host.ask(sector: "kebun", [record(1, "baik")]).unavailable?.contains(words) == true)
        let status = try #require(await host.status().first)
        #expect(status.state == .refused)
        #expect(status.repair != nil)
        #expect(status.counters.starts == 1)
        await host.stop()
    }

    @Test func `a missing launcher is a reason, not a hang`() async throws {
        let garden = try Garden()
        try garden.plant()
        let host = garden.host {
            $0.sectorRunProgram = "/nowhere/sector-run"
            $0.backOff = .oneRound
        }
        await host.start()
        #expect(
            await host.ask(sector: "kebun", [record(1, "baik")]).unavailable?.contains("/nowhere/sector-run") == true
        )
        await host.stop()
    }

    @Test func `one sector in trouble leaves the others alone`() async throws {
        let garden = try Garden()
        try garden.plant("kebun")
        try garden.plant("ladang", worker: "start_hang")
        try garden.plant("sawah")
        // The record that hangs has five seconds, the batches of the others minutes.
        let host = garden.host {
            $0.batchLimit = .zero
            $0.recordLimit = .seconds(5)
        }
        await host.start()
        async let hanging = host.ask(sector: "kebun", [record(1, "putar")])
        async let starting = host.ask(sector: "ladang", [record(1, "baik", sector: "ladang")])
        for number in 0..<20 {
            let batch = (0..<120).map { record(number * 120 + $0, "baik", sector: "sawah") }
            #expect(await host.ask(sector: "sawah", batch).answers?.count == 120)
        }
        #expect(await host.status().last?.counters.starts == 1)
        #expect(await hanging.failure == .timedOut)
        await host.stop()
        #expect(await starting.unavailable != nil)
    }

    @Test func `killing a worker again and again loses nothing`() async throws {
        let garden = try Garden()
        try garden.plant()
        let host = garden.host()
        await host.start()
        let killer = Task {
            for _ in 0..<20 {
                if let process = await host.status().first?.process { kill(process, SIGKILL) }
                try? await Task.sleep(for: .milliseconds(20))
            }
            return true
        }
        var answered: Set<String> = []
        var unanswered = Array(0..<100)
        while let first = unanswered.first {
            let batch = Array(unanswered.prefix(10))
            var halving = Halving(count: batch.count, mostFailuresAlone: 1_000)
            search: while true {
                switch halving.next() {
                case .ask(let range):
                    switch await host.ask(sector: "kebun", range.map { record(batch[$0], "baik") }) {
                    case .answers(let answers):
                        for answer in answers { #expect(answered.insert(answer.id).inserted, "answered twice") }
                        halving.completed()
                    case .failed:
                        halving.failed()
                    case .unavailable:
                        try await Task.sleep(for: .milliseconds(20))
                        break search
                    }
                case .isolated: Issue.record("record \(first) was given up")
                case .done: break search
                }
            }
            unanswered.removeAll { answered.contains(recordID($0)) }
        }
        #expect(await killer.value)
        #expect(answered.count == 100)
        await host.stop()
    }
}

extension BackOff.Limits {
    /// The tries at once and then none within a test, however slow the machine.
    fileprivate static var oneRound: Self {
        var limits = Self()
        limits.first = .seconds(86_400)
        limits.longest = .seconds(86_400)
        return limits
    }
}
