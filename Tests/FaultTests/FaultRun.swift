// Pushes one document to many destinations at once, each with its own faults, and says how each ended.
// SPDX-License-Identifier: Apache-2.0

import HTTPTransfer
import PluginKit
import PostgresClient
import PostgresTesting

@testable import Destinations

/// One destination of a run.
struct FaultSubject: Sendable {
    let name: String
    let fault: FaultCase
    let dialect: FaultDialect
    /// How often a person may act before it counts as stuck.
    var patience = 3
}

/// What became of a subject.
struct FaultReport: Sendable {
    /// How it stood before anybody acted; `nil` when it never came to rest.
    var ending: Ending?
    /// State and reason at that moment, for people.
    var words = ""
    var reason: String?
    /// What a person is told to do about it.
    var remedy: String?
    var isAcknowledged = false
    /// Every attempt: act, status, outcome and code.
    var attempts: [String] = []
    /// What the stand-in holds otherwise than the outbox says.
    var differences: [String] = []
    var mostEffects = 0
    var mostRepeats = 0
    /// How often a person acted.
    var acts = 0
}

struct FaultRun: Sendable {
    static let limits = PushLimits(
        concurrency: 1,
        backOffBase: .milliseconds(5),
        backOffCap: .milliseconds(40),
        pollBase: .milliseconds(5),
        pollCap: .milliseconds(20),
        pollLimit: 8,
        verificationLimit: 3,
        lossLimit: 2,
        retryAfterLimit: .milliseconds(30),
        breakerThreshold: 50,
        lease: .seconds(120)  // no busy machine lets it run out; what could not be recorded comes back
    )

    let standin: StandinProcess
    /// Clears a script before a person acts.
    let healsFirst: Bool

    /// Runs all at once, in one outbox and one pusher.
    func run(_ subjects: [FaultSubject]) async throws -> [String: FaultReport] {
        let database = try await TestCluster.shared().makeDatabase(migrations: DestinationsSchema.migrations)
        let outbox = Outbox(pool: database.pool)
        var settings: [String: DestinationSettings] = [:]
        for subject in subjects {
            try await standin.setFaults(subject.name, subject.dialect.script(subject.fault.script))
            let own = subject.dialect.settings(
                subject.name,
                standin.address,
                limits: Self.limits,
                hasLogin: subject.fault.hasLogin,
                isSilent: subject.fault.isSilent
            )
            settings[subject.name] = own
            try await enqueue(subject, own, outbox, revision: 1)
        }
        let pusher = try Pusher(
            pool: database.pool,
            destinations: subjects.compactMap { settings[$0.name] },
            owner: "fault",
            idle: .milliseconds(40)
        )
        let reports = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pusher.run() }
            let reports = try await watch(subjects, settings, outbox)
            group.cancelAll()
            try? await group.waitForAll()
            return reports
        }
        let compared = try await compare(subjects, reports, outbox)
        await database.drop()
        return compared
    }

    private func enqueue(
        _ subject: FaultSubject,
        _ settings: DestinationSettings,
        _ outbox: Outbox,
        revision: Int
    ) async throws {
        try await outbox.enqueue(
            try subject.dialect.snapshot(revision: revision),
            settings,
            exporter: try Exporters.make(settings),
            now: WallClock.now()
        )
    }

    // MARK: The person who looks

    private func watch(
        _ subjects: [FaultSubject],
        _ settings: [String: DestinationSettings],
        _ outbox: Outbox
    ) async throws -> [String: FaultReport] {
        var reports = Dictionary(uniqueKeysWithValues: subjects.map { ($0.name, FaultReport()) })
        for _ in 0..<60_000 {
            let paused = Dictionary(uniqueKeysWithValues: try await outbox.status().map { ($0.name, $0.paused) })
            let latest = Dictionary(
                try await outbox.documents().map { ($0.destination, $0) },
                uniquingKeysWith: { $0.revision > $1.revision ? $0 : $1 }
            )
            var isDone = true
            for subject in subjects {
                guard let document = latest[subject.name], var report = reports[subject.name] else { continue }
                if try await look(subject, document, paused[subject.name] ?? nil, settings, outbox, &report) {
                    isDone = false
                }
                reports[subject.name] = report
            }
            if isDone { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        return reports
    }

    /// Whether the subject is still on its way.
    private func look(
        _ subject: FaultSubject,
        _ document: DocumentSummary,
        _ paused: String?,
        _ settings: [String: DestinationSettings],
        _ outbox: Outbox,
        _ report: inout FaultReport
    ) async throws -> Bool {
        if document.row.state == .acknowledged {
            report.isAcknowledged = true
            if report.ending == nil { note(.delivers, document, nil, &report) }
            return false
        }
        let rests = document.row.state.isStopped || paused != nil
        let keepsTrying = subject.fault.ending == .tries && document.row.attempts >= 2
        guard rests || (keepsTrying && report.acts == 0) else { return true }
        if report.ending == nil { note(rests ? .stops : .tries, document, paused, &report) }
        guard report.acts < subject.patience else { return false }
        report.acts += 1
        if healsFirst { try await standin.setFaults(subject.name, subject.dialect.script("")) }
        if paused != nil { _ = try await outbox.resume(subject.name) }
        if document.row.state.isStopped {
            if subject.fault.needsRevision.contains(subject.dialect.name), let own = settings[subject.name] {
                try await enqueue(subject, own, outbox, revision: 2)
            } else {
                _ = try await outbox.retry(document.id, now: WallClock.now())
            }
        }
        return true
    }

    private func note(_ ending: Ending, _ document: DocumentSummary, _ paused: String?, _ report: inout FaultReport) {
        report.ending = ending
        report.reason = paused ?? document.row.reason
        report.remedy =
            paused.map { Remedy.words(destination: document.destination, paused: $0) }
            ?? Remedy.words(document: document.id, row: document.row)
        report.words = "\(document.row.state.rawValue) \(paused.map { "paused: \($0)" } ?? document.row.reason ?? "")"
    }

    // MARK: What is held

    /// Row by row: what the stand-in holds against what the outbox says is acknowledged.
    private func compare(
        _ subjects: [FaultSubject],
        _ reports: [String: FaultReport],
        _ outbox: Outbox
    ) async throws -> [String: FaultReport] {
        var reports = reports
        let all = try await outbox.documents()
        let documents = all.filter { $0.row.state == .acknowledged }
        for subject in subjects {
            guard var report = reports[subject.name] else { continue }
            for document in all where document.destination == subject.name {
                report.attempts += (try await outbox.document(document.id)?.attempts ?? []).map { attempt in
                    "\(attempt.act) \(attempt.status ?? 0) \(attempt.outcome ?? "-") \(attempt.code ?? "-")"
                }
            }
            var expected: [String: String] = [:]
            for document in documents where document.destination == subject.name {
                guard let bytes = try await outbox.document(document.id)?.bytes else { continue }
                let outbound = OutboundDocument(key: document.key, revision: document.revision, bytes: bytes)
                expected.merge(try subject.dialect.rows(outbound)) { _, new in new }
            }
            let held = try await standin.held(subject.name, subject.dialect, expected: expected)
            report.differences = held.differences
            report.mostEffects = held.mostEffects
            report.mostRepeats = held.mostRepeats
            reports[subject.name] = report
        }
        return reports
    }
}
