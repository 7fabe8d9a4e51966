// A node for tests: a database with every schema, a log writer that runs, devices that send, engines that apply.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Logging
import MessageLog
import PluginKit
import PostgresClient
import PostgresTesting
import Registry
import Summaries
import Testing

@testable import Apply

/// Reversible and bound to its entry, which is all that the log relies on.
struct ToySealer: MessageLog.PayloadSealer {
    struct Forged: Error {}

    func seal(_ bytes: [UInt8], aad: [UInt8]) throws -> [UInt8] { aad + bytes.map { $0 ^ 0x5A } }

    func open(_ sealed: [UInt8], aad: [UInt8]) throws -> [UInt8] {
        guard sealed.starts(with: aad) else { throw Forged() }
        return sealed.dropFirst(aad.count).map { $0 ^ 0x5A }
    }
}

/// A kiosk: one source with its place in its own sequence.
final class Device {
    let uuid: UUID
    let posyandu: UUID?
    /// Roles in which it may act on cases; as the device of a whole desa unless told otherwise.
    var roles: [String]? = ["kader", "bidan", "pengurus", "pemdes", "kades", "opd"]
    var area: String?
    var offices: [String] = []
    var epoch: Int32 = 1
    var next: Int64 = 1
    /// When it says that it made its messages, microseconds since 1970; nil leaves it to the moment of receipt.
    var clock: Int64?

    init(uuid: UUID, posyandu: UUID?) {
        self.uuid = uuid
        self.posyandu = posyandu
    }

    /// The next messages of its sequence, as `Sync` hands them over; nil for none.
    func batch(_ texts: [(json: String, isPersonal: Bool)]) -> VerifiedBatch? {
        guard !texts.isEmpty else { return nil }
        var bytes: [UInt8] = []
        let messages = texts.map { text in
            let start = bytes.count
            bytes += Array(text.json.utf8)
            return IntakeMessage(range: start..<bytes.count, claimed: clock, refusal: nil, isPersonal: text.isPersonal)
        }
        let first = next
        next += Int64(texts.count)
        return VerifiedBatch(
            header: BatchHeader(source: uuid, epoch: epoch, first: first, count: texts.count),
            headerBytes: Array("header".utf8),
            signature: Array("signature".utf8),
            bytes: bytes,
            messages: messages,
            via: .https
        )
    }
}

/// One node. Make it with ``withNode(_:)``, which stops its writer and drops its database.
struct Node {
    static let migrations =
        MessageLogSchema.migrations + RegistrySchema.migrations + SummariesSchema.migrations + ApplySchema.migrations

    let database: TestDatabase
    let conninfo: String
    let writer: LogWriter
    let host: ToySector
    let cipher: ResidentCipher
    let directory = PosyanduDirectory()
    let catalogue: ApplyCatalogue
    let sealer = ToySealer()

    var pool: PostgresPool { database.pool }
    static let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    init(host: ToySector = ToySector()) async throws {
        let cluster = try await TestCluster.shared()
        database = try await cluster.makeDatabase(migrations: Self.migrations)
        let name = try await database.pool.withConnection {
            try $0.query("select current_database()::text").first?.string(0)
        }
        conninfo = cluster.conninfo(database: try #require(name))
        var configuration = LogWriter.Configuration(owner: "test")
        configuration.requiresDurability = false
        writer = LogWriter(pool: database.pool, configuration: configuration, sealer: sealer, log: Self.quiet)
        self.host = host
        cipher = try ResidentCipher(keys: [1: try Self.key(7)], indexKey: try Self.key(9))
        catalogue = try await Self.register(database.pool)
    }

    private static func key(_ seed: UInt8) throws -> SecretKey {
        try SecretKey(bytes: (0..<32).map { UInt8($0) &* 31 &+ seed })
    }

    /// The toy sector in the catalogue of a database.
    static func register(_ pool: PostgresPool) async throws -> ApplyCatalogue {
        let manifest = try ToySector.parsed()
        let sector = CatalogueSector(
            code: manifest.id,
            title: "Tumbuh",
            scope: .local,
            version: manifest.version,
            digest: [UInt8](repeating: 1, count: 32),
            recordTypes: manifest.records.map(\.type),
            indicators: manifest.indicators.map {
                CatalogueIndicator(
                    name: $0.name,
                    kind: $0.kind.rawValue,
                    unit: $0.unit,
                    period: $0.period.rawValue,
                    ratioOf: $0.kind == .ratio ? $0.of : nil,
                    rollsUp: $0.rollsUp
                )
            }
        )
        let ids = try await pool.transaction { try Catalogue.upsert($0, [sector]) }
        let types = manifest.records.map {
            TypeRules($0, of: manifest, sectorID: ids.sectors[manifest.id] ?? 0, typeIDs: ids.recordTypes)
        }
        return ApplyCatalogue(types: types, indicators: ids.indicators, plugins: "tumbuh@1.0.0#01010101")
    }

    // MARK: Posyandu and devices

    func addPosyandu(_ posyandu: [(uuid: UUID, village: String)]) async throws {
        let directory = directory
        try await pool.withConnection { connection in
            try connection.execute(
                """
                insert into registry.posyandu(uuid, name, village_code, active_from)
                select uuid, 'Melati', village, date '2020-01-01' from unnest($1::uuid[], $2::text[]) as v(uuid, village)
                """,
                [.uuidArray(posyandu.map(\.uuid)), .textArray(posyandu.map(\.village))]
            )
            _ = try directory.reload(connection)
        }
    }

    /// Registers devices; a source's shard follows from its UUID.
    func addDevices(_ devices: [Device]) async throws {
        let new = devices.map {
            NewSource(
                uuid: $0.uuid,
                posyandu: $0.posyandu,
                incarnation: UUID(),
                signKey: [1],
                roles: $0.roles,
                area: $0.area,
                offices: $0.offices
            )
        }
        _ = try await pool.withConnection { try LogSources.register($0, new) }
    }

    /// A posyandu with its device.
    func addPost(_ number: Int, village: String = "33.25.01.2001", devices: Int = 1) async throws -> (UUID, [Device]) {
        let posyandu = id(number, 0xA000)
        try await addPosyandu([(posyandu, village)])
        let kiosks = (0..<devices).map { Device(uuid: id(number * 100 + $0, 0xB000 + $0 * 7), posyandu: posyandu) }
        try await addDevices(kiosks)
        return (posyandu, kiosks)
    }

    /// The device was set up anew: it begins a new sequence.
    func reinstall(_ device: Device) async throws {
        let uuid = device.uuid
        device.epoch = try await pool.withConnection {
            try LogSources.openEpoch($0, source: uuid, incarnation: UUID(), signKey: [2])
        }
        device.next = 1
    }

    func send(_ device: Device, _ texts: [Text]) async throws {
        try await send(device, raw: texts.map { ($0.json, $0.isPersonal) })
    }

    func send(_ device: Device, raw texts: [(json: String, isPersonal: Bool)]) async throws {
        guard let batch = device.batch(texts) else { return }
        try await Self.ingest(batch, writer)
    }

    /// Sends what several devices have, side by side.
    func send(_ sendings: [(device: Device, texts: [Text])]) async throws {
        let batches = sendings.compactMap { $0.device.batch($0.texts.map { ($0.json, $0.isPersonal) }) }
        let writer = writer
        try await withThrowingTaskGroup(of: Void.self) { group in
            for batch in batches { group.addTask { try await Self.ingest(batch, writer) } }
            try await group.waitForAll()
        }
    }

    private static func ingest(_ batch: VerifiedBatch, _ writer: LogWriter) async throws {
        let reply = try await writer.ingest(batch)
        guard case .committed = reply else {
            Issue.record("not committed: \(reply)")
            return
        }
    }

    // MARK: Engines

    /// An engine that has taken the cursors; with the toy sector unless another host is given with its catalogue.
    func engine(
        batch: Int = 1_000,
        pool: PostgresPool? = nil,
        sectors: (host: any SectorAsking, catalogue: ApplyCatalogue)? = nil,
        leaseSeconds: Int = 60
    ) async throws -> ApplyEngine {
        let engine = ApplyEngine(
            pool: pool ?? self.pool,
            sealer: sealer,
            host: sectors?.host ?? host,
            directory: directory,
            sealing: cipher,
            catalogue: sectors?.catalogue ?? catalogue,
            settings: .init(batch: batch, owner: "test", leaseSeconds: leaseSeconds),
            log: Self.quiet
        )
        try await engine.takeOver()
        return engine
    }

    /// Applies everything that is in the log and drains what can be drained.
    @discardableResult
    func settle(_ engine: ApplyEngine, ready: Set<String> = ["tumbuh"]) async throws -> ApplyEngine.Pass {
        var total = ApplyEngine.Pass()
        while true {
            let pass = try await engine.pass()
            total += pass
            let drained = try await engine.drain(readySectors: ready)
            total += drained
            if pass.entries + drained.applied + drained.rejected + drained.dead + drained.again == 0 { return total }
        }
    }

    // MARK: Questions

    func count(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> Int {
        try await pool.withConnection { try $0.query(sql, parameters).first?.int(0) ?? 0 }
    }

    func text(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> String? {
        try await pool.withConnection { try $0.query(sql, parameters).first?.optionalString(0) }
    }

    func texts(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> [String] {
        try await pool.withConnection { try $0.query(sql, parameters).map { try $0.string(0) } }
    }

    /// The member of a record's body.
    func field(_ record: UUID, _ name: String) async throws -> Int? {
        let body = try await text("select body from registry.record where id = $1 and state = 0", [.uuid(record)])
        return try body.flatMap { try JSONParser.parse(Array($0.utf8))[name]?.number.flatMap { Int($0.text) } }
    }

    func figure(_ indicator: String, _ period: String, _ posyandu: UUID) async throws -> String? {
        while try await Recomputation.step(pool) > 0 {}
        return try await text(
            """
            select trim_scale(f.value)::text from summary.figure f join registry.indicator i on i.id = f.indicator_id
            join registry.posyandu p on p.id = f.posyandu_id where i.name = $1 and f.period = $2 and p.uuid = $3
            """,
            [.text(indicator), .text(period), .uuid(posyandu)]
        )
    }

    func expectBalance(_ location: SourceLocation = #_sourceLocation) async throws {
        let conservation = try await pool.withConnection { try Conservation.read($0) }
        #expect(conservation.isBalanced, "\(conservation.unbalanced)", sourceLocation: location)
    }

    /// The codes of what was refused, in log order of each shard.
    func rejections() async throws -> [String] {
        try await texts("select violations from registry.rejection order by lineage").compactMap { text in
            try JSONParser.parse(Array(text.utf8)).array?.first?["code"]?.string
        }
    }
}

/// Runs a test on a node of its own.
func withNode(_ host: ToySector = ToySector(), _ body: (Node) async throws -> Void) async throws {
    let node = try await Node(host: host)
    let running = Task { try await node.writer.run() }
    do {
        while node.writer.health.shards == 0 { try await Task.sleep(for: .milliseconds(1)) }
        try await body(node)
    } catch {
        node.writer.stop()
        _ = await running.result
        await node.database.drop()
        throw error
    }
    node.writer.stop()
    try await running.value
    await node.database.drop()
}
