// What a batch knows of dossiers, numbers, terms, presence lists and notices, changing as it is decided.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import PostgresClient
import Registry

/// What messages about posyandu and cadres ask of the registry.
struct PosyanduQuestions: Sendable {
    var dossiers: Set<Int32> = []
    var numbers: Set<AskedNumber> = []
    /// Cadres of whom every term and notice is needed.
    var cadres: Set<UUID> = []
    var presences: Set<PresenceList.Key> = []

    var isEmpty: Bool { dossiers.isEmpty && numbers.isEmpty && cadres.isEmpty && presences.isEmpty }
}

struct PosyanduSet: Sendable {
    /// Every version of the list of papers and of the rules of terms.
    private(set) var lists: [DocumentList] = []
    private(set) var termRules: [TermRules] = []
    var dossiers: [Int32: Dossier] = [:]
    var numbers: [AskedNumber: NumberFacts] = [:]
    /// Cadre → terms; a cadre whom the registry does not have is absent.
    var terms: [UUID: [CadreTerm]] = [:]
    var presences: [PresenceList.Key: PresenceList] = [:]
    var notices: [CadreNotice.Key: CadreNotice] = [:]

    /// Reads what is asked and not known yet.
    mutating func load(_ questions: PosyanduQuestions, _ connection: isolated PostgresConnection) throws {
        guard !questions.isEmpty else { return }
        if lists.isEmpty { lists = try DossierStore.lists(connection) }
        if termRules.isEmpty { termRules = try TermRules.all(connection) }
        let posyandu = questions.dossiers.filter { dossiers[$0] == nil }.sorted()
        dossiers.merge(try DossierStore.dossiers(connection, ids: posyandu)) { known, _ in known }
        let asked = questions.numbers.filter { numbers[$0] == nil }
        numbers.merge(try DossierStore.facts(connection, Array(asked))) { known, _ in known }
        let cadres = questions.cadres.filter { terms[$0] == nil }
        terms.merge(try CadreActs.terms(connection, of: Array(cadres))) { known, _ in known }
        for notice in try CadreActs.notices(connection, of: Array(cadres)) { notices[notice.key] = notice }
        let keys = questions.presences.filter { presences[$0] == nil }
        for list in try CadreActs.presences(connection, Array(keys)) { presences[list.key] = list }
    }
}
