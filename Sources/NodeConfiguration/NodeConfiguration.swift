// The settings of one node, as plain values.
// SPDX-License-Identifier: Apache-2.0

/// Everything an operator can set in `posyandud.yaml`, checked.
///
/// Each group corresponds to one key of the file; the annotated file in `config/posyandud.yaml` explains every setting.
package struct NodeConfiguration: Sendable {
    /// Who this node is.
    package struct Node: Sendable {
        /// `hub` serves kiosks and pushes to destinations; `kiosk` has a parent.
        package var role: String
        /// Own source UUID of the node.
        package var id: String
        /// Region code of the kabupaten, e.g. `33.25`.
        package var kabupaten: String
        /// Name of the kabupaten, for screens.
        package var name: String
        /// Civil time of the kabupaten as seconds east of UTC: WIB 25200, WITA 28800, WIT 32400.
        package var utcOffsetSeconds: Int
        /// The office that sends the summaries (`pengirim.opd`).
        package var office: String
        /// Label of the region list in force, e.g. `300.2.2-2138/2025`.
        package var regionVersion: String
        /// Label of the nomenclature of programmes in force.
        package var nomenclatureVersion: String
        /// Raised by one after a restore from backup, so that children notice.
        package var timeline: Int
    }
    package struct Database: Sendable {
        /// libpq connection string or URI; may name several hosts.
        package var conninfo: String
        /// Connections for everything but intake and apply.
        package var connections: Int
    }
    package struct Listen: Sendable {
        package var host: String
        package var port: Int
    }
    package struct Control: Sendable {
        /// Path of the operators' socket.
        package var socket: String
        /// Group that may use it beside root and the daemon's own user; empty for none.
        package var group: String
    }
    package struct Sectors: Sendable {
        package var folders: [String]
        package var launcher: String
        package var declarative: String
        /// Folders beside the system's own that a confined worker may read and execute (the Swift runtime).
        package var runtimeFolders: [String]
        package var requireRootOwner: Bool
        /// Refuse sectors without a valid signature by one of the keys in `keyFolder`.
        package var requireSignature: Bool
        package var keyFolder: String
        /// False lets workers run where the kernel has no Landlock; the status says so.
        package var requireConfinement: Bool
        package var disabled: [String]
        /// Sector id → parameter → value as written.
        package var parameters: [String: [String: String]]
    }
    package struct Calendar: Sendable {
        /// Days of the working week, 1 for Monday to 7 for Sunday.
        package var weekdays: [Int]
        /// CSV file of holidays and joint leave; empty for none.
        package var holidays: String
        /// Reminders of missing reports are raised when so many working days are left before a window closes; 0 for none.
        package var remindWorkdays: Int
    }
    package struct Secrets: Sendable {
        /// Files of 32 bytes (or 64 hex digits): the key that seals identifiers, the key of the blind index.
        package var sealingKey: String
        package var indexKey: String
    }
    package struct Log: Sendable {
        package var level: String
        /// `journal` (one line, level prefix for systemd) or `json`.
        package var format: String
    }
    package struct Intake: Sendable {
        package var connections: Int
        /// Largest upload in bytes as sent; decompressed, a batch has at most 1 MiB by the protocol.
        package var maximumBytes: Int
        /// Bytes of batches that may wait for the log at once; beyond it uploads get 503 and Retry-After.
        package var maximumBytesInFlight: Int
    }
    package struct Apply: Sendable {
        /// Log entries taken by one transaction.
        package var batch: Int
    }
    package struct Cases: Sendable {
        /// Minutes between two looks for deadlines that have passed; 0 to leave it to `posyanductl case escalate`.
        package var escalationMinutes: Int
    }

    package var node: Node
    package var database: Database
    package var listen: Listen
    package var control: Control
    /// Who may look at what is confidential; without an entry nobody may.
    package var access: [Access]
    package var attachments: Attachments
    package var sectors: Sectors
    package var calendar: Calendar
    package var secrets: Secrets
    package var log: Log
    package var intake: Intake
    package var apply: Apply
    package var cases: Cases
    /// Folder of destination files (`*.yaml`).
    package var destinationsFolder: String
    /// Local hour from which on acknowledged documents are read back, once a night.
    package var reconcileHour: Int
    /// Days after which attempts on documents that are done with are thinned out; 0 for never.
    package var attemptDays: Int
    /// Folder of reference lists (SPM services, cadre skills) that are loaded at start.
    package var referenceFolder: String
    /// File with the vulnerability formula; empty for none.
    package var vulnerabilityFile: String

    /// Reads and checks the text of `posyandud.yaml`.
    /// - Parameters:
    ///   - text: the file's content.
    ///   - file: its path, for findings.
    ///   - environment: variables `POSYANDUD_<GROUP>_<SETTING>` win over the file.
    ///   - credentials: folder of systemd credentials; names without a slash in `secrets` are looked up there.
    /// - Throws: `ConfigurationError` with every finding.
    package static func read(
        _ text: String,
        file: String,
        environment: [String: String] = [:],
        credentials: String? = nil
    ) throws(ConfigurationError) -> NodeConfiguration {
        let reader = SettingsReader(file: file, environment: environment)
        guard let top = reader.parse(text) else { throw ConfigurationError(findings: reader.findings) }
        top.allow([
            "node", "database", "listen", "control", "access", "attachments", "sectors", "calendar", "secrets", "log",
            "intake", "apply", "cases", "destinations", "reference", "vulnerability",
        ])
        let configuration = NodeConfiguration(
            node: readNode(top.section("node")),
            database: readDatabase(top.section("database")),
            listen: readListen(top.section("listen")),
            control: readControl(top.section("control")),
            access: readAccess(top.section("access"), kabupaten: top.section("node").optionalText("kabupaten") ?? ""),
            attachments: readAttachments(top.section("attachments")),
            sectors: readSectors(top.section("sectors")),
            calendar: readCalendar(top.section("calendar")),
            secrets: readSecrets(top.section("secrets"), credentials: credentials),
            log: readLog(top.section("log")),
            intake: readIntake(top.section("intake")),
            apply: readApply(top.section("apply")),
            cases: readCases(top.section("cases")),
            destinationsFolder: readFolder(
                top.section("destinations"),
                default: "/etc/posyandud/destinations",
                beside: ["reconcile_hour", "attempt_days"]
            ),
            reconcileHour: top.section("destinations").integer("reconcile_hour", default: 2, in: 0...23),
            attemptDays: top.section("destinations").integer("attempt_days", default: 400, in: 0...36_500),
            referenceFolder: readFolder(top.section("reference"), default: "/usr/share/posyandud/reference"),
            vulnerabilityFile: readFile(top.section("vulnerability"))
        )
        guard reader.findings.isEmpty else { throw ConfigurationError(findings: reader.findings) }
        return configuration
    }
}
