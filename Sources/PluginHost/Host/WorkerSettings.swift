// Turns a verified sector and the configuration into what its worker is started with.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

extension SectorWorker.Settings {
    /// - Parameter onDemandFor: for the second worker, which checks forms.
    init(_ sector: VerifiedSector, _ configuration: SectorHostConfiguration, onDemandFor: Duration? = nil) {
        let manifest = sector.manifest
        var parameters = manifest.parameterDefaults
        for element in configuration.parameters[manifest.id]?.elements ?? [] {
            guard let value = manifest.parameter(element.name)?.fitted(element.value) else { continue }
            parameters[element.name] = value
        }
        var line: [UInt8] = []
        Wire.encode(
            Wire.Initialize(
                daemon: configuration.daemonVersion,
                manifest: sector.manifestBytes,
                parameters: parameters,
                region: configuration.region,
                calendar: configuration.calendar
            ),
            to: &line
        )
        self.init(
            sector: manifest.id,
            label: onDemandFor == nil ? manifest.id : "\(manifest.id) form",
            plan: Self.plan(sector, configuration),
            initialize: line,
            types: manifest.records.map(\.type),
            rules: sector.rules,
            isConfidential: sector.isConfidential,
            startLimit: configuration.startLimit,
            batchLimit: manifest.limits.seconds > Manifest.Limits().seconds
                ? max(configuration.batchLimit, .seconds(min(manifest.limits.seconds, 60))) : configuration.batchLimit,
            recordLimit: configuration.recordLimit,
            stopGrace: configuration.stopGrace,
            backOff: configuration.backOff,
            onDemandFor: onDemandFor
        )
    }

    private static func plan(_ sector: VerifiedSector, _ configuration: SectorHostConfiguration) -> LaunchPlan {
        let memory = min(sector.manifest.limits.memoryMiB, configuration.mostMemoryMiB) << 20
        var arguments = ["--memory", String(memory), "--sector", sector.tree.path]
        for directory in configuration.runtimeDirectories { arguments += ["--allow", AbsolutePath.of(directory)] }
        if configuration.allowUnconfined { arguments.append("--allow-unconfined") }
        arguments += ["--", sector.program ?? AbsolutePath.of(configuration.declarativeProgram)]
        return LaunchPlan(
            program: AbsolutePath.of(configuration.sectorRunProgram),
            arguments: arguments,
            directory: sector.tree.path,
            environment: ["LANG=\(configuration.language)", "TZ=\(configuration.timeZone)"]
        )
    }
}
