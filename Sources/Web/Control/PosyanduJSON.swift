// Dossiers, completeness, terms and levels as JSON.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import Registry

enum PosyanduJSON {
    static func place(_ place: PosyanduStanding, _ more: JSONObject) -> JSONValue {
        var object: JSONObject = [
            "posyandu": .string(place.uuid.uuidString.lowercased()), "name": .string(place.name),
            "village": .string(place.village.description), "state": .string(place.state.rawValue),
            "number": .optional(place.number), "registered": .optional(place.registeredOn?.description),
        ]
        for member in more.members { object[member.name] = member.value }
        return .object(object)
    }

    static func missing(_ item: MissingItem) -> JSONValue {
        [
            "section": .string(item.section.rawValue), "code": .string(item.code), "name": .string(item.name),
            "actor": .string(item.actor), "lapsed": .optional(item.lapsed?.description),
        ]
    }

    static func completeness(_ one: PosyanduCompleteness) -> JSONValue {
        var sections = JSONObject()
        for section in CompletenessItem.Section.allCases {
            let asked = one.asked[section] ?? 0
            sections[section.rawValue] = ["asked": .int(asked), "present": .int(asked - one.missing(in: section))]
        }
        return place(
            one.standing,
            [
                "bidang_served": .int(one.standing.sectors), "cadres": .int(one.standing.cadres),
                "sections": .object(sections), "missing": .array(one.missing.map(missing)),
            ]
        )
    }

    static func area(_ area: AreaCompleteness, name: String?) -> JSONValue {
        var sections = JSONObject()
        for section in CompletenessItem.Section.allCases {
            sections[section.rawValue] = .int(area.completeBySection[section] ?? 0)
        }
        var actors = JSONObject()
        for (actor, count) in area.missingByActor.sorted(by: { $0.key < $1.key }) { actors[actor] = .int(count) }
        return [
            "area": .string(area.code), "name": .optional(name), "rank": .int(area.rank),
            "posyandu": .int(area.posyandu), "registered": .int(area.registered), "complete": .int(area.complete),
            "complete_sections": .object(sections), "asked": .int(area.asked), "present": .int(area.present),
            "percent": .optional(area.percent), "missing_by_actor": .object(actors),
        ]
    }

    static func dossier(_ dossier: Dossier, _ uuid: UUID, _ list: DocumentList?, _ today: CivilDate) -> JSONValue {
        let missing = list.map { dossier.missing($0, on: today) } ?? []
        return [
            "posyandu": .string(uuid.uuidString.lowercased()), "state": .string(dossier.state(on: today).rawValue),
            "list": .optional(list?.version), "date": .string(today.description),
            "missing": .array(
                missing.map {
                    [
                        "kind": .string($0.kind.code), "name": .string($0.kind.name), "actor": .string($0.kind.actor),
                        "lapsed": .optional($0.lapsed?.description),
                    ]
                }
            ),
            "papers": .array(
                dossier.papers.map { paper in
                    [
                        "kind": .string(paper.kind), "number": .string(paper.number),
                        "revision": .int(Int(paper.revision)), "date": .string(paper.dated.description),
                        "decided_by": .optional(paper.decidedBy), "from": .string(paper.validFrom.description),
                        "until": .optional(paper.validTo?.description), "copy": .optional(paper.copyAt),
                        "withdrawn": .bool(paper.isWithdrawn), "in_force": .bool(paper.isInForce(on: today)),
                        "by": .optional(paper.saidBy),
                    ]
                }
            ),
            "numbers": .array(
                dossier.numbers.map {
                    [
                        "number": .string($0.number), "registered": .string($0.registeredOn.description),
                        "imported": .bool($0.lineage == nil),
                    ]
                }
            ),
            "moves": .array(
                dossier.moves.map { move in
                    [
                        "seq": .int(Int(move.seq)), "from": .string(move.from.rawValue),
                        "to": .string(move.to.rawValue),
                        "date": .string(move.day.description), "by": .string(move.saidBy),
                        "reason": .optional(move.reason), "number": .optional(move.number),
                        "list": .optional(move.documentList),
                    ]
                }
            ),
        ]
    }

    static func paper(
        _ paper: PaperStanding,
        of place: PosyanduStanding,
        _ list: DocumentList?,
        _ today: CivilDate
    ) -> JSONValue {
        [
            "posyandu": .string(place.uuid.uuidString.lowercased()), "name": .string(place.name),
            "village": .string(place.village.description), "kind": .string(paper.kind),
            "number": .string(paper.number), "until": .optional(paper.validTo?.description),
            "days_left": .optional(paper.validTo.map { today.days(until: $0) }),
            "actor": .optional(list?[paper.kind]?.actor),
        ]
    }

    static func term(_ term: TermNotice, _ name: String?) -> JSONValue {
        [
            "why": .string(term.why.rawValue), "cadre": .string(term.cadre.uuidString.lowercased()),
            "name": .optional(name), "posyandu": .string(term.posyandu.uuidString.lowercased()),
            "posyandu_name": .string(term.posyanduName), "village": .string(term.village), "role": .string(term.role),
            "bidang": .optional(term.sector), "started": .string(term.started.description),
            "day": .string(term.day.description),
        ]
    }

    static func cadre(_ cadre: CadreSkills, _ level: String?) -> JSONValue {
        var groups = JSONObject()
        for (group, count) in cadre.byGroup.sorted(by: { $0.key < $1.key }) { groups[group] = .int(count) }
        return [
            "cadre": .string(cadre.cadre.uuidString.lowercased()),
            "posyandu": .string(cadre.posyandu.uuidString.lowercased()), "level": .optional(level),
            "skills": .int(cadre.skills), "groups": .object(groups), "trainings": .int(cadre.trainings),
        ]
    }

    /// How many cadres of an area hold which level.
    struct Levels {
        var cadres = 0
        var trained = 0
        var byLevel: [String: Int] = [:]

        mutating func add(_ level: String?, _ cadre: CadreSkills) {
            cadres += 1
            if cadre.trainings > 0 { trained += 1 }
            if let level { byLevel[level, default: 0] += 1 }
        }

        func json(_ levels: [String], code: String, name: String?) -> JSONValue {
            var held = JSONObject()
            for level in levels { held[level] = .int(byLevel[level] ?? 0) }
            return [
                "area": .string(code), "name": .optional(name), "cadres": .int(cadres), "trained": .int(trained),
                "none": .int(cadres - byLevel.values.reduce(0, +)), "by_level": .object(held),
            ]
        }
    }
}
