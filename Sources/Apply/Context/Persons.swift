// Which residents are one person: the links that messages made, and what follows from them.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit

/// Two residents, in whichever order they were named.
struct ResidentPair: Hashable, Sendable {
    let first: UUID
    let second: UUID

    init(_ one: UUID, _ other: UUID) {
        (first, second) = one.precedes(other) ? (one, other) : (other, one)
    }
}

/// The newest word on a pair: that they are one person, or that they are not.
struct ResidentLink: Sendable {
    /// Whose sex, birth date and posyandu hold for both.
    var kept: UUID
    var isMerged: Bool
    var reason: String
    /// Log entry of the message.
    var lineage: Int64
}

/// Residents joined by links are one person. Everything here follows from the links alone, so that the order in which they
/// came does not matter and taking one back restores what was before.
struct Persons: Sendable {
    private(set) var links: [ResidentPair: ResidentLink] = [:]
    /// Resident → person, for residents that are one of several.
    private(set) var person: [UUID: UUID] = [:]
    /// Records whose message names another resident than the person it counts for → that resident.
    var origins: [UUID: UUID] = [:]
    /// Resident → what says that she died (a record, or her own id for a message) → the day; nil takes such a message back.
    var deaths: [UUID: [UUID: Death]] = [:]

    /// Residents that were read, with all that are one person with them: what the batch changed since is not read over.
    var loaded: Set<UUID> = []

    struct Death: Hashable, Sendable {
        var day: CivilDate?
        var lineage: Int64
    }

    /// Whether any resident that was read is one of several of a person.
    var areMerged: Bool { !person.isEmpty }

    subscript(resident: UUID) -> UUID { person[resident] ?? resident }

    /// The residents that are one person with this one; none but itself unless it was merged.
    func members(of resident: UUID) -> [UUID] {
        guard !person.isEmpty, let own = person[resident] else { return [resident] }
        return person.filter { $0.value == own }.map(\.key).sorted { $0.precedes($1) }
    }

    /// The day after which nothing can be recorded of a person: the earliest that any of its residents is said to have died.
    func death(of resident: UUID) -> CivilDate? {
        guard !deaths.isEmpty else { return nil }
        return members(of: resident).flatMap { (deaths[$0] ?? [:]).values.compactMap(\.day) }.min()
    }

    /// As read from the registry.
    mutating func load(links: [ResidentPair: ResidentLink]) {
        self.links.merge(links) { known, _ in known }
    }

    /// As read from the registry.
    mutating func load(person: [UUID: UUID]) { self.person.merge(person) { known, _ in known } }

    /// Puts a link in place.
    /// - Returns: residents whose person is another now, with the one they had.
    mutating func set(_ pair: ResidentPair, _ link: ResidentLink) -> [UUID: UUID] {
        let concerned = Set(members(of: pair.first) + members(of: pair.second))
        let before = Dictionary(uniqueKeysWithValues: concerned.map { ($0, self[$0]) })
        links[pair] = link
        var rest = concerned
        for resident in concerned { person[resident] = nil }
        while let start = rest.first {
            let group = reached(from: start)
            rest.subtract(group)
            guard group.count > 1 else { continue }
            let kept = representative(of: group)
            for resident in group { person[resident] = kept }
        }
        return before.filter { self[$0.key] != $0.value }
    }

    private func reached(from start: UUID) -> Set<UUID> {
        var found: Set<UUID> = [start]
        var edge = [start]
        while let resident = edge.popLast() {
            for (pair, link) in links
            where link.isMerged && (pair.first == resident || pair.second == resident) {
                let other = pair.first == resident ? pair.second : pair.first
                if found.insert(other).inserted { edge.append(other) }
            }
        }
        return found
    }

    /// Of several residents that are one: the one that no link gave up for another; the oldest id of several, or of all.
    private func representative(of group: Set<UUID>) -> UUID {
        var given: Set<UUID> = []
        for (pair, link) in links where link.isMerged && group.contains(pair.first) {
            given.insert(pair.first == link.kept ? pair.second : pair.first)
        }
        let left = group.subtracting(given)
        return (left.isEmpty ? group : left).min { $0.precedes($1) } ?? UUID()
    }
}
