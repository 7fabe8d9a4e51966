// What the items of a batch read or write, so that none is decided beside another that it could see.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials

extension BatchDecider {
    /// Takes the keys of every item from its message, after the messages are read; items with a key in common are decided one
    /// after the other.
    ///
    /// A message that names a record (a correction, a retraction) also has the keys of that record's subject, be the record
    /// in the registry (``extendKeys()``) or in this batch: what it changes, later records of the subject see. So has one that
    /// names a record whose type is keyed within the posyandu: another message may become part of the same record.
    mutating func takeKeys() {
        var namesOthers = false
        keys = items.indices.map { index in
            guard let message = items[index].message else { return [] }
            return named(index, message, &namesOthers)
        }
        if namesOthers { shareKeys() }
    }

    /// Gives the keys of each record of the batch to those that name it, and the other way round.
    private mutating func shareKeys() {
        var subjects: [UUID: [UUID]] = [:]
        for index in items.indices {
            guard let message = items[index].message else { continue }
            let isKeyed = items[index].rules?.isKeyedByPosyandu ?? false
            for case let shared? in [message.subject, isKeyed ? message.posyandu : nil] {
                subjects[message.id, default: []].append(shared)
                if let corrects = message.corrects { subjects[corrects, default: []].append(shared) }
            }
        }
        for index in keys.indices {
            for id in keys[index] { keys[index] += subjects[id] ?? [] }
        }
    }

    /// Adds what the registry says of the records that the items name, after it was read.
    /// - Returns: the keys that came in.
    @discardableResult
    mutating func extendKeys() -> [UUID] {
        guard !set.records.isEmpty else { return [] }
        var added: [UUID] = []
        for index in keys.indices {
            for id in keys[index] {
                guard let message = items[index].message, let record = set.record(of: id)?.current else { continue }
                var own = [record.id]
                if let subject = record.subject { own.append(subject) }
                if catalogue.byID[record.type]?.isKeyedByPosyandu ?? false { own.append(message.posyandu) }
                keys[index] += own
                added += own
            }
        }
        return added
    }

    /// Whether an item has a key in common with a batch that is being committed, by what the messages say.
    func shares(_ touched: Set<UUID>) -> Bool {
        keys.contains { $0.contains(where: touched.contains) }
    }

    /// Everything the batch read or wrote, once it is decided; and what of it no item's keys foretold.
    var touched: (all: Set<UUID>, unforeseen: [UUID]) {
        var touched = Set<UUID>(minimumCapacity: keys.count * 3)
        for own in keys { touched.formUnion(own) }
        var unforeseen: [UUID] = []
        for id in relinked where touched.insert(id).inserted { unforeseen.append(id) }
        for record in set.records.values where record.changed {
            for case let id? in [record.current.id, record.current.subject, record.base?.subject]
            where touched.insert(id).inserted {
                unforeseen.append(id)
            }
        }
        return (touched, unforeseen)
    }

    /// Ids in the message itself.
    private func named(_ index: Int, _ message: Message, _ namesOthers: inout Bool) -> [UUID] {
        var keys = [message.id]
        if let subject = message.subject { keys += set.persons.members(of: subject) }
        if let other = message.core?.other(message) { keys += set.persons.members(of: other) }
        if let corrects = message.corrects {
            keys.append(corrects)
            namesOthers = true
        }
        if let receipt = message.receipt { keys.append(UUID(code: receipt)) }
        if let target = message.core?.target(message) {
            keys.append(target)
            namesOthers = true
        }
        if let core = message.core { keys += core.posyanduKeys(message) }
        // Records keyed by posyandu and fields would see each other; one posyandu's go in order.
        if let rules = items[index].rules, rules.isKeyedByPosyandu { keys.append(message.posyandu) }
        return keys
    }
}
