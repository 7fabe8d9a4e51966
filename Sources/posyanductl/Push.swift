// `posyanductl push`: what was sent to destinations, and what an operator may do about it.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct PushCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Documents on their way to the destinations.",
        subcommands: [
            PushStatus.self, PushList.self, PushShow.self, PushRetry.self, PushHold.self, PushRelease.self,
            PushAcknowledge.self, PushExport.self, PushWait.self, PushReconcile.self,
        ],
        defaultSubcommand: PushStatus.self
    )
}

/// The states of a document, as the daemon names them.
enum DocumentState: String, CaseIterable, ExpressibleByArgument {
    case planned, sending, pending, verifying, uncertain
    case acknowledged, superseded
    case partial, rejected, stale
    case windowClosed = "window_closed"
    case held

    /// It moves by itself.
    var isOpen: Bool {
        switch self {
        case .planned, .sending, .pending, .verifying, .uncertain: true
        default: false
        }
    }

    /// It waits for a person.
    var isStopped: Bool {
        switch self {
        case .partial, .rejected, .stale, .windowClosed, .held: true
        default: false
        }
    }
}

struct PushStatus: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Counts each destination's documents by state (the default)."
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        console.show(try await daemon.get("push", [("limit", "0")]), json: output.json, Self.report)
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var table = TextTable(
            .left("DESTINATION"),
            .left("KIND"),
            .right("OPEN"),
            .right("STOPPED"),
            .right("ACKNOWLEDGED"),
            .right("SUPERSEDED"),
            .right("FAILURES"),
            .left("PAUSED")
        )
        for destination in answer["destinations"]?.array ?? [] {
            let tally = DestinationTally(destination)
            table.add(
                cell(destination["name"]),
                cell(destination["kind"]),
                String(tally.open),
                String(tally.stopped),
                String(tally.acknowledged),
                String(tally.superseded),
                cell(destination["breaker_failures"]),
                cell(destination["paused"])
            )
        }
        guard !table.isEmpty else { return "No document was given to a destination yet." }
        let remedies = (answer["destinations"]?.array ?? []).compactMap { destination in
            destination["remedy"]?.string.map { "\(cell(destination["name"])): \(Printable.line($0))" }
        }
        return ([table.text(isStyled)] + remedies).joined(separator: "\n\n")
    }
}

/// How many documents of one destination move, stand still, or are done.
struct DestinationTally: Hashable {
    var name: String
    var paused: String?
    var open = 0
    var stopped = 0
    var acknowledged = 0
    var superseded = 0

    /// - Parameter destination: one of `destinations` of `GET push`. A state of a newer daemon counts as open.
    init(_ destination: JSONValue) {
        name = Printable.cell(destination["name"])
        paused = destination["paused"]?.string.map(Printable.line)
        for member in destination["counts"]?.object?.members ?? [] {
            let count = member.value.integer ?? 0
            switch DocumentState(rawValue: member.name) {
            case .acknowledged: acknowledged += count
            case .superseded: superseded += count
            case let state? where state.isStopped: stopped += count
            default: open += count
            }
        }
    }
}

struct PushList: OperatorCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists documents, with their ids.")

    @Option(help: "Only documents in this state.")
    var state: DocumentState?

    @Option(help: ArgumentHelp("At most so many.", valueName: "count"))
    var limit = 1_000

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get("push", [("state", state?.rawValue), ("limit", String(limit))])
        console.show(answer, json: output.json, Self.report)
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var table = TextTable(
            .right("ID"),
            .left("DESTINATION"),
            .left("AREA"),
            .left("PERIOD"),
            .left("DOCUMENT"),
            .right("REVISION"),
            .left("STATE"),
            .right("ATTEMPTS"),
            .left("CHANGED"),
            .left("REASON")
        )
        for document in answer["documents"]?.array ?? [] {
            table.add(
                cell(document["id"]),
                cell(document["destination"]),
                cell(document["kodepemda"]),
                cell(document["period"]),
                cell(document["kind"]),
                cell(document["revision"]),
                cell(document["state"]),
                cell(document["attempts"]),
                cell(document["changed"]),
                cell(document["reason"])
            )
        }
        return table.isEmpty ? "No document." : table.text(isStyled)
    }
}

struct PushShow: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows one document with all attempts and receipts."
    )

    @Argument(help: "Its id, from posyanductl push list.")
    var id: Int

    @Flag(help: "Print what is sent and nothing else.")
    var body = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get("push/\(id)")
        if body {
            guard let text = answer["body"]?.string else {
                throw OperatorError(
                    "document \(id) is no text",
                    hint: "posyanductl push export --document \(id) --out FILE"
                )
            }
            console.out(Array(text.utf8))
        } else {
            console.show(answer, json: output.json, Self.report)
        }
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var facts = Facts()
        for name in [
            "id", "destination", "kodepemda", "period", "kind", "revision", "state", "reason", "attempts", "digest",
            "mapping_version", "created", "changed",
        ] {
            facts.add(name.replacing("_", with: " "), cell(answer[name]))
        }
        facts.add("size", Printable.bytes(answer["bytes"]))
        for (name, title) in [("next", "next attempt"), ("paused", "paused"), ("remedy", "what to do")] {
            if let text = answer[name]?.string { facts.add(title, Printable.line(text)) }
        }
        var tries = TextTable(
            .left("STARTED"),
            .left("FINISHED"),
            .left("ACT"),
            .right("CURL"),
            .right("STATUS"),
            .left("OUTCOME"),
            .left("CODE"),
            .left("DETAIL")
        )
        for attempt in answer["tries"]?.array ?? [] {
            tries.add(
                cell(attempt["started"]),
                cell(attempt["finished"]),
                cell(attempt["act"]),
                cell(attempt["curl_code"]),
                cell(attempt["status"]),
                cell(attempt["outcome"]),
                cell(attempt["code"]),
                cell(attempt["detail"])
            )
        }
        var receipts = TextTable(
            .left("RECEIPT"),
            .left("AT"),
            .left("CODE"),
            .left("TRANSACTION"),
            .right("REVISION"),
            .left("DIGEST"),
            .left("PROOF")
        )
        for receipt in answer["receipts"]?.array ?? [] {
            receipts.add(
                cell(receipt["kind"]),
                cell(receipt["at"]),
                cell(receipt["code"]),
                cell(receipt["transaction"]),
                cell(receipt["remote_revision"]),
                Printable.digest(receipt["remote_digest"]),
                cell(receipt["proof"])
            )
        }
        let refusals = refusals(answer)
        return [
            facts.text, tries.isEmpty ? "No attempt yet." : tries.text(isStyled),
            receipts.isEmpty ? "No receipt yet." : receipts.text(isStyled),
            refusals.isEmpty ? nil : refusals.text(isStyled),
        ].compactMap(\.self).joined(separator: "\n\n")
    }

    /// The rows that the destination refused, as the newest receipt with any names them.
    private static func refusals(_ answer: JSONValue) -> TextTable {
        let cell = Printable.cell
        var table = TextTable(.right("ROW"), .left("FIELD"), .left("CODE"), .left("MESSAGE"))
        let lists = (answer["receipts"]?.array ?? []).compactMap { $0["errors"]?.array }
        for error in lists.last(where: { !$0.isEmpty }) ?? [] {
            table.add(cell(error["index"]), cell(error["pointer"]), cell(error["code"]), cell(error["message"]))
        }
        return table
    }
}
