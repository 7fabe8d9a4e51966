// Decides who may look into a record, and has every look written down, refused ones too.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import HTTPTypes
import Logging
import PluginHost
import PluginKit
import PostgresClient
import Registry

/// One caller who wants to look.
struct Looking {
    let services: NodeServices
    let account: Account
    let isOperator: Bool

    private var file: CaseFile { CaseFile(cipher: services.cipher) }

    init(_ services: NodeServices, _ context: ControlContext) {
        self.services = services
        account = context.account
        isOperator = context.isOperator
    }

    func facts(_ id: UUID) async throws -> CaseFacts {
        let found = try await services.pool.withConnection { try CaseFile.facts($0, id) }
        guard let found else { throw ControlError.notFound("no record or case \(id.uuidString.lowercased())") }
        return found
    }

    /// The role by which the caller may see a confidential record; nil when there is none.
    func role(_ facts: CaseFacts) -> String? {
        let manifest = services.host.catalog.sector(facts.sector)?.manifest
        return services.access.role(
            of: account,
            village: facts.village,
            sector: facts.sector,
            among: manifest?.confidentiality.visibleTo ?? []
        )
    }

    /// Whether the caller may see what is sealed of the record. A confidential record asks for a role, any other for an
    /// operator.
    func may(_ facts: CaseFacts) -> Bool { facts.isConfidential ? role(facts) != nil : isOperator }

    /// Opens what is sealed, or writes down that it was refused.
    /// - Throws: 403 after the refusal is on stable storage.
    func open(
        _ facts: CaseFacts,
        _ act: String,
        _ purpose: String
    ) async throws -> (identity: CaseIdentity, steps: [CaseStep]) {
        let role = try await admit(facts, act, purpose)
        let (file, reason) = (file, AccessReason(actor: account.name, purpose: purpose))
        return try await services.pool.transaction { try file.open($0, facts, role: role, act: act, reason) }
    }

    /// As ``open(_:_:_:)``, of something that stands elsewhere: notes the look and opens nothing.
    func note(_ facts: CaseFacts, _ act: String, _ purpose: String) async throws {
        let role = try await admit(facts, act, purpose)
        let (file, reason) = (file, AccessReason(actor: account.name, purpose: purpose))
        try await services.pool.transaction {
            try file.note($0, facts.id, act, role: role, outcome: .granted, reason)
        }
    }

    /// Writes down that the caller wanted to see what she may not.
    func refuse(_ facts: CaseFacts, _ act: String, _ purpose: String) async throws {
        let (file, reason) = (file, AccessReason(actor: account.name, purpose: purpose))
        try await services.pool.transaction { try file.note($0, facts.id, act, outcome: .refused, reason) }
        services.log.warning("look refused", metadata: ["actor": "\(account.name)", "record": "\(facts.id)"])
    }

    private func admit(_ facts: CaseFacts, _ act: String, _ purpose: String) async throws -> String? {
        if may(facts) { return facts.isConfidential ? role(facts) : nil }
        try await refuse(facts, act, purpose)
        let roles = services.host.catalog.sector(facts.sector)?.manifest.confidentiality.visibleTo ?? []
        throw ControlError(
            status: .forbidden,
            code: "forbidden",
            message: "\(account.name) has no role that may see this record; the attempt is written down",
            hint: facts.isConfidential && !roles.isEmpty
                ? "roles that may: \(roles.joined(separator: ", ")); they are given in `access` of posyandud.yaml" : nil
        )
    }
}
