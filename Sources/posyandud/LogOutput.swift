// Where log lines go: to the journal with systemd's level prefixes, or as one JSON object a line.
// SPDX-License-Identifier: Apache-2.0
import Glibc
import Logging
import MessageLog
import NodeConfiguration
import PluginKit

enum LogOutput {
    static func start(_ settings: NodeConfiguration.Log) {
        let level = Logger.Level(rawValue: settings.level) ?? .info
        let isJSON = settings.format == "json"
        LoggingSystem.bootstrap { label -> any LogHandler in
            if isJSON { return JSONLines(label: label, logLevel: level) }
            return JournalLines(label: label, logLevel: level)
        }
    }

    fileprivate static func write(_ bytes: [UInt8]) { _ = Glibc.write(2, bytes, bytes.count) }
}

/// `<6>message key=value …`: systemd reads the level from the prefix.
private struct JournalLines: LogHandler {
    let label: String
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line = "<\(Self.priority(event.level))>\(event.message)"
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) { line += " \(key)=\(value)" }
        LogOutput.write(Array((line.replacing("\n", with: " ") + "\n").utf8))
    }

    private static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}

private struct JSONLines: LogHandler {
    let label: String
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("time_us")
        writer.integer(Int(WallClock.microseconds()))
        writer.name("level")
        writer.string(event.level.rawValue)
        writer.name("message")
        writer.string("\(event.message)")
        for (key, value) in metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }).sorted(by: {
            $0.key < $1.key
        }) {
            writer.name(key)
            writer.string("\(value)")
        }
        writer.endObject()
        writer.newline()
        LogOutput.write(writer.bytes)
    }
}
