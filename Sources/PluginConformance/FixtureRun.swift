// Asks a sector's worker about the records of its fixtures.
// SPDX-License-Identifier: Apache-2.0

import PluginHost
import PluginKit

/// The fixtures of one sector and the worker processes they are asked through, one for each set of parameters.
final class FixtureRun {
    let sector: VerifiedSector
    let options: Conformance.Options
    let fixtures: [Fixture]
    /// What all workers so far wrote to stderr.
    private(set) var said: [UInt8] = []
    private var probes: [Fields: WorkerProbe] = [:]
    private var startNanoseconds: Int64 = 0
    /// Records that were answered so far.
    private(set) var asked = 0
    private var askedNanoseconds: Int64 = 0
    private var peakKiB = 0

    /// - Throws: when a fixture cannot be read.
    init(_ sector: VerifiedSector, _ options: Conformance.Options) throws {
        self.sector = sector
        self.options = options
        let folder = "\(sector.tree.path)/fixtures"
        fixtures = try FileReader.names(in: folder).filter { $0.hasSuffix(".json") }.map { name in
            try Fixture(try FileReader.read("\(folder)/\(name)", limit: 16 << 20), file: name)
        }
    }

    var manifest: Manifest { sector.manifest }

    /// A worker that is ready.
    func worker(_ parameters: Fields, isNew: Bool = false) throws -> WorkerProbe {
        if !isNew, let probe = probes[parameters] { return probe }
        let start = ContinuousClock.now
        let probe = try WorkerProbe(sector, options.host, parameters: parameters)
        let reply = try probe.initialize(limit: options.host.startLimit)
        guard case .initialized = reply else { throw SetupError("the worker does not start: \(reply)") }
        startNanoseconds = Self.nanoseconds(ContinuousClock.now - start)
        if !isNew { probes[parameters] = probe }
        return probe
    }

    /// Asks about record lines in one batch.
    func ask(_ lines: [[UInt8]], _ probe: WorkerProbe) throws -> [[UInt8]] {
        let start = ContinuousClock.now
        let answers = try probe.ask(lines, limit: options.batchLimit)
        askedNanoseconds += Self.nanoseconds(ContinuousClock.now - start)
        asked += lines.count
        return answers
    }

    /// Ends a worker and keeps what it said.
    func finish(_ probe: WorkerProbe) {
        probe.finish()
        peakKiB = max(peakKiB, probe.peakKiB)
        said += probe.standardError
    }

    func finishAll() {
        for probe in probes.values { finish(probe) }
        probes = [:]
    }

    /// The records that reach the worker, by index: those that the manifest's own checks let through.
    func accepted(_ fixture: Fixture) -> [Int] {
        fixture.records.indices.filter { index in
            let record = fixture.records[index]
            guard let type = manifest.record(record.type) else { return false }
            return Manifest.check(payload: record.payload, as: type).isEmpty
        }
    }

    /// The answers to all records of a fixture, as the daemon would see them: field checks first, then the worker.
    func answers(to fixture: Fixture) throws -> [Wire.Answer] {
        var answers: [Wire.Answer] = []
        for record in fixture.records {
            var answer = Wire.Answer(id: record.context.record)
            guard let type = manifest.record(record.type) else {
                throw SetupError("\(fixture.file): \(record.type) is not in the manifest")
            }
            answer.violations = Manifest.check(payload: record.payload, as: type)
            answers.append(answer)
        }
        let sent = accepted(fixture)
        let lines = try ask(sent.map { fixture.records[$0].line }, try worker(fixture.parameters))
        for (index, line) in zip(sent, lines) { answers[index] = try Self.answer(line) }
        return answers
    }

    func figures(of fixture: Fixture, _ answers: [Wire.Answer], posyandu: String? = nil) throws -> Figures {
        let sources = zip(fixture.records, answers).map { record, answer in
            Figures.Source(
                posyandu: posyandu ?? record.context.posyandu,
                date: record.context.date,
                contributions: answer.contributions,
                isAggregate: manifest.record(record.type)?.aggregate != nil
            )
        }
        return try Figures(sources, manifest)
    }

    static func answer(_ line: [UInt8]) throws -> Wire.Answer {
        guard case .answer(let answer) = try line.withUnsafeBytes({ try Wire.reply($0) }) else {
            throw WireError("not an answer line")
        }
        return answer
    }

    /// A record line with another payload, version, id or posyandu.
    static func line(
        _ record: Fixture.Record,
        payload: JSONValue? = nil,
        version: Int? = nil,
        id: String? = nil,
        posyandu: String? = nil
    ) -> [UInt8] {
        var context = record.context
        if let id { context.record = id }
        if let posyandu { context.posyandu = posyandu }
        var bytes: [UInt8] = []
        var writer = JSONWriter()
        writer.value(payload ?? record.payload)
        writer.bytes.withUnsafeBytes { payload in
            Wire.encodeRecord(
                type: record.type,
                version: version ?? record.version,
                context: context,
                payload: payload,
                to: &bytes
            )
        }
        return Array(bytes.dropLast())
    }

    /// What the worker costs on this machine, as far as it was asked.
    func cost() -> (startMilliseconds: Int64, microsecondsPerRecord: Int64, peakKiB: Int) {
        (startNanoseconds / 1_000_000, asked == 0 ? 0 : askedNanoseconds / Int64(asked) / 1_000, peakKiB)
    }

    private static func nanoseconds(_ duration: Duration) -> Int64 {
        duration.components.seconds * 1_000_000_000 + duration.components.attoseconds / 1_000_000_000
    }
}
