// Wires the rooms of a node in the order of the pipeline and runs them until SIGTERM.
// SPDX-License-Identifier: Apache-2.0
import Apply
import CaseBook
import Cases
import CivilCalendar
import Destinations
import FoundationEssentials
import HTTPTransfer
import Logging
import MessageLog
import NodeConfiguration
import PluginHost
import PluginKit
import PostgresClient
import Registers
import Registry
import Replay
import ServiceLifecycle
import Summaries
import Sync
import UnixSignals
import Web

enum Node {
    /// All migrations, lowest room first.
    static let migrations =
        MessageLogSchema.migrations + RegistrySchema.migrations + SummariesSchema.migrations
        + DestinationsSchema.migrations + ApplySchema.migrations

    static func run(_ settings: NodeSettings) async throws {
        let log = Logger(label: "posyandud")
        let node = settings.node
        let database = PostgresConfiguration(conninfo: node.database.conninfo)
        let cipher = try Keys.cipher(node.secrets)
        let sealer = try Keys.sealer(node.secrets)
        let pool = PostgresPool(database, size: node.database.connections, log: log)
        do {
            async let _: Void = Preparation.askForTime()
            try await Preparation.database(pool, migrations, log: log)
            try await Preparation.keys(cipher, pool)
            try await Preparation.referenceLists(node.referenceFolder, pool, log: log)
        }

        let directory = PosyanduDirectory()
        try await pool.withConnection { _ = try directory.reload($0) }
        var hosting = hostConfiguration(node, settings.calendar)
        hosting.disabled.formUnion(try await pool.withConnection { try SectorSwitches.disabled($0) })
        let host = SectorHost(hosting, log: log)
        await host.start()
        let catalogue = try await ApplyCatalogue.register(host.catalog, pool)
        do {
            try settings.formula?.check(host.catalog.sectors.map(\.manifest), file: node.vulnerabilityFile)
        } catch {
            await host.stop()
            throw Refusal(message: "the vulnerability formula does not fit the sectors", hint: error.description)
        }

        let intakePool = PostgresPool(database.forLogWriter, size: node.intake.connections + 1, log: log)
        var writing = LogWriter.Configuration(owner: node.node.id)
        writing.connections = node.intake.connections
        writing.maximumWaitingBytes = node.intake.maximumBytesInFlight
        let writer = LogWriter(pool: intakePool, configuration: writing, sealer: sealer, log: log)
        let sources = SourceDirectory(pool: pool)
        let sealing = SealRule()
        sealing.allow(host.catalog.openTypes)
        let intake = BatchIntake(
            writer: writer,
            directory: sources,
            pool: pool,
            sealing: sealing,
            log: log
        )

        let time = CaseTime(calendar: settings.calendar, utcOffset: node.node.utcOffsetSeconds)
        let applyBell = Bell()
        let summaryBell = Bell()
        let applyPool = PostgresPool(database, size: 3, log: log)
        let engine = ApplyEngine(
            pool: applyPool,
            sealer: sealer,
            host: host,
            directory: directory,
            sealing: cipher,
            catalogue: catalogue,
            settings: .init(batch: node.apply.batch, owner: node.node.id, time: time),
            log: log
        )
        let apply = ApplyService(
            engine: engine,
            bell: applyBell,
            sectorsReady: { host.readySectors },
            onProgress: { summaryBell.ring() },
            log: log
        )
        let summaries = SummaryService(
            pool: pool,
            waitForWork: { await summaryBell.wait(atMost: .seconds(1)) },
            log: log
        )
        let closer: @Sendable (PostgresPool) -> PeriodCloser = { pool in
            PeriodCloser(
                pool: pool,
                kabupaten: node.node.kabupaten,
                utcOffsetSeconds: node.node.utcOffsetSeconds,
                regionVersion: node.node.regionVersion
            )
        }

        let destinations = try settings.destinations.map { file in
            let destination = DestinationSettings(file, node: node, services: settings.services[file.name] ?? [])
            return ConfiguredDestination(settings: destination, exporter: try Exporters.make(destination))
        }
        let transfer = HTTPTransfer()
        let pusher = try Pusher(
            pool: pool,
            destinations: destinations.map(\.settings),
            owner: node.node.id,
            log: log
        )
        let reporting = ReportingCalendar(
            kabupaten: node.node.kabupaten,
            zone: CivilZone.allCases.first { $0.offset == node.node.utcOffsetSeconds } ?? .wib,
            workdays: settings.calendar,
            remindWorkdays: node.calendar.remindWorkdays
        )
        let reconciliation = Reconciliation(
            outbox: Outbox(pool: pool),
            transfer: transfer,
            destinations: destinations.map { ($0.settings, $0.exporter) },
            hour: node.reconcileHour,
            utcOffsetSeconds: node.node.utcOffsetSeconds,
            log: log
        )
        let readiness = Readiness(pool: pool, writer: writer, apply: apply, host: host)
        let replay = Replay(
            pool: pool,
            conninfo: node.database.conninfo,
            migrations: migrations,
            sealer: sealer,
            host: host,
            cipher: cipher,
            catalogue: { try await ApplyCatalogue.register(host.catalog, $0) },
            closer: closer,
            time: time,
            log: log
        )
        let cases = CaseBook(
            pool: pool,
            time: time,
            parameters: sectorParameters(node),
            sectors: { host.catalog.sectors.map(\.manifest) }
        )
        let escalation = CaseEscalation(
            book: cases,
            writer: writer,
            own: OwnSource(node: node.node.id, utcOffset: node.node.utcOffsetSeconds),
            wakeApply: { applyBell.ring() },
            log: log
        )
        var services = NodeServices(
            version: Version.text,
            identity: NodeIdentity(
                id: node.node.id,
                role: node.node.role,
                kabupaten: node.node.kabupaten,
                name: node.node.name,
                utcOffsetSeconds: node.node.utcOffsetSeconds,
                timeline: node.node.timeline,
                started: WallClock.microseconds()
            ),
            pool: pool,
            intake: intake,
            writer: writer,
            apply: apply,
            summaries: summaries,
            closer: closer(pool),
            host: host,
            outbox: Outbox(pool: pool),
            reporting: reporting,
            destinations: destinations,
            importer: RegistryImporter(pool: pool, cipher: cipher),
            registers: RegisterReader(pool: pool, cipher: cipher),
            caseRegisters: CaseRegisters(
                pool: pool,
                cipher: cipher,
                settings: .init(
                    calendar: settings.calendar,
                    utcOffset: node.node.utcOffsetSeconds,
                    parameters: hostConfiguration(node, settings.calendar).parameters
                )
            ),
            recaps: RecapImporter(
                pool: pool,
                desk: PaperDesk(pool: pool, intake: intake, kabupaten: node.node.kabupaten)
            ),
            directory: directory,
            sealer: sealer,
            cipher: cipher,
            replay: replay,
            readiness: readiness,
            wakeApply: { applyBell.ring() },
            maximumBatchBytes: node.intake.maximumBytes,
            controlGroup: node.control.group,
            access: AccessGrants(node.access.map(AccessGrant.init)),
            attachments: AttachmentStore(
                folder: node.attachments.folder,
                limits: AttachmentLimits(node.attachments),
                cipher: cipher
            ),
            sources: sources,
            cases: cases,
            escalation: escalation,
            log: log
        )

        let reminders = ReminderService(pool: pool, calendar: reporting, log: log)
        services.formula = settings.formula
        let notifier = Notifier(readiness: readiness, log: log)
        let catalogueKeeper = CatalogueKeeper(
            host: host,
            engine: engine,
            pool: pool,
            sealing: sealing,
            bell: applyBell,
            log: log
        )
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: SectorStop(host: host)),
                    .init(service: WriterService(writer: writer, intake: intake, log: log)),
                    .init(service: catalogueKeeper), .init(service: ReloadOnHangup(host: host, log: log)),
                    .init(service: apply), .init(service: summaries),
                    .init(service: EscalationService(escalation, every: node.cases.escalationMinutes, log: log)),
                    .init(service: pusher), .init(service: reminders), .init(service: reconciliation),
                    .init(
                        service: AttemptRetention(outbox: Outbox(pool: pool), days: node.attemptDays, log: log)
                    ),
                    .init(
                        service: WebServers.kiosk(
                            services,
                            host: node.listen.host,
                            port: node.listen.port,
                            log: log,
                            onListening: { port in
                                log.notice("listening", metadata: ["port": "\(port)"])
                                await notifier.isListening()
                            }
                        )
                    ),
                    .init(service: WebServers.control(services, socket: node.control.socket, log: log)),
                    .init(service: notifier),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: log
            )
        )
        do {
            try await group.run()
        } catch {
            log.error("stopping: \(error)")
            transfer.shutdown()
            throw error
        }
        transfer.shutdown()
        for pool in [applyPool, intakePool, pool] { await pool.close() }
        log.notice("stopped")
    }

    private static func hostConfiguration(
        _ node: NodeConfiguration,
        _ calendar: WorkCalendar
    ) -> SectorHostConfiguration {
        var configuration = SectorHostConfiguration(
            directories: node.sectors.folders,
            sectorRunProgram: node.sectors.launcher,
            declarativeProgram: node.sectors.declarative,
            region: node.node.kabupaten,
            daemonVersion: Version.text
        )
        configuration.requireRootOwned = node.sectors.requireRootOwner
        configuration.requireSignature = node.sectors.requireSignature
        configuration.keyDirectory = node.sectors.keyFolder
        configuration.allowUnconfined = !node.sectors.requireConfinement
        configuration.disabled = Set(node.sectors.disabled)
        configuration.calendar = calendar
        configuration.runtimeDirectories += node.sectors.runtimeFolders
        configuration.parameters = sectorParameters(node)
        return configuration
    }

    /// What the kabupaten set of the sectors' parameters.
    private static func sectorParameters(_ node: NodeConfiguration) -> [String: Fields] {
        node.sectors.parameters.mapValues { values in
            var fields = Fields()
            for (name, text) in values.sorted(by: { $0.key < $1.key }) { fields[name] = FieldValue(written: text) }
            return fields
        }
    }
}

extension FieldValue {
    /// A parameter as an operator writes it in YAML: a number, true or false, or text.
    fileprivate init(written text: String) {
        if let integer = Int(text), String(integer) == text {
            self = .integer(integer)
        } else if text == "true" || text == "false" {
            self = .flag(text == "true")
        } else if let decimal = ExactDecimal(text) {
            self = .decimal(decimal)
        } else {
            self = .text(text)
        }
    }
}
