// The node's numbers in the text format of Prometheus.
// SPDX-License-Identifier: Apache-2.0
import Apply
import Destinations
import MessageLog
import PluginHost
import PostgresClient
import Summaries

/// Names are `posyandud_` + thing + base unit; counters end in `_total`. No label ever holds a person.
enum Metrics {
    static func text(_ services: NodeServices) async -> String {
        var page = Page()
        let apply = services.apply.now
        page.counter("posyandud_apply_entries_total", "Log entries dealt with since start.", apply.entries)
        page.family("posyandud_apply_outcomes_total", "counter", "What became of messages since start.")
        for (outcome, count) in [
            ("applied", apply.applied), ("rejected", apply.rejected), ("held", apply.held), ("dead", apply.dead),
        ] {
            page.sample("posyandud_apply_outcomes_total", [("outcome", outcome)], count)
        }
        page.counter("posyandud_apply_failures_total", "Passes of apply that failed and were repeated.", apply.failures)
        let waiting = services.writer.waiting
        page.gauge("posyandud_intake_waiting_uploads", "Uploads that wait for the log.", waiting.uploads)
        page.gauge("posyandud_intake_waiting_bytes", "Bytes of uploads that wait for the log.", waiting.bytes)
        let summaries = services.summaries.now
        page.counter("posyandud_summaries_cells_total", "Cells recomputed since start.", summaries.cells)
        page.counter(
            "posyandud_summaries_failures_total",
            "Recomputations that failed and were repeated.",
            summaries.failures
        )
        let memory = ProcessMemory.own()
        page.gauge("posyandud_memory_resident_bytes", "Resident memory of the daemon.", memory.resident)
        page.gauge("posyandud_memory_peak_bytes", "Peak resident memory of the daemon.", memory.peak)
        await sectors(services, &page)
        await database(services, &page)
        return page.text
    }

    private static func sectors(_ services: NodeServices, _ page: inout Page) async {
        let status = await services.host.status()
        page.family("posyandud_sector_ready", "gauge", "Whether a sector's worker answers.")
        for sector in status {
            page.sample("posyandud_sector_ready", [("sector", sector.id)], sector.state == .ready ? 1 : 0)
        }
        page.family("posyandud_sector_disabled", "gauge", "Whether a person switched the sector off.")
        for sector in status {
            page.sample("posyandud_sector_disabled", [("sector", sector.id)], sector.state == .disabled ? 1 : 0)
        }
        page.family("posyandud_sector_starts_total", "counter", "Starts of a sector's worker.")
        for sector in status {
            page.sample("posyandud_sector_starts_total", [("sector", sector.id)], sector.counters.starts)
        }
        page.family("posyandud_sector_records_total", "counter", "Records a sector answered.")
        for sector in status {
            page.sample("posyandud_sector_records_total", [("sector", sector.id)], sector.counters.records)
        }
    }

    /// Whether the database answers is asked by itself: nothing that takes long there looks like an outage.
    private static func database(_ services: NodeServices, _ page: inout Page) async {
        let isUp = (try? await services.pool.withConnection { try $0.query("select 1") }) != nil
        page.gauge("posyandud_database_up", "Whether PostgreSQL answered this request.", isUp ? 1 : 0)
        guard isUp else { return }
        await log(services, &page)
        if let reading = await services.readiness.conservation.latest() { messages(reading, &page) }
        await destinations(services, &page)
    }

    private static func log(_ services: NodeServices, _ page: inout Page) async {
        let now = WallClock.microseconds()
        let read = try? await services.pool.withConnection { connection in
            (
                lags: try LogLag.read(connection), spool: try LogSpool.counts(connection),
                dirty: try connection.query("select count(*) from summary.dirty").first?.int(0) ?? 0
            )
        }
        guard let read else { return }
        page.family("posyandud_log_lag_entries", "gauge", "Log entries a consumer has not dealt with.")
        for lag in read.lags {
            page.sample(
                "posyandud_log_lag_entries",
                [("consumer", lag.consumer), ("shard", "\(lag.shard)")],
                Int(lag.entries)
            )
        }
        let oldest = read.lags.compactMap(\.oldest).min().map { Int((now - $0) / 1_000_000) } ?? 0
        page.gauge("posyandud_log_oldest_entry_seconds", "Age of the oldest entry not dealt with.", oldest)
        page.family("posyandud_spool_batches", "gauge", "Batches put aside, by why.")
        for reason in LogSpool.Reason.allCases {
            page.sample("posyandud_spool_batches", [("reason", reason.rawValue)], read.spool[reason] ?? 0)
        }
        page.gauge("posyandud_summaries_dirty_cells", "Marks of cells to be recomputed.", read.dirty)
    }

    private static func messages(_ reading: ConservationWatch.Reading, _ page: inout Page) {
        let total = reading.total
        page.family("posyandud_messages_total", "counter", "Messages by what became of them, all sources.")
        for (outcome, count) in [
            ("received", total.received), ("duplicate", total.duplicate), ("conflict", total.conflict),
            ("refused", total.refused), ("applied", total.applied), ("rejected", total.rejected),
        ] {
            page.sample("posyandud_messages_total", [("outcome", outcome)], Int(count))
        }
        page.gauge("posyandud_messages_held", "Messages that wait for a sector or a resident.", Int(total.held))
        page.gauge("posyandud_messages_dead", "Messages that wait for a person.", Int(total.dead))
        page.gauge(
            "posyandud_messages_unaccounted",
            "Conservation difference; 0 or something is wrong.",
            Int(total.difference)
        )
        page.gauge(
            "posyandud_messages_unbalanced_sources",
            "Sources whose counts do not add up; 0 or something is wrong.",
            reading.unbalanced
        )
        page.gauge(
            "posyandud_messages_age_seconds",
            "How long ago messages were counted; once a minute when the count succeeds.",
            reading.ageSeconds
        )
    }

    private static func destinations(_ services: NodeServices, _ page: inout Page) async {
        guard let destinations = try? await services.outbox.status() else { return }
        page.family("posyandud_destination_paused", "gauge", "Whether nothing is sent until a person resumes it.")
        for destination in destinations {
            page.sample(
                "posyandud_destination_paused",
                [("destination", destination.name)],
                destination.paused == nil ? 0 : 1
            )
        }
        page.family("posyandud_destination_documents", "gauge", "Documents of a destination by state.")
        for destination in destinations {
            for entry in destination.counts {
                page.sample(
                    "posyandud_destination_documents",
                    [("destination", destination.name), ("state", entry.state.rawValue)],
                    entry.count
                )
            }
        }
    }

    /// Collects lines of the exposition format.
    private struct Page {
        var text = ""

        mutating func family(_ name: String, _ type: String, _ help: String) {
            text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
        }

        mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Int) {
            let list = labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
            text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(list)} \(value)\n"
        }

        mutating func counter(_ name: String, _ help: String, _ value: Int) {
            family(name, "counter", help)
            sample(name, [], value)
        }

        mutating func gauge(_ name: String, _ help: String, _ value: Int) {
            family(name, "gauge", help)
            sample(name, [], value)
        }

        private static func escaped(_ text: String) -> String {
            text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
        }
    }
}
