// What an operator may say about sectors and their workers.
// SPDX-License-Identifier: Apache-2.0

package import PluginKit

/// Where sectors lie, how they are run and what all of them are told.
package struct SectorHostConfiguration: Sendable {
    /// Directories that hold sector folders; of two folders with one name, that of the earlier directory wins.
    package var directories: [String]
    /// Path of `sector-run`.
    package var sectorRunProgram: String
    /// Path of `sector-declarative`, the worker of declarative sectors.
    package var declarativeProgram: String
    /// Directories with runtime libraries beside `/lib` and `/usr/lib` that every worker may read and execute.
    package var runtimeDirectories: [String] = RuntimeLibraries.ofThisProcess
    /// Folders must belong to root and be writable by root alone. Off only in build trees, demo and tests.
    package var requireRootOwned = true
    /// Refuse folders without a signature of a trusted key.
    package var requireSignature = false
    /// Folder of the trusted public keys.
    package var keyDirectory = "/etc/posyandud/sector-keys"
    /// Run programs on a kernel without Landlock. Reported in every status.
    package var allowUnconfined = false
    /// Sectors that the operator switched off.
    package var disabled: Set<String> = []
    /// Values of manifest parameters set by the kabupaten, by sector. A sector with one that cannot hold is refused.
    package var parameters: [String: Fields] = [:]
    /// Code of the kabupaten, `33.25`.
    package var region: String
    package var calendar: WorkCalendar
    /// The daemon's version, told to workers.
    package var daemonVersion: String
    /// Most address space of a worker in MiB, whatever its manifest asks for.
    package var mostMemoryMiB = Manifest.Limits.mostMemoryMiB
    /// How long a worker may take from its start to the answer to `initialize`.
    package var startLimit = Duration.seconds(5)
    /// Time for a batch on top of the time for its records, unless the manifest's limits say more.
    package var batchLimit = Duration.seconds(2)
    package var recordLimit = Duration.milliseconds(50)
    /// After the end of its input a worker gets this long until SIGTERM, and from there until SIGKILL.
    package var stopGrace = Duration.seconds(5)
    package var backOff = BackOff.Limits()
    /// How long the second worker, which checks forms, stays without a question.
    package var formWorkerIdle = Duration.seconds(300)
    /// `LANG` and `TZ` for the workers.
    package var language = "C.UTF-8"
    package var timeZone = "UTC"

    package init(
        directories: [String],
        sectorRunProgram: String,
        declarativeProgram: String,
        region: String,
        calendar: WorkCalendar = WorkCalendar(),
        daemonVersion: String
    ) {
        self.directories = directories
        self.sectorRunProgram = sectorRunProgram
        self.declarativeProgram = declarativeProgram
        self.region = region
        self.calendar = calendar
        self.daemonVersion = daemonVersion
    }
}
