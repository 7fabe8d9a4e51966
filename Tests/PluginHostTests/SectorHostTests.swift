// Real worker processes that behave, and the life of a sector around them.
// SPDX-License-Identifier: Apache-2.0

import Glibc
import PluginKit
import Testing

@testable import PluginHost

@Suite struct SectorHostTests {
    @Test func `answers come in order, with effects and contributions`() async throws {
        let garden = try Garden()
        try garden.plant()
        let host = garden.host()
        await host.start()
        let answers = try #require(await host.ask(sector: "kebun", [record(1, "baik"), record(2, "tolak")]).answers)
        #expect(answers.map(\.id) == [recordID(1), recordID(2)])
        #expect(answers[0].fields?["aksi"]?.string == "baik")
        #expect(
            answers[0].contributions == [
                AnswerContribution(
                    indicator: "kebun.catatan",
                    period: try #require(Period("2026-11")),
                    subject: nil,
                    value: 1
                )
            ]
        )
        #expect(answers[1].violations == [Violation("kebun.tolak", field: "aksi", "aksi ditolak")])
        #expect(answers[1].effects.isEmpty)
        #expect(answers.allSatisfy { $0.fault == nil })
        let status = try #require(await host.status().first)
        #expect(status.state == .ready)
        #expect(status.counters.records == 2)
        #expect(status.process != nil)
        #expect((1_000..<40_000).contains(status.counters.peakKiB), "\(status.counters.peakKiB) KiB")
        await host.stop()
    }

    @Test func `records larger than every buffer do not deadlock`() async throws {
        let garden = try Garden()
        try garden.plant()
        let host = garden.host()
        await host.start()
        let text = String(repeating: "ä", count: 3_000)
        let records = (0..<200).map { record($0, "besar", ["isi": text]) }
        let answers = try #require(await host.ask(sector: "kebun", records).answers)
        #expect(answers.count == 200)
        #expect(answers.allSatisfy { $0.fields?["aksi"]?.string == text })
        await host.stop()
    }

    @Test func `more records than the manifest allows go in several batches`() async throws {
        let garden = try Garden()
        try garden.plant { $0.replace("\"workflow\"", with: "\"limits\": {\"records\": 3}, \"workflow\"") }
        let host = garden.host()
        await host.start()
        let answers = await host.ask(sector: "kebun", (0..<10).map { record($0, "baik") }).answers
        #expect(answers?.map(\.id) == (0..<10).map(recordID))
        #expect(await host.status().first?.counters.batches == 4)
        await host.stop()
    }

    @Test func `a payload with line breaks arrives as it was signed`() async throws {
        let garden = try Garden()
        try garden.plant()
        let host = garden.host()
        await host.start()
        var odd = record(1, "")
        odd.payload = Array("{\r\n \"lain\" : 6.50,\n\t\"aksi\":\"baik\"\n}".utf8)[...]
        let answers = await host.ask(sector: "kebun", [odd]).answers
        #expect(answers?.first?.fields?["aksi"]?.string == "baik")
        await host.stop()
    }

    @Test func `questions from many tasks wait for each other`() async throws {
        let garden = try Garden()
        try garden.plant()
        let host = garden.host()
        await host.start()
        let ids = await withTaskGroup(of: [String].self) { group in
            for number in 0..<20 {
                group.addTask { await host.ask(sector: "kebun", [record(number, "baik")]).answers?.map(\.id) ?? [] }
            }
            return await group.reduce(into: Set<String>()) { $0.formUnion($1) }
        }
        #expect(ids.count == 20)
        await host.stop()
    }

    @Test func `a form is checked by a worker of its own while a batch hangs`() async throws {
        let garden = try Garden()
        try garden.plant()
        let host = garden.host { $0.batchLimit = .seconds(3600) }
        await host.start()
        let hanging = Task { await host.ask(sector: "kebun", [record(1, "diam")]) }
        let check = await host.validate(sector: "kebun", record: record(2, "tolak"))
        guard case .violations(let violations) = check else {
            Issue.record("\(check)")
            return
        }
        #expect(violations.map(\.code) == ["kebun.tolak"])
        await eventually("the batch is in hand") { await host.status().first?.recordsInHand == 1 }
        let process = try #require(await host.status().first?.process)
        kill(process, SIGKILL)
        guard case .died(let exit)? = await hanging.value.failure else {
            Issue.record("the worker was killed")
            return
        }
        #expect(exit.signal == SIGKILL)
        await host.stop()
    }

    @Test func `a disabled sector holds its records and an enabled one takes them`() async throws {
        let garden = try Garden()
        try garden.plant()
        let host = garden.host()
        await host.start()
        #expect(await host.ask(sector: "kebun", [record(1, "baik")]).answers != nil)
        try await host.disable("kebun")
        #expect(await host.ask(sector: "kebun", [record(1, "baik")]).unavailable == "disabled")
        #expect(host.readySectors.isEmpty)
        let status = try #require(await host.status().first)
        #expect(status.state == .disabled && status.process == nil)
        #expect(status.repair == "posyanductl sector enable kebun")
        #expect(status.counters.records == 1)
        #expect(host.catalog.lookup(type: "kebun.catatan", version: 2) != nil)
        try await host.enable("kebun")
        #expect(await host.ask(sector: "kebun", [record(1, "baik")]).answers != nil)
        #expect(host.readySectors == ["kebun"])
        await #expect(throws: PluginHostError.self) { try await host.disable("tak_ada") }
        await host.stop()
        #expect(await host.ask(sector: "kebun", [record(1, "baik")]).unavailable == "stopping")
    }

    @Test func `the catalog knows types, versions and indicators`() async throws {
        let garden = try Garden()
        try garden.plant()
        try garden.plant("ladang")
        let host = garden.host()
        await host.start()
        let catalog = host.catalog
        #expect(catalog.sectors.map(\.id) == ["kebun", "ladang"])
        #expect(catalog.lookup(type: "ladang.catatan", version: 1)?.sectorID == "ladang")
        #expect(catalog.lookup(type: "ladang.catatan", version: 3) == nil)
        #expect(catalog.entry(type: "ladang.catatan")?.accepts == [1, 2])
        #expect(catalog.lookup(type: "sawah.catatan", version: 1) == nil)
        #expect(catalog.indicators.map(\.indicator.name).contains("kebun.orang"))
        #expect(catalog.sectors.allSatisfy { $0.digest.count == 32 })
        #expect(catalog.sectors[0].digest != catalog.sectors[1].digest)
        await host.stop()
    }

    @Test func `reload starts what is new, restarts what changed, leaves the rest alone`() async throws {
        let garden = try Garden()
        try garden.plant()
        try garden.plant("ladang")
        let host = garden.host()
        await host.start()
        #expect(await host.ask(sector: "kebun", [record(1, "baik")]).answers != nil)
        #expect(await host.ask(sector: "ladang", [record(1, "baik", sector: "ladang")]).answers != nil)
        let before = await host.status()
        try garden.plant { $0.replace("\"1.0.0\"", with: "\"1.0.1\"") }
        try garden.plant("sawah")
        await host.reload()
        #expect(await host.ask(sector: "sawah", [record(1, "baik", sector: "sawah")]).answers != nil)
        #expect(await host.ask(sector: "kebun", [record(1, "baik")]).answers != nil)
        let after = await host.status()
        #expect(after.map(\.id) == ["kebun", "ladang", "sawah"])
        #expect(after[0].version == "1.0.1")
        #expect(after[0].process != before[0].process)
        #expect(after[1].process == before[1].process)
        await host.stop()
    }

    @Test func `a worker that ignores every request to end is killed`() async throws {
        let garden = try Garden()
        try garden.plant(worker: "stubborn")
        let host = garden.host { $0.stopGrace = .milliseconds(300) }
        await host.start()
        #expect(await host.ask(sector: "kebun", [record(1, "baik")]).answers != nil)
        let process = try #require(await host.status().first?.process)
        await host.stop()
        #expect(kill(process, 0) == -1)
    }

    @Test func `stop finishes the batch in hand`() async throws {
        let garden = try Garden()
        try garden.plant()
        let host = garden.host()
        await host.start()
        let text = String(repeating: "x", count: 2_000)
        let asking = Task { await host.ask(sector: "kebun", (0..<500).map { record($0, "besar", ["isi": text]) }) }
        await eventually("the worker is ready") { host.readySectors == ["kebun"] }
        await host.stop()
        let outcome = await asking.value
        #expect(outcome.answers?.count == 500 || outcome.unavailable != nil)
    }

    @Test func `the declarative worker runs a sector without a program`() async throws {
        let garden = try Garden()
        try garden.plantDeclarative()
        let host = garden.host()
        await host.start()
        let answers = try #require(await host.ask(sector: "kebun", [record(1, "baik")]).answers)
        #expect(answers[0].fields?["aksi"]?.string == "baik")
        #expect(answers[0].contributions.map(\.indicator) == ["kebun.catatan"])
        await host.stop()
    }
}
