// `posyanductl destination test`: what a destination would be sent, and what it says to that.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct DestinationTest: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Plans the documents of a destination without storing or sending them.",
        discussion: """
            Takes the newest closed period that the destination makes documents of, as its file was read when the daemon \
            started. Shows what is left out and why. With --send-check it also logs in, has the destination check the \
            documents where it can (nothing is stored there), and reads back what it holds.

            Exit status 1 when nothing can be planned, or an answer is no good one.
            """
    )

    @Argument(help: "Its name, from its file.")
    var name: String

    @Option(help: ArgumentHelp("Another closed period.", valueName: "period"))
    var period: String?

    @Flag(help: "Ask the destination too.")
    var sendCheck = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let path = "destinations/\(ControlClient.segment(name))/plan"
        let answer: JSONValue
        if sendCheck {
            answer = try await daemon.post("\(path)/check", ["period": period.map { .string($0) } ?? .null])
        } else {
            answer = try await daemon.get(path, [("period", period)])
        }
        console.show(answer, json: output.json, Self.report)
        if let problem = Self.problem(answer) { throw problem }
    }

    /// What makes the exit status 1.
    static func problem(_ answer: JSONValue) -> OperatorError? {
        if let refusal = answer["refusal"]?.string {
            return OperatorError(
                "nothing can be planned: \(Printable.line(refusal))",
                hint: "mend the destination's file"
            )
        }
        let good = ["ACK_FINAL", "SAME", "ABSENT", "BEHIND"]
        for asked in answer["answers"]?.array ?? [] {
            guard let outcome = asked["outcome"]?.string, !good.contains(outcome) else { continue }
            return OperatorError(
                "the destination answered \(Printable.cell(asked["act"])) with \(Printable.line(outcome)) "
                    + "(\(Printable.cell(asked["code"])))",
                hint: "docs/destinations.md says what each class means, under Classes of answers"
            )
        }
        return nil
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var facts = Facts()
        for name in ["destination", "kind", "period", "snapshot_revision", "mapping_version", "figures"] {
            facts.add(name.replacing("_", with: " "), cell(answer[name]))
        }
        facts.add("not sent: local sectors", cell(answer["local"]))
        facts.add("not sent: not mapped", cell(answer["skipped"]))
        facts.add("not sent: small counts", cell(answer["suppressed"]))
        facts.add("not sent: complementary", cell(answer["complementary"]))
        facts.add("without data", cell(answer["without_data"]))
        var documents = TextTable(
            .left("DOCUMENT"),
            .right("REVISION"),
            .right("BYTES"),
            .left("DIGEST"),
            .left("REQUEST")
        )
        for document in answer["documents"]?.array ?? [] {
            documents.add(
                cell(document["kind"]),
                cell(document["revision"]),
                cell(document["bytes"]),
                Printable.digest(document["digest"]),
                document["method"]?.string == nil
                    ? "carried by a person" : "\(cell(document["method"])) \(cell(document["url"]))"
            )
        }
        let headers = (answer["documents"]?.array?.first?["headers"]?.array ?? []).map {
            "  \(cell($0["name"])): \(cell($0["value"]))"
        }
        return [
            facts.text, lists(answer), documents.isEmpty ? "No document." : documents.text(isStyled),
            headers.isEmpty ? "" : (["Headers of the first:"] + headers).joined(separator: "\n"),
            answers(answer, isStyled),
        ].filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    private static func lists(_ answer: JSONValue) -> String {
        var lines: [String] = []
        let unmapped = (answer["unmapped"]?.array ?? []).compactMap(\.string).map(Printable.line)
        let unused = (answer["unused"]?.array ?? []).compactMap(\.string).map(Printable.line)
        if !unmapped.isEmpty {
            lines.append("No rule for \(unmapped.count) indicators (\(Printable.cell(answer["unmapped_policy"]))):")
            lines += unmapped.map { "  \($0)" }
        }
        if !unused.isEmpty {
            lines.append("Rules for indicators that the period does not have:")
            lines += unused.map { "  \($0)" }
        }
        return lines.joined(separator: "\n")
    }

    private static func answers(_ answer: JSONValue, _ isStyled: Bool) -> String {
        guard let asked = answer["answers"]?.array else { return "" }
        let cell = Printable.cell
        var table = TextTable(
            .left("ASKED"),
            .left("DOCUMENT"),
            .right("CURL"),
            .right("STATUS"),
            .left("OUTCOME"),
            .left("CODE"),
            .left("DETAIL")
        )
        var errors: [String] = []
        for one in asked {
            table.add(
                cell(one["act"]),
                cell(one["kind"]),
                cell(one["curl_code"]),
                cell(one["status"]),
                cell(one["outcome"]),
                cell(one["code"]),
                cell(one["detail"])
            )
            for error in one["errors"]?.array ?? [] {
                errors.append("  \(cell(error["pointer"])) \(cell(error["code"])): \(cell(error["message"]))")
            }
        }
        if table.isEmpty { return "Nothing can be asked: a person carries the documents." }
        return table.text(isStyled) + (errors.isEmpty ? "" : "\n" + errors.joined(separator: "\n"))
    }
}
