// What the items of a batch read or write, so that none is decided beside another that it could see.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials

extension BatchDecider {
    /// The keys of the given items, in their order; items with a key in common are decided one after the other.
    ///
    /// A message that names a record (a correction, a retraction) also has the keys of that record's subject, be the record
    /// in the registry or in this batch: what it changes, later records of the subject see. So has one that names a record whose
    /// type is keyed within the posyandu: another message may become part of the same record.
    func keys(of indices: [Int]) -> [[UUID]] {
        var subjects: [UUID: [UUID]] = [:]
        for index in indices {
            guard let message = items[index].message else { continue }
            let isKeyed = items[index].rules?.isKeyedByPosyandu ?? false
            for case let shared? in [message.subject, isKeyed ? message.posyandu : nil] {
                subjects[message.id, default: []].append(shared)
                if let corrects = message.corrects { subjects[corrects, default: []].append(shared) }
            }
        }
        return indices.map { index in
            guard let message = items[index].message else { return [] }
            var keys = named(items[index], message)
            for id in keys {
                keys += subjects[id] ?? []
                guard let record = set.record(of: id) else { continue }
                keys.append(record.current.id)
                if let subject = record.current.subject { keys.append(subject) }
                if catalogue.byID[record.current.type]?.isKeyedByPosyandu ?? false { keys.append(message.posyandu) }
            }
            return keys
        }
    }

    /// Whether the batch has a subject, record or keyed posyandu in common with another that is being committed. Called before
    /// ``load()`` for what the messages say, and after it for what the registry adds.
    func shares(_ touched: Set<UUID>) -> Bool {
        keys(of: Array(items.indices)).contains { $0.contains(where: touched.contains) }
    }

    /// Everything the batch read or wrote, once it is decided.
    var touched: Set<UUID> {
        var touched = Set(keys(of: Array(items.indices)).joined())
        touched.formUnion(relinked)
        for record in set.records.values where record.changed {
            touched.insert(record.current.id)
            for case let subject? in [record.current.subject, record.base?.subject] { touched.insert(subject) }
        }
        return touched
    }

    /// Ids in the message itself.
    private func named(_ item: Item, _ message: Message) -> [UUID] {
        var keys = [message.id]
        if let subject = message.subject { keys += set.persons.members(of: subject) }
        if let other = CoreType(rawValue: message.type)?.other(message) {
            keys += set.persons.members(of: other)
        }
        if let corrects = message.corrects { keys.append(corrects) }
        if let target = CoreType(rawValue: message.type)?.target(message) { keys.append(target) }
        // Records keyed by posyandu and fields would see each other; one posyandu's go in order.
        if let rules = item.rules, rules.isKeyedByPosyandu { keys.append(message.posyandu) }
        return keys
    }
}
