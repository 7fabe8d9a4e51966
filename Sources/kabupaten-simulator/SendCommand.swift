// `send`: lives the months and sends them, source by source, over a bad line.
// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Crypto
import FoundationEssentials
import HTTPTransfer

struct Send: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Generate the months and send them as signed batches of all sources.",
        discussion: """
            Writes tally.json beside the files of `prepare`: what the registry must hold afterwards. Survives a hub that is \
            away or dies; started again, it goes on at the marks of the hub.
            """
    )

    @Option(help: ArgumentHelp("The hub's address for kiosks, as http://127.0.0.1:8443.", valueName: "url"))
    var hub: String?

    @Option(help: ArgumentHelp("Folder that `prepare` wrote.", valueName: "dir"))
    var dir: String

    @Option(help: ArgumentHelp("The national region list.", valueName: "file"))
    var regions = "config/reference/wilayah.csv"

    @Option(help: ArgumentHelp("Folder with the WHO tables, who_*.csv.", valueName: "dir"))
    var standards = StandardTables.folder

    @Option(help: "Sources that send at the same time.")
    var connections = 12

    @Option(help: "Longest wait between two tries, seconds.")
    var longestWait = 3.0

    func run() async throws {
        let scenario = try WorldFiles.scenario(dir)
        let world = try KabupatenBuilder.build(
            scenario,
            regions: try TextFile.text(regions),
            standards: try StandardTables(standards)
        )
        let stories = await Self.live(world)
        var tally = TallyMaker.make(world, stories)
        tally.digest = Self.digest(stories)
        try TallyFile.write(tally, to: dir + "/tally.json")
        Console.line("generated \(tally.messages) messages of \(stories.count) sources")
        guard let hub else { return }
        tally.sent = try await send(world, stories, to: hub)
        try TallyFile.write(tally, to: dir + "/tally.json")
    }

    private static func live(_ world: Kabupaten) async -> [SourceStory] {
        let progress = Progress("generating", total: world.posyandu.count, unit: "posyandu")
        let width = 4
        let parts = await withTaskGroup(of: [(Int, SourceStory)].self) { group in
            for part in 0..<width {
                group.addTask {
                    var stories: [(Int, SourceStory)] = []
                    for index in stride(from: part, to: world.posyandu.count, by: width) {
                        stories.append((index, SourceLife.story(of: index, in: world)))
                        await progress.add(1)
                    }
                    return stories
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        await progress.finish()
        return parts.sorted { $0.0 < $1.0 }.map { $0.1 }
    }

    private static func digest(_ stories: [SourceStory]) -> String {
        var hash = SHA256()
        for story in stories {
            for message in story.messages { hash.update(data: message.bytes) }
        }
        return BatchBytes.hex(hash.finalize())
    }

    // MARK: Sending

    private func send(_ world: Kabupaten, _ stories: [SourceStory], to url: String) async throws -> SentCounts {
        let transfer = HTTPTransfer()
        defer { transfer.shutdown() }
        let hub = Hub(transfer: transfer, url: url, longestWait: longestWait)
        let keys = try WorldFiles.keys(dir)
        var uplinks: [SourceUplink] = []
        for (posyandu, story) in zip(world.posyandu, stories) {
            guard let key = keys[posyandu.source.text] else { throw SimulatorError("\(dir)/keys.csv lacks a source") }
            uplinks.append(
                SourceUplink(
                    source: posyandu.source,
                    key: key,
                    messages: story.messages,
                    hub: hub,
                    chance: SplitMix(world.scenario.seed, 6, UInt64(posyandu.index))
                )
            )
        }
        let progress = Progress("sending", total: stories.reduce(0) { $0 + $1.messages.count }, unit: "messages")
        for month in world.scenario.simulated {
            let isLast = month == world.scenario.last
            let ends = stories.map { story in
                isLast ? story.messages.count : story.messages.count { $0.time.day <= month.last }
            }
            uplinks = try await sendRound(uplinks, ends, progress)
        }
        await progress.finish()
        return uplinks.reduce(into: SentCounts()) { $0.add($1.counts) }
    }

    /// One month of every source, `connections` sources at a time.
    private func sendRound(_ uplinks: [SourceUplink], _ ends: [Int], _ progress: Progress) async throws
        -> [SourceUplink]
    {
        try await withThrowingTaskGroup(of: (Int, SourceUplink).self) { group in
            var uplinks = uplinks
            var next = 0
            while next < min(connections, uplinks.count) {
                group.addTask { [next, uplink = uplinks[next]] in
                    try await Self.send(uplink, next, ends[next], progress)
                }
                next += 1
            }
            while let (index, uplink) = try await group.next() {
                uplinks[index] = uplink
                guard next < uplinks.count else { continue }
                group.addTask { [next, uplink = uplinks[next]] in
                    try await Self.send(uplink, next, ends[next], progress)
                }
                next += 1
            }
            return uplinks
        }
    }

    private static func send(
        _ uplink: SourceUplink,
        _ index: Int,
        _ end: Int,
        _ progress: Progress
    ) async throws -> (Int, SourceUplink) {
        var uplink = uplink
        try await uplink.send(upTo: end, progress)
        return (index, uplink)
    }
}

extension SentCounts {
    fileprivate mutating func add(_ other: SentCounts) {
        batches += other.batches
        bytes += other.bytes
        answered += other.answered
        uncertain += other.uncertain
        retries += other.retries
        gaps += other.gaps
        deliberateDuplicates += other.deliberateDuplicates
    }
}
