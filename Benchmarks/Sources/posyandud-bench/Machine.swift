// What the figures were taken on: cores, load, processor, file system, PostgreSQL.
// SPDX-License-Identifier: Apache-2.0
import Glibc
import Logging
import PostgresClient
import PostgresTesting

enum Machine {
    /// Warnings only: progress is printed by ``Bench``.
    static var log: Logger {
        var log = Logger(label: "posyandud-bench")
        log.logLevel = .warning
        return log
    }

    static var cores: Int { sysconf(Int32(_SC_NPROCESSORS_ONLN)) }

    /// Load average of the last minute.
    static var load: Double {
        var averages = [0.0]
        return getloadavg(&averages, 1) == 1 ? averages[0] : 0
    }

    /// Nanoseconds of processor time that this process has used.
    static var processorTime: Int {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    /// Nanoseconds of processor time of another process with all its threads; 0 when it is gone.
    static func processorTime(of process: Int32) -> Int {
        guard let directory = opendir("/proc/\(process)/task") else { return 0 }
        defer { closedir(directory) }
        var total = 0
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard Int(name) != nil else { continue }
            let line = text(of: "/proc/\(process)/task/\(name)/schedstat")
            total += line.split(separator: " ").first.flatMap { Int($0) } ?? 0
        }
        return total
    }

    static func describe(_ cluster: TestCluster) async throws -> String {
        let configuration = PostgresConfiguration(conninfo: cluster.conninfo(database: "postgres"))
        let pool = PostgresPool(configuration, size: 1)
        let version = try await pool.withConnection { try $0.query("show server_version").first?.string(0) ?? "" }
        await pool.close()
        let model = text(of: "/proc/cpuinfo").split(separator: "\n").first { $0.hasPrefix("model name") }
            .flatMap { $0.split(separator: ":").last.map { String($0.drop { $0 == " " }) } }
        // tmpfs: a flush costs nothing there, and nothing measured on it may be published.
        let disk = fileSystem(of: cluster.socketDirectory)
        return
            "\(cores) cores, \(model ?? "processor unknown"), PostgreSQL \(version), cluster on \(disk == "tmpfs" ? "tmpfs, which is NOT durable" : disk)"
    }

    /// The type of the file system that holds `path`, from the longest mount point that begins it.
    private static func fileSystem(of path: String) -> String {
        let mounts = text(of: "/proc/mounts").split(separator: "\n").map { $0.split(separator: " ") }
        let fitting = mounts.filter { $0.count > 2 && ($0[1] == "/" || path.hasPrefix($0[1] + "/")) }
        return fitting.max { $0[1].count < $1[1].count }.map { String($0[2]) } ?? "unknown"
    }

    static func text(of path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&part, 1, part.count, file)
            guard count > 0 else { break }
            bytes += part[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Double {
    /// With this many digits after the point.
    func text(_ digits: Int) -> String {
        let factor = pow(10, Double(digits))
        let scaled = (self * factor).rounded()
        guard digits > 0 else { return "\(Int(scaled))" }
        let whole = Int(scaled / factor)
        let rest = "\(abs(Int(scaled) - whole * Int(factor)))"
        return "\(whole).\(String(repeating: "0", count: digits - rest.count))\(rest)"
    }
}
