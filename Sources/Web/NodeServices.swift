// Everything that the HTTP routes need of the running node.
// SPDX-License-Identifier: Apache-2.0
package import Apply
package import CaseBook
package import Destinations
package import Logging
package import MessageLog
package import PluginHost
package import PostgresClient
package import Registers
package import Registry
package import Replay
package import Summaries
package import Sync

/// A configured destination with its exporter.
package struct ConfiguredDestination: Sendable {
    package var settings: DestinationSettings
    package var exporter: any Exporter

    package init(settings: DestinationSettings, exporter: any Exporter) {
        self.settings = settings
        self.exporter = exporter
    }
}

/// The parts of a node, wired by the daemon; the routes only ask them and move bytes.
package struct NodeServices: Sendable {
    package var version: String
    package var identity: NodeIdentity
    package var pool: PostgresPool
    package var intake: BatchIntake
    package var writer: LogWriter
    package var apply: ApplyService
    package var summaries: SummaryService
    package var closer: PeriodCloser
    package var host: SectorHost
    package var outbox: Outbox
    package var reporting: ReportingCalendar
    package var destinations: [ConfiguredDestination]
    package var importer: RegistryImporter
    package var registers: RegisterReader
    package var caseRegisters: CaseRegisters
    package var recaps: RecapImporter
    package var directory: PosyanduDirectory
    package var sealer: any MessageLog.PayloadSealer
    package var cipher: ResidentCipher
    package var replay: Replay
    package var readiness: Readiness
    /// Rung when something changed that apply should look at.
    package var wakeApply: @Sendable () -> Void
    package var maximumBatchBytes: Int
    package var controlGroup: String
    /// Who may look at what is confidential.
    package var access: AccessGrants
    package var attachments: AttachmentStore
    /// Keys and states of sources.
    package var sources: SourceDirectory
    package var cases: CaseBook
    package var escalation: CaseEscalation
    package var log: Logger
    /// The formula of the vulnerability score; nil when none is configured.
    package var formula: VulnerabilityFormula?

    package init(
        version: String,
        identity: NodeIdentity,
        pool: PostgresPool,
        intake: BatchIntake,
        writer: LogWriter,
        apply: ApplyService,
        summaries: SummaryService,
        closer: PeriodCloser,
        host: SectorHost,
        outbox: Outbox,
        reporting: ReportingCalendar,
        destinations: [ConfiguredDestination],
        importer: RegistryImporter,
        registers: RegisterReader,
        caseRegisters: CaseRegisters,
        recaps: RecapImporter,
        directory: PosyanduDirectory,
        sealer: any MessageLog.PayloadSealer,
        cipher: ResidentCipher,
        replay: Replay,
        readiness: Readiness,
        wakeApply: @escaping @Sendable () -> Void,
        maximumBatchBytes: Int,
        controlGroup: String,
        access: AccessGrants,
        attachments: AttachmentStore,
        sources: SourceDirectory,
        cases: CaseBook,
        escalation: CaseEscalation,
        log: Logger
    ) {
        self.version = version
        self.identity = identity
        self.pool = pool
        self.intake = intake
        self.writer = writer
        self.apply = apply
        self.summaries = summaries
        self.closer = closer
        self.host = host
        self.outbox = outbox
        self.reporting = reporting
        self.destinations = destinations
        self.importer = importer
        self.registers = registers
        self.caseRegisters = caseRegisters
        self.recaps = recaps
        self.directory = directory
        self.sealer = sealer
        self.cipher = cipher
        self.replay = replay
        self.readiness = readiness
        self.wakeApply = wakeApply
        self.maximumBatchBytes = maximumBatchBytes
        self.controlGroup = controlGroup
        self.access = access
        self.attachments = attachments
        self.sources = sources
        self.cases = cases
        self.escalation = escalation
        self.log = log
    }
}

/// Who this node is, for screens and answers.
package struct NodeIdentity: Sendable {
    package var id: String
    package var role: String
    package var kabupaten: String
    package var name: String
    package var utcOffsetSeconds: Int
    package var timeline: Int
    /// When the daemon started, microseconds since 1970 UTC.
    package var started: Int64

    package init(
        id: String,
        role: String,
        kabupaten: String,
        name: String,
        utcOffsetSeconds: Int,
        timeline: Int,
        started: Int64
    ) {
        self.id = id
        self.role = role
        self.kabupaten = kabupaten
        self.name = name
        self.utcOffsetSeconds = utcOffsetSeconds
        self.timeline = timeline
        self.started = started
    }
}
