// The pipeline with real worker processes: the declarative sector that ships, and the health sector as a program.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Glibc
import PluginHost
import PluginKit
import PostgresClient
import Summaries
import Testing

@testable import Apply

/// The two sectors in a folder of their own, with the programs that were built beside the tests.
struct Workers {
    let root: String
    let host: SectorHost

    private let wanted: Set<String>

    /// - Parameter folders: of `Plugins`.
    init(_ folders: [String] = ["Kesehatan"]) throws {
        var template = Array("/tmp/posyandud-apply-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in buffer.baseAddress.flatMap { mkdtemp($0) } }
        root = String(cString: try #require(made))
        let parts = #filePath.split(separator: "/").dropLast(3)
        let repository = "/" + parts.joined(separator: "/")
        let files = FileManager.default
        try files.copyItem(atPath: "\(repository)/config/sectors/lingkungan", toPath: "\(root)/lingkungan")
        var wanted: Set = ["lingkungan"]
        for folder in folders {
            let text = try FileReader.read("\(repository)/Plugins/\(folder)/sector.json", limit: 16 << 20)
            let sector = try #require(try JSONParser.parse(text)["id"]?.string)
            wanted.insert(sector)
            try files.copyItem(atPath: "\(repository)/Plugins/\(folder)", toPath: "\(root)/\(sector)")
            try files.createDirectory(atPath: "\(root)/\(sector)/bin", withIntermediateDirectories: true)
            let program = "\(root)/\(sector)/bin/\(sector)"
            do {
                try files.linkItem(atPath: "\(Self.programs)/\(sector)", toPath: program)
            } catch {
                try files.copyItem(atPath: "\(Self.programs)/\(sector)", toPath: program)
            }
        }
        self.wanted = wanted
        var configuration = SectorHostConfiguration(
            directories: [root],
            sectorRunProgram: Self.programs + "/sector-run",
            declarativeProgram: Self.programs + "/sector-declarative",
            region: "33.25",
            daemonVersion: "test"
        )
        configuration.requireRootOwned = false
        configuration.keyDirectory = "\(root)/keys"
        configuration.startLimit = .seconds(600)
        configuration.batchLimit = .seconds(600)
        configuration.backOff.first = .milliseconds(50)
        host = SectorHost(configuration, log: Node.quiet)
    }

    /// The folder of built programs: where the test bundle lies.
    static let programs: String = {
        let maps = (try? FileReader.read("/proc/self/maps", limit: 8 << 20)) ?? []
        for line in String(decoding: maps, as: UTF8.self).split(separator: "\n") where line.hasSuffix(".xctest") {
            if let start = line.firstIndex(of: "/"), let end = line.lastIndex(of: "/") {
                return String(line[start..<end])
            }
        }
        return ""
    }()

    func ready() async throws {
        await host.start()
        for _ in 0..<30_000 where host.readySectors != wanted {
            try await Task.sleep(for: .milliseconds(20))
        }
        let reasons = await host.status().map { "\($0.id) \($0.state) \($0.reason ?? "")" }
        try #require(host.readySectors == wanted, "\(reasons)")
    }
}

/// Runs a test on a node with both workers ready.
func withHealthSector(_ body: (Node, Workers, ApplyCatalogue) async throws -> Void) async throws {
    let workers = try Workers()
    try await withNode { node in
        try await workers.ready()
        let catalogue = try await ApplyCatalogue.register(workers.host.catalog, node.pool)
        do {
            try await body(node, workers, catalogue)
        } catch {
            await workers.host.stop()
            throw error
        }
        await workers.host.stop()
    }
    try FileManager.default.removeItem(atPath: workers.root)
}

@Suite(.serialized) struct RealSectorTests {
    private func withWorkers(_ body: (Node, Workers, ApplyEngine) async throws -> Void) async throws {
        try await withHealthSector { node, workers, catalogue in
            try await body(node, workers, try await node.engine(sectors: (workers.host, catalogue)))
        }
    }

    private func weigh(_ number: Int, _ child: UUID, _ post: UUID, _ date: String, _ grams: Int, corrects: UUID? = nil)
        -> Text
    {
        Text(
            id: id(number),
            type: "kesehatan.penimbangan",
            posyandu: post,
            subject: child,
            date: date,
            corrects: corrects,
            data: #"{"berat_gram":\#(grams)}"#
        )
    }

    private func rubbish(_ number: Int, _ post: UUID, _ place: String, _ size: String, _ act: String) -> Text {
        Text(
            id: id(number),
            type: "lingkungan.titik_sampah",
            posyandu: post,
            data: #"{"lokasi":"\#(place)","luas_m2":\#(size),"tindakan":"\#(act)"}"#
        )
    }

    private func status(_ node: Node, _ number: Int) async throws -> String? {
        try await node.text("select body::json->>'status' from registry.record where id = $1", [.uuid(id(number))])
    }

    @Test func `weighings and rubbish heaps go through both kinds of worker, corrections included`() async throws {
        try await withWorkers { node, workers, engine in
            let (post, kiosks) = try await node.addPost(1)
            let child = id(1, 1)
            try await node.send(
                kiosks[0],
                [
                    .register(id(1), child, at: post, birth: "2025-12-01", sex: "L"),
                    weigh(2, child, post, "2026-10-06", 9_000), weigh(3, child, post, "2026-11-03", 9_300),
                    rubbish(4, post, "RT 01", "6.50", "belum"), rubbish(5, post, "RT 02", "12", "ditutup"),
                    rubbish(6, post, "RT 01", "7.25", "diangkut"), rubbish(7, post, "RT 03", "0.5", "belum"),
                    weigh(8, child, post, "2026-11-20", 9_400),
                ]
            )
            let ready = workers.host.readySectors
            let pass = try await node.settle(engine, ready: ready)
            #expect(pass.applied == 7 && pass.rejected == 1)
            #expect(try await status(node, 3) == "n")
            #expect(try await node.figure("kesehatan.d", "2026-11", post) == "1")
            #expect(try await node.figure("kesehatan.n", "2026-11", post) == "1")
            #expect(try await node.figure("lingkungan.titik_sampah", "2026-11", post) == "2")
            #expect(try await node.figure("lingkungan.luas", "2026-11", post) == "19.25")
            #expect(
                try await node.texts("select state || ' ' || office from registry.case") == ["didata lingkungan_hidup"]
            )
            // The weight of October was wrong: November's gain is asked again.
            try await node.send(kiosks[0], [weigh(9, child, post, "2026-10-06", 9_200, corrects: id(2))])
            try await node.settle(engine, ready: ready)
            #expect(try await status(node, 3) == "t")
            #expect(try await node.figure("kesehatan.n", "2026-11", post) == nil)
            #expect(try await node.figure("kesehatan.t", "2026-11", post) == "1")
            try await node.send(kiosks[0], [.retract(id(10), id(2), at: post)])
            try await node.settle(engine, ready: ready)
            #expect(try await status(node, 3) != "t")
            try await node.expectBalance()
        }
    }

    @Test func `killed workers cost nothing, a disabled sector's records wait for it`() async throws {
        try await withWorkers { node, workers, engine in
            let (post, kiosks) = try await node.addPost(1)
            let children = (0..<30).map { id(100 + $0, 1) }
            try await node.send(
                kiosks[0],
                children.enumerated().map { .register(id(1 + $0), $1, at: post, birth: "2025-12-01") }
            )
            try await node.settle(engine, ready: workers.host.readySectors)
            for month in 1...5 {
                for status in await workers.host.status() {
                    if let process = status.process { kill(pid_t(process), SIGKILL) }
                }
                try await node.send(
                    kiosks[0],
                    children.enumerated().map {
                        weigh(1_000 * month + $0, $1, post, "2026-0\(month)-05", 5_000 + 400 * month + $0)
                    }
                )
                for _ in 0..<30_000 {
                    try await node.settle(engine, ready: workers.host.readySectors)
                    if try await node.count("select count(*) from log.dead") == 0 { break }
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            #expect(try await node.count("select count(*) from registry.record where state = 0") == 150)
            for month in 1...5 { #expect(try await node.figure("kesehatan.d", "2026-0\(month)", post) == "30") }
            try await workers.host.disable("lingkungan")
            try await node.send(
                kiosks[0],
                [rubbish(9_001, post, "RT 01", "6.50", "belum"), weigh(9_002, children[0], post, "2026-06-05", 8_000)]
            )
            let pass = try await node.settle(engine, ready: workers.host.readySectors)
            #expect(pass.applied == 1 && pass.held == 1)
            try await node.expectBalance()
            try await workers.host.enable("lingkungan")
            for _ in 0..<30_000 where !workers.host.readySectors.contains("lingkungan") {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(try await node.settle(engine, ready: workers.host.readySectors).applied == 1)
            #expect(try await node.count("select count(*) from registry.case") == 1)
            try await node.expectBalance()
        }
    }
}
