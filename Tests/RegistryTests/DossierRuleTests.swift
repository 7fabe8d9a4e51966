// Completeness, ranking and levels as pure rules.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import Testing

@testable import Registry

@Suite struct DossierRuleTests {
    private let today = CivilDate("2026-11-21")!

    private func kind(_ code: String, actor: String = "pemdes") -> PaperKind {
        PaperKind(code: code, name: "Dokumen \(code)", isRequired: true, hasTerm: true, actor: actor)
    }

    private func item(
        _ check: CompletenessItem.Check,
        _ section: CompletenessItem.Section,
        state: Dossier.State? = nil,
        actor: String,
        months: Int? = nil
    ) -> CompletenessItem {
        CompletenessItem(
            check: check,
            state: state,
            section: section,
            name: check.rawValue,
            actor: actor,
            months: months
        )
    }

    private var rules: CompletenessRules {
        CompletenessRules(
            version: "uji",
            items: [
                item(.number, .identity, state: .draft, actor: "pemdes"),
                item(.number, .identity, state: .submitted, actor: "dinas_pmd"),
                item(.numberOfRegion, .identity, actor: "dinas_pmd"),
                item(.papers, .legality, actor: "pemdes"),
                item(.presence, .data, actor: "posyandu", months: 3),
            ],
            papers: DocumentList(
                version: "uji",
                validFrom: CivilDate("2024-01-01")!,
                kinds: [kind("sk"), kind("matriks", actor: "kecamatan")]
            )
        )
    }

    private func place(_ village: String = "33.25.01.2001") -> PosyanduStanding {
        PosyanduStanding(id: 1, uuid: UUID(), name: "Melati", village: RegionCode(village)!)
    }

    @Test func `what is missing is named with who must act, and who that is follows the dossier's state`() {
        var one = place()
        one.papers["sk"] = PaperStanding(
            kind: "sk",
            number: "1",
            isInForce: false,
            validTo: CivilDate("2026-10-31")!
        )
        var found = one.completeness(rules, on: today)
        #expect(
            found.missing.map { "\($0.code) \($0.actor) \($0.lapsed?.description ?? "-")" } == [
                "nomor_registrasi pemdes -", "sk pemdes 2026-10-31", "matriks kecamatan -", "kehadiran posyandu -",
            ]
        )
        #expect(found.asked == [.identity: 1, .legality: 2, .data: 1])
        one.state = .submitted
        found = one.completeness(rules, on: today)
        #expect(found.missing.first?.actor == "dinas_pmd")
        // A registered one is asked whether its number fits the region lists.
        one.state = .registered
        found = one.completeness(rules, on: today)
        #expect(found.asked[.identity] == 2)
        #expect(found.missing.first?.code == "nomor_wilayah")
    }

    @Test func `presence counts within the months of the rule`() {
        var one = place()
        one.lastPresence = CivilDate("2026-08-21")!
        #expect(one.completeness(rules, on: today).missing.contains { $0.code == "kehadiran" })
        one.lastPresence = CivilDate("2026-08-22")!
        #expect(!one.completeness(rules, on: today).missing.contains { $0.code == "kehadiran" })
    }

    @Test func `areas are ranked by complete posyandu, then by things present; equals share a rank`() {
        func made(_ village: String, asked: Int, missing: Int) -> PosyanduCompleteness {
            var one = PosyanduCompleteness(standing: place(village))
            one.asked = [.legality: asked]
            one.missing = (0..<missing).map {
                MissingItem(section: .legality, code: "\($0)", name: "", actor: "pemdes", lapsed: nil)
            }
            return one
        }
        let all = [
            made("33.25.01.2001", asked: 3, missing: 0), made("33.25.01.2002", asked: 3, missing: 2),
            made("33.25.02.2001", asked: 3, missing: 0), made("33.25.02.2002", asked: 3, missing: 1),
            made("33.25.03.2001", asked: 3, missing: 1), made("33.25.04.2001", asked: 3, missing: 1),
        ]
        let ranked = AreaCompleteness.ranked(all) { String($0.village.description.prefix(8)) }
        #expect(
            ranked.map { "\($0.rank) \($0.code) \($0.percent ?? "-")" } == [
                "1 33.25.02 83.3", "2 33.25.01 66.6", "3 33.25.03 66.6", "3 33.25.04 66.6",
            ]
        )
        #expect(ranked[1].missingByActor == ["pemdes": 2])
        #expect(AreaCompleteness(code: "x").percent == nil)
    }

    @Test func `a level is held when every requirement of it holds`() {
        func requirement(
            _ level: String,
            _ rank: Int,
            _ rule: LevelRules.Rule,
            _ least: Int,
            of group: String = ""
        ) -> LevelRules.Requirement {
            LevelRules.Requirement(level: level, rank: rank, rule: rule, group: group, least: least)
        }
        let rules = LevelRules(
            version: "uji",
            requirements: [
                requirement("utama", 3, .skills, 9), requirement("utama", 3, .trainings, 1),
                requirement("purwa", 1, .skillsOfGroup, 2, of: "a"), requirement("madya", 2, .groupsComplete, 2),
            ],
            groups: ["a": 2, "b": 3, "c": 4]
        )
        #expect(rules.levels == ["purwa", "madya", "utama"])
        func level(_ groups: [String: Int], trainings: Int = 0) -> String? {
            var cadre = CadreSkills(cadre: UUID(), posyandu: UUID(), village: RegionCode("33.25.01.2001")!)
            (cadre.byGroup, cadre.trainings) = (groups, trainings)
            return rules.level(of: cadre)
        }
        #expect(level([:]) == nil)
        #expect(level(["a": 1, "b": 2]) == nil)
        #expect(level(["a": 2]) == "purwa")
        #expect(level(["b": 3, "c": 4]) == "madya")
        #expect(level(["a": 2, "b": 3, "c": 4]) == "madya")
        #expect(level(["a": 2, "b": 3, "c": 4], trainings: 1) == "utama")
    }
}
