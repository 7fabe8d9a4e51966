// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

/// Workers carry their runtime and libc with them: such a one needs 5 MB of memory a process, one with a shared runtime 12 (decision 0010). Not in debug builds,
/// where tests link the sectors and need the shared testing library.
let worker: [LinkerSetting] = [.unsafeFlags(["-static-executable"], .when(configuration: .release))]

/// A sector program: a folder of `Plugins/`, built as an executable that sees `PluginKit`, the pure libraries in folders of
/// its own, and nothing else.
func sector(_ folder: String, libraries: [String] = []) -> Target {
    .executableTarget(
        name: "\(folder)Sector",
        dependencies: ["PluginKit"] + libraries.map { .byName(name: $0) },
        path: "Plugins/\(folder)",
        exclude: ["sector.json", "fixtures", "tables", "README.md"] + libraries,
        linkerSettings: worker
    )
}

let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "posyandud",
    products: [
        .executable(name: "posyandud", targets: ["posyandud"]),
        .executable(name: "posyanductl", targets: ["posyanductl"]),
        .executable(name: "sector-declarative", targets: ["sector-declarative"]),
        .executable(name: "sector-run", targets: ["sector-run"]),
        .executable(name: "sipd-standin", targets: ["sipd-standin"]),
        .executable(name: "kabupaten-simulator", targets: ["kabupaten-simulator"]),
        .executable(name: "posyandud-bench", targets: ["posyandud-bench"]),
        .executable(name: "push-bench", targets: ["push-bench"]),
        .executable(name: "pendidikan", targets: ["PendidikanSector"]),
        .executable(name: "kesehatan", targets: ["KesehatanSector"]),
        .executable(name: "pekerjaan_umum", targets: ["PekerjaanUmumSector"]),
        .executable(name: "perumahan_rakyat", targets: ["PerumahanRakyatSector"]),
        .executable(name: "trantibumlinmas", targets: ["TrantibumlinmasSector"]),
        .executable(name: "sosial", targets: ["SosialSector"]),
        .library(name: "PluginKit", targets: ["PluginKit"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    ],
    targets: [
        // System libraries and C shims.
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CLibCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .target(name: "CCurl", dependencies: ["CLibCurl"]),
        .target(name: "CPlatform", linkerSettings: [.linkedLibrary("z")]),

        // Rooms, lowest first. Imports point upwards in this list only.
        .target(name: "FailPoints"),
        .target(name: "PluginKit"),
        .target(name: "CivilCalendar", dependencies: ["PluginKit"]),
        .target(name: "Workbook", dependencies: ["CPlatform"]),
        .target(name: "PostgresClient", dependencies: ["CLibPQ", "FailPoints", log]),
        .target(name: "PostgresTesting", dependencies: ["PostgresClient", "CPlatform"]),
        .target(name: "HTTPTransfer", dependencies: ["CCurl", "CLibCurl", "FailPoints"]),
        .target(name: "MessageLog", dependencies: ["PostgresClient", "PluginKit", "FailPoints", log, crypto]),
        .target(name: "Registry", dependencies: ["PostgresClient", "PluginKit", "CPlatform", "FailPoints", log, crypto]),
        .target(name: "PluginHost", dependencies: ["PluginKit", "CPlatform", "FailPoints", log, crypto]),
        .target(name: "PluginConformance", dependencies: ["PluginHost", "PluginKit"]),
        .target(
            name: "Apply",
            dependencies: [
                "Cases", "PluginHost", "Registry", "MessageLog", "PostgresClient", "PluginKit", "FailPoints", log, lifecycle,
            ]
        ),
        .target(
            name: "Summaries",
            dependencies: ["Registry", "MessageLog", "PostgresClient", "PluginKit", "FailPoints", log, crypto, lifecycle]
        ),
        .target(
            name: "Destinations",
            dependencies: [
                "Summaries", "Registry", "PostgresClient", "HTTPTransfer", "CivilCalendar", "PluginKit", "Workbook", "FailPoints", log, crypto,
                lifecycle,
            ]
        ),
        .target(
            name: "Sync",
            dependencies: ["MessageLog", "PostgresClient", "PluginKit", "CPlatform", "FailPoints", log, crypto]
        ),
        .target(
            name: "Registers",
            dependencies: [
                "Cases", "Sync", "Summaries", "Registry", "MessageLog", "PostgresClient", "PluginKit", "Workbook", crypto,
            ]
        ),
        .target(
            name: "Replay",
            dependencies: [
                "Apply", "Cases", "Summaries", "Registry", "MessageLog", "PostgresClient", "PluginKit", log, crypto,
            ]
        ),
        .target(name: "Cases", dependencies: ["PluginKit", "CivilCalendar"]),
        .target(
            name: "CaseBook",
            dependencies: ["Cases", "PluginHost", "Registry", "MessageLog", "PostgresClient", "PluginKit", log, lifecycle]
        ),
        .target(name: "NodeConfiguration", dependencies: ["CLibYAML"]),
        .target(
            name: "Web",
            dependencies: [
                "Sync", "Destinations", "Replay", "Registers", "Summaries", "Apply", "CaseBook", "Cases", "PluginHost", "Registry",
                "MessageLog", "PostgresClient", "PluginKit", "CivilCalendar", "CPlatform", log, lifecycle, hummingbird, nioCore, httpTypes,
            ]
        ),

        // Programs.
        .executableTarget(
            name: "posyandud",
            dependencies: [
                "Web", "Sync", "Destinations", "Replay", "Registers", "Summaries", "Apply", "PluginHost", "Registry", "MessageLog",
                "CaseBook", "Cases", "HTTPTransfer", "PostgresClient", "PluginKit", "CivilCalendar", "NodeConfiguration", "CPlatform", log, lifecycle, signals, arguments,
            ]
        ),
        .executableTarget(
            name: "posyanductl",
            dependencies: ["CivilCalendar", "Growth", "HTTPTransfer", "PluginConformance", "PluginHost", "PluginKit", arguments, crypto]
        ),
        .executableTarget(name: "sector-declarative", dependencies: ["PluginKit"], linkerSettings: worker),
        .executableTarget(name: "sector-run"),
        .executableTarget(
            name: "sipd-standin",
            dependencies: [hummingbird, httpTypes, nioCore, log, crypto, arguments]
        ),
        .executableTarget(name: "kabupaten-simulator", dependencies: ["HTTPTransfer", crypto, arguments]),

        .executableTarget(
            name: "posyandud-bench",
            dependencies: [
                "Apply", "Sync", "Summaries", "PluginHost", "Registry", "MessageLog", "PostgresTesting", "PostgresClient",
                "PluginKit", log, crypto,
            ],
            path: "Benchmarks/Sources/posyandud-bench"
        ),
        .executableTarget(
            name: "push-bench",
            dependencies: [
                "Destinations", "Summaries", "HTTPTransfer", "PostgresTesting", "PostgresClient", "PluginKit", log, arguments,
            ],
            path: "Benchmarks/Sources/push-bench"
        ),

        // The six sectors: plugins like anyone's.
        .target(name: "Growth", dependencies: ["PluginKit"], path: "Plugins/Kesehatan/Growth"),
        sector("Pendidikan"),
        sector("Kesehatan", libraries: ["Growth"]),
        sector("PekerjaanUmum"),
        sector("PerumahanRakyat"),
        sector("Trantibumlinmas"),
        sector("Sosial"),

        // Tests, a folder a room.
        .testTarget(name: "PluginKitTests", dependencies: ["PluginKit", "CPlatform", "sector-declarative"]),
        .testTarget(
            name: "SectorTests",
            dependencies: [
                "PluginKit", "KesehatanSector", "SosialSector", "PendidikanSector", "PekerjaanUmumSector",
                "PerumahanRakyatSector", "TrantibumlinmasSector",
            ]
        ),
        .testTarget(name: "GrowthTests", dependencies: ["Growth", "PluginKit"], exclude: ["vectors", "compare_with_pygrowup.py"]),
        .testTarget(name: "PostgresClientTests", dependencies: ["PostgresClient", "PostgresTesting", "FailPoints"]),
        .testTarget(name: "HTTPTransferTests", dependencies: ["HTTPTransfer", "FailPoints"]),
        .testTarget(name: "MessageLogTests", dependencies: ["MessageLog", "PostgresClient", "PostgresTesting", log]),
        .testTarget(
            name: "RegistryTests", dependencies: ["Registry", "PostgresClient", "PluginKit", "PostgresTesting", "FailPoints", crypto]),
        .testTarget(
            name: "PluginHostTests", dependencies: ["PluginHost", "PluginConformance", "PluginKit", "CPlatform", log, crypto],
            exclude: ["Workers"]),
        .testTarget(
            name: "ApplyTests",
            dependencies: [
                "Apply", "CaseBook", "Cases", "Replay", "Registers", "Summaries", "Sync", "PluginHost", "Registry", "MessageLog", "PostgresClient",
                "PluginKit", "PostgresTesting", "sector-declarative", "sector-run", "KesehatanSector",
                "PendidikanSector", "PekerjaanUmumSector", "PerumahanRakyatSector", "TrantibumlinmasSector", "SosialSector",
                log, crypto,
            ],
            exclude: ["Sheets"]
        ),
        .testTarget(name: "RegistersTests", dependencies: ["Registers", "Cases", "Registry", "PluginKit"]),
        .testTarget(name: "WorkbookTests", dependencies: ["Workbook"]),
        .testTarget(
            name: "DestinationsTests",
            dependencies: [
                "FailPoints", "Destinations", "NodeConfiguration", "Summaries", "Registry", "PostgresClient", "HTTPTransfer", "CivilCalendar",
                "PluginKit", "PostgresTesting", "sipd-standin",
            ],
            exclude: ["oracles"]),
        .testTarget(
            name: "FaultTests",
            dependencies: ["Destinations", "Summaries", "HTTPTransfer", "PluginKit", "PostgresClient", "PostgresTesting", "sipd-standin"]
        ),
        .testTarget(
            name: "PeerTests",
            dependencies: ["Destinations", "Summaries", "HTTPTransfer", "PluginKit", "PostgresClient", "PostgresTesting", "sipd-standin", crypto],
            exclude: ["oracles"]
        ),
        .testTarget(
            name: "SyncTests", dependencies: ["Sync", "MessageLog", "PostgresClient", "PostgresTesting", log, crypto]),
        .testTarget(
            name: "PosyanductlTests", dependencies: ["posyanductl", "Growth", "PluginHost", "PluginKit", arguments, crypto],
            exclude: ["Golden"]),
        .testTarget(name: "CasesTests", dependencies: ["Cases", "CivilCalendar", "PluginKit"]),
        .testTarget(name: "CivilCalendarTests", dependencies: ["CivilCalendar", "PluginKit"]),
        .testTarget(name: "NodeConfigurationTests", dependencies: ["NodeConfiguration"]),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where [.regular, .executable, .test].contains(target.type) {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
            .treatAllWarnings(as: .error),
        ]
}
