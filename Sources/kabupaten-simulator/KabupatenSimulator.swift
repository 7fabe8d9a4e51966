// A whole kabupaten as the hub sees it: generates months of life, sends them, and proves the hub's figures.
// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// Shares no code with the registry, the sectors, the log or the summaries that it checks.
@main
struct KabupatenSimulator: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kabupaten-simulator",
        abstract: "Generates the life of Kabupaten Batang, sends it to a hub, and compares what the hub makes of it.",
        discussion: "Nobody in it is real: names are made of syllables, numbers count down from 9999.",
        subcommands: [Prepare.self, Send.self, Settle.self, Reconcile.self]
    )
}
