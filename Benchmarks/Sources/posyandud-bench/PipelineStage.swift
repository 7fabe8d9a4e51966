// Stage (c): from signed batches to applied registry rows with contributions, with the real workers of the six sectors.
// SPDX-License-Identifier: Apache-2.0
import Apply
import FoundationEssentials
import MessageLog
import PluginHost
import PluginKit
import PostgresClient
import PostgresTesting
import Registry
import Summaries

/// A kabupaten whose first month is applied from a full log (stage `apply_only`) and whose second month goes through intake
/// and apply at once (stage `applied`): then every weighing has an earlier one. Figures are not recomputed here; their cells
/// are marked dirty, as apply does.
enum PipelineStage {
    static func run(_ cluster: TestCluster, _ settings: Settings) async throws -> [Figures] {
        let database = try await cluster.makeDatabase(
            migrations: MessageLogSchema.migrations + RegistrySchema.migrations + SummariesSchema.migrations
                + ApplySchema.migrations
        )
        let rounds = settings.rounds(for: settings.applyMessages)
        let first = SignedBatches(
            posts: (0..<settings.posts(for: settings.applyMessages)).map(Post.init),
            months: 0..<1
        )
        let second = SignedBatches(posts: first.posts, months: 1..<(1 + rounds))
        try await IntakeStage.register(first.posts, database.pool)
        try await People.insert(first.posts, database.pool)

        let log = Machine.log
        let host = SectorHost(hostConfiguration(settings), log: log)
        await host.start()
        defer { Task { await host.stop() } }
        try await waitForSectors(host)
        let kabupaten = Kabupaten(
            database: database,
            host: host,
            catalogue: try await ApplyCatalogue.register(host.catalog, database.pool)
        )
        await database.pool.close()
        let workers = await host.status().compactMap(\.process)

        let filling = try await Intake(database.configuration, sealer: try Keys.sealer())
        try await filling.send(first)
        await filling.stop()
        try await kabupaten.vacuum()
        var alone = try await kabupaten.apply(first.messageCount, "apply_only", workers) { _ in }
        alone.remark = "from a full log into an empty registry, no earlier records; \(try await kabupaten.counts())"
        try await kabupaten.vacuum()
        let intake = try await Intake(database.configuration, sealer: try Keys.sealer())
        var both = try await kabupaten.apply(second.messageCount, "applied", workers) { bell in
            try await intake.send(second, onCommit: { bell.ring() })
        }
        await intake.stop()
        both.remark = "intake and apply at once, earlier records asked for; \(try await kabupaten.counts())"
        await host.stop()
        await database.drop()
        return [alone, both]
    }

    private static func hostConfiguration(_ settings: Settings) -> SectorHostConfiguration {
        var configuration = SectorHostConfiguration(
            directories: [settings.sectors],
            sectorRunProgram: "\(settings.programs)/sector-run",
            declarativeProgram: "\(settings.programs)/sector-declarative",
            region: "33.25",
            daemonVersion: "bench"
        )
        configuration.requireRootOwned = false
        configuration.allowUnconfined = true
        return configuration
    }

    private static func waitForSectors(_ host: SectorHost) async throws {
        for _ in 0..<600 {
            if host.readySectors.count == 6 { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        let states = await host.status().map { "\($0.id) \($0.state.rawValue) \($0.reason ?? "")" }
        throw BenchError(description: "not all six sectors are ready: \(states.joined(separator: ", "))")
    }
}

/// Apply with what it needs.
struct Kabupaten {
    let database: TestDatabase
    let host: SectorHost
    let catalogue: ApplyCatalogue

    /// Applies `count` messages while `feed` runs, and measures from the first byte in to the last commit.
    func apply(
        _ count: Int,
        _ name: String,
        _ workers: [Int32],
        feed: @escaping @Sendable (Bell) async throws -> Void
    ) async throws -> Figures {
        let pool = PostgresPool(database.configuration, size: 3)
        let directory = PosyanduDirectory()
        _ = try await pool.withConnection { try directory.reload($0) }
        let engine = ApplyEngine(
            pool: pool,
            sealer: try Keys.sealer(),
            host: host,
            directory: directory,
            sealing: try Keys.cipher(),
            catalogue: catalogue,
            settings: .init(owner: "bench"),
            log: Machine.log
        )
        try await engine.takeOver()
        let bell = Bell()
        let meter = try await Meter.begin(database, workers: workers)
        async let fed: Void = feed(bell)
        var applied = 0
        while applied < count {
            let pass = try await engine.pass()
            guard pass.rejected + pass.held + pass.dead == 0 else {
                throw BenchError(
                    description:
                        "of \(pass.entries) messages \(pass.rejected) rejected, \(pass.held) held, \(pass.dead) dead"
                )
            }
            applied += pass.applied
            if pass.entries == 0 { await bell.wait(atMost: .milliseconds(50)) }
        }
        try await fed
        try await engine.release()
        return try await meter.end(name, messages: count) { await pool.close() }
    }

    /// Stands for the autovacuum of the month between the two, which is off here so that dead rows can be counted.
    func vacuum() async throws {
        let pool = PostgresPool(database.configuration, size: 1)
        try await pool.withConnection { connection in
            try connection.setStatementTimeout(.seconds(300))
            try connection.run(script: "vacuum (analyze)")
        }
        await pool.close()
    }

    /// What stands in the registry, so that nobody takes an empty run for a fast one.
    func counts() async throws -> String {
        let pool = PostgresPool(database.configuration, size: 1)
        let text = try await pool.withConnection { connection in
            try connection.query(
                """
                select format('%s records, %s contribution rows, %s tasks, %s cases, %s batches in all',
                  (select count(*) from registry.record), (select count(*) from registry.contribution),
                  (select count(*) from registry.task), (select count(*) from registry.case),
                  (select count(*) from log.journal))
                """
            ).first?.string(0) ?? ""
        }
        await pool.close()
        return text
    }
}

/// The posyandu and residents that the messages speak of.
enum People {
    private struct Resident {
        var id: UUID
        var post: UUID
        var sex: String
        var born: String
    }

    static func insert(_ posts: [Post], _ pool: PostgresPool) async throws {
        let residents = posts.flatMap { people(of: $0) }
        try await pool.transaction { connection in
            try connection.execute(
                """
                insert into registry.posyandu(uuid, name, village_code, active_from)
                select u, 'Posyandu ' || n, v, '2020-01-01'
                  from unnest($1::uuid[], $2::text[]) with ordinality as p(u, v, n)
                """,
                [.uuidArray(posts.map(\.posyandu)), .textArray(posts.map(\.village))]
            )
            try connection.execute(
                """
                insert into registry.resident(id, posyandu_id, birth_date, sex, key_version)
                select r.id, p.id, r.born::date, r.sex, 1
                  from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) as r(id, post, born, sex)
                  join registry.posyandu p on p.uuid = r.post
                """,
                [
                    .uuidArray(residents.map(\.id)), .uuidArray(residents.map(\.post)),
                    .textArray(residents.map(\.born)),
                    .textArray(residents.map(\.sex)),
                ]
            )
        }
        try await pool.withConnection { try $0.run(script: "analyze") }
    }

    private static func people(of post: Post) -> [Resident] {
        var people: [Resident] = []
        for child in 0..<Post.children {
            let birth = Post.birth(of: child)
            let born = "\(birth.year)-\(Ids.digits(birth.month, 2))-15"
            people.append(
                Resident(id: post.child(child), post: post.posyandu, sex: child % 2 == 0 ? "L" : "P", born: born)
            )
        }
        for mother in 0..<Post.mothers {
            people.append(Resident(id: post.mother(mother), post: post.posyandu, sex: "P", born: "1998-03-10"))
        }
        for pupil in 0..<Post.pupils {
            people.append(Resident(id: post.pupil(pupil), post: post.posyandu, sex: "L", born: "2021-01-15"))
        }
        return people
    }
}
