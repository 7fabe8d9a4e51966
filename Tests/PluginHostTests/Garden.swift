// A temporary place with sector folders, a host over it and the programs that were built with these tests.
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import Logging
import PluginKit
import Synchronization
import Testing

@testable import PluginHost

/// A directory of sectors that is removed at the end of its test.
final class Garden: Sendable {
    let root: String
    let log = CapturedLog()

    init() throws {
        var template = Array("/tmp/posyandud-garden-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in buffer.baseAddress.flatMap { mkdtemp($0) } }
        root = String(cString: try #require(made))
        try FileManager.default.createDirectory(atPath: "\(root)/sectors", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: "\(root)/local", withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    /// Adds a sector whose worker is a script of `Workers/`.
    @discardableResult
    func plant(
        _ id: String = "kebun",
        worker: String = "zoo",
        directory: String = "sectors",
        _ change: (inout String) -> Void = { _ in }
    ) throws -> String {
        let folder = "\(root)/\(directory)/\(id)"
        var manifest = Self.manifest(id)
        change(&manifest)
        try FileManager.default.createDirectory(atPath: "\(folder)/bin", withIntermediateDirectories: true)
        try write(manifest, to: "\(folder)/sector.json")
        let workers = Self.folder + "/Workers"
        try write(try read("\(workers)/\(worker).py"), to: "\(folder)/bin/\(id)", mode: 0o755)
        try write(try read("\(workers)/wire.py"), to: "\(folder)/bin/wire.py")
        return folder
    }

    /// Adds a sector whose worker is `sector-declarative`.
    @discardableResult
    func plantDeclarative(_ id: String = "kebun") throws -> String {
        let folder = "\(root)/sectors/\(id)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let manifest = Self.manifest(id).replacing("\"form\": \"program\"", with: "\"form\": \"declarative\"")
            .replacing("\"needs\": {}", with: "\"contributions\": [{\"indicator\": \"\(id).catatan\"}]")
        try write(manifest, to: "\(folder)/sector.json")
        return folder
    }

    func host(_ change: (inout SectorHostConfiguration) -> Void = { _ in }) -> SectorHost {
        var configuration = SectorHostConfiguration(
            directories: ["\(root)/sectors", "\(root)/local"],
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
        change(&configuration)
        return SectorHost(configuration, log: log.logger)
    }

    func write(_ text: String, to path: String, mode: mode_t = 0o644) throws {
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        chmod(path, mode)
    }

    func read(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().path

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

    static func manifest(_ id: String) -> String {
        """
        { "manifest": 1, "id": "\(id)", "version": "1.0.0", "protocol": 1, "form": "program", "scope": "local",
          "stability": "beta", "name": {"id": "Sektor \(id)"},
          "parameters": {"tenggat": {"type": "integer", "default": 5}},
          "records": {
            "\(id).catatan": {
              "version": 2, "accepts": [1, 2], "title": {"id": "Catatan"}, "subject": "none",
              "fields": {
                "aksi": {"type": "text", "required": true, "label": {"id": "Aksi"}},
                "jumlah": {"type": "integer", "label": {"id": "Jumlah"}},
                "hasil": {"type": "text", "derived": true} },
              "needs": {} } },
          "indicators": {
            "\(id).catatan": {"kind": "count", "unit": "catatan", "period": "month"},
            "\(id).orang": {"kind": "distinct", "unit": "orang", "period": "month"} },
          "workflow": {"use": "standar"},
          "routing": [{"type": "\(id).catatan", "office": "pertanian"}] }
        """
    }
}

/// A record of a garden's sector.
func record(_ number: Int, _ action: String, sector: String = "kebun", _ more: [String: String] = [:]) -> WorkerRecord {
    var object: JSONObject = ["aksi": .string(action)]
    for (name, value) in more.sorted(by: { $0.key < $1.key }) { object[name] = .string(value) }
    return WorkerRecord(
        id: recordID(number),
        type: "\(sector).catatan",
        version: 2,
        posyandu: "6f1c0000-0000-7000-8000-000000000001",
        date: "2026-11-03",
        context: Array(#"{"subject":{"id":"91d0"}}"#.utf8),
        payload: JSONWriter.canonical(.object(object))
    )
}

func recordID(_ number: Int) -> String { "01980000-0000-7000-8000-\(String(1_000_000_000_000 + number).dropFirst())" }

extension BatchOutcome {
    var answers: [RecordAnswer]? { if case .answers(let answers) = self { answers } else { nil } }
    var failure: BatchFailure? { if case .failed(let failure) = self { failure } else { nil } }
    var unavailable: String? { if case .unavailable(let reason) = self { reason } else { nil } }
}

extension RecordAnswer {
    /// The fields it puts.
    var fields: JSONValue? {
        for case .put(let bytes) in effects { return try? JSONParser.parse(bytes) }
        return nil
    }
}

/// Waits until something is true, for as long as a slow machine may need.
func eventually(_ what: Comment, _ isTrue: () async -> Bool) async {
    for _ in 0..<30_000 {
        if await isTrue() { return }
        try? await Task.sleep(for: .milliseconds(20))
    }
    Issue.record(what)
}

/// Keeps the log lines of one host.
final class CapturedLog: Sendable {
    private let entries = Mutex<[String]>([])

    var lines: [String] { entries.withLock { $0 } }

    var logger: Logger {
        Logger(label: "test") { _ in Handler(log: self) }
    }

    fileprivate func add(_ line: String) { entries.withLock { $0.append(line) } }

    private struct Handler: LogHandler {
        let log: CapturedLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            log.add("\(event.level): \(event.message) \(event.metadata ?? [:])")
        }
    }
}
