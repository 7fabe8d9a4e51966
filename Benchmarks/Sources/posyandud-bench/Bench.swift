// Runs all stages of `make bench` on one private cluster, prints the table and writes the figures as JSON.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Glibc
import PostgresClient
import PostgresTesting

/// The stages in their order. Every stage has a database of its own on the one cluster; the load average is printed before
/// and after, because figures taken under foreign load say little.
@main
enum Bench {
    static func main() async {
        do {
            try await run(try Settings(environment: Environment.all))
        } catch {
            print("bench: \(error)")
            exit(1)
        }
    }

    private static func run(_ settings: Settings) async throws {
        let loadBefore = Machine.load
        if loadBefore > Double(Machine.cores) {
            print("WARNING: load \(loadBefore.text(2)) on \(Machine.cores) cores: do not publish these figures.")
        }
        let cluster = try await TestCluster.create(
            fsync: true,
            settings: [
                "synchronous_commit": "on", "full_page_writes": "on", "max_wal_size": "8GB", "shared_buffers": "512MB",
                "checkpoint_timeout": "1h", "autovacuum": "off",
            ]
        )
        var report = Report(load: loadBefore)
        report.about = try await Machine.describe(cluster)

        if settings.stages.contains(.intake) { try await measureIntake(cluster, settings, &report) }
        if settings.stages.contains(.apply) {
            progress("apply: \(settings.applyMessages) messages, after a month that is already there")
            for figures in try await PipelineStage.run(cluster, settings) { report.add(figures) }
        }
        for peer in Peers.all where settings.stages.contains(.peers) {
            progress("peer: \(peer.name)")
            report.add(try await peer.run(cluster, settings))
        }
        report.load = max(loadBefore, Machine.load)
        report.finish()
        print(report.table)
        try report.write(to: settings.results)
        print("Written to \(settings.results)")
    }

    private static func measureIntake(_ cluster: TestCluster, _ settings: Settings, _ report: inout Report) async throws
    {
        let batches = SignedBatches(
            posts: settings.posts(for: settings.intakeMessages),
            rounds: settings.rounds(for: settings.intakeMessages)
        )
        progress("intake: \(batches.messageCount) messages from \(batches.posts.count) sources")
        let intake = try await IntakeStage.run(cluster, batches, isVerifiedBefore: false)
        progress("copy: the same rows")
        report.add(try await CopyStage.run(cluster, intake))
        report.add(intake.figures)
        await intake.database.drop()
        progress("intake of batches verified before")
        let verified = try await IntakeStage.run(cluster, batches, isVerifiedBefore: true)
        report.add(verified.figures)
        await verified.database.drop()
    }

    private static func progress(_ text: String) {
        print("· \(text) (load \(Machine.load.text(2)))")
        fflush(nil)
    }
}
