// Reads dossiers, numbers, terms and what was told of cadres, for deciding acts and for showing them.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import PluginKit
package import PostgresClient

/// A number that somebody wants to give, and since when.
package struct AskedNumber: Hashable, Sendable {
    package let number: String
    package let registeredOn: CivilDate

    package init(number: String, registeredOn: CivilDate) {
        self.number = number
        self.registeredOn = registeredOn
    }
}

package enum DossierStore {
    /// Every version of the list of papers, each in the order of the file's codes.
    package static func lists(_ connection: isolated PostgresConnection) throws -> [DocumentList] {
        let rows = try connection.query(
            """
            select version, min(valid_from) over (partition by version), code, name, is_required, has_term, actor
            from registry.document_kind order by version, is_required desc, code
            """
        )
        var lists: [DocumentList] = []
        for row in rows {
            let version = try row.string(0)
            let kind = PaperKind(
                code: try row.string(2),
                name: try row.string(3),
                isRequired: try row.bool(4),
                hasTerm: try row.bool(5),
                actor: try row.string(6)
            )
            var kinds = [kind]
            if lists.last?.version == version { kinds = lists.removeLast().kinds + kinds }
            lists.append(
                DocumentList(
                    version: version,
                    validFrom: CivilDate(daysSince1970: try row.date(1)),
                    kinds: kinds
                )
            )
        }
        return lists
    }

    /// The dossiers of posyandu, by id; one that does not exist is absent.
    package static func dossiers(
        _ connection: isolated PostgresConnection,
        ids: [Int32]
    ) throws -> [Int32: Dossier] {
        guard !ids.isEmpty else { return [:] }
        var found: [Int32: Dossier] = [:]
        let places = try connection.query(
            """
            select id, village_code from registry.posyandu where id = any($1)
            union select posyandu_id, village_code from registry.posyandu_revision where posyandu_id = any($1)
            """,
            [.int4Array(ids)]
        )
        for row in places {
            let id = Int32(truncatingIfNeeded: try row.int(0))
            var dossier = found[id] ?? Dossier(posyanduID: id, villages: [])
            dossier.villages.insert(try row.string(1))
            found[id] = dossier
        }
        for row in try connection.query(
            """
            select posyandu_id, seq, from_state, to_state, day, said_by, reason, number, document_list, lineage
            from registry.dossier_move where posyandu_id = any($1) order by posyandu_id, seq
            """,
            [.int4Array(ids)]
        ) {
            guard let from = Dossier.State(rawValue: try row.string(2)),
                let to = Dossier.State(rawValue: try row.string(3))
            else { continue }
            found[Int32(truncatingIfNeeded: try row.int(0))]?.moves.append(
                DossierMove(
                    seq: Int32(truncatingIfNeeded: try row.int(1)),
                    from: from,
                    to: to,
                    day: CivilDate(daysSince1970: try row.date(4)),
                    saidBy: try row.string(5),
                    reason: try row.optionalString(6),
                    number: try row.optionalString(7),
                    documentList: try row.optionalString(8),
                    lineage: Int64(try row.int(9))
                )
            )
        }
        for row in try connection.query(
            """
            select posyandu_id, number, registered_on, issued_under, lineage from registry.posyandu_registration
            where posyandu_id = any($1) order by posyandu_id, registered_on
            """,
            [.int4Array(ids)]
        ) {
            found[Int32(truncatingIfNeeded: try row.int(0))]?.numbers.append(
                HeldNumber(
                    number: try row.string(1),
                    registeredOn: CivilDate(daysSince1970: try row.date(2)),
                    issuedUnder: Int16(truncatingIfNeeded: try row.int(3)),
                    lineage: try row.optionalInt(4).map(Int64.init)
                )
            )
        }
        for row in try connection.query(
            """
            select distinct on (posyandu_id, kind, number) posyandu_id, kind, number, revision, dated, decided_by,
                valid_from, valid_to, copy_at, is_withdrawn, said_by, lineage
            from registry.document where posyandu_id = any($1) order by posyandu_id, kind, number, revision desc
            """,
            [.int4Array(ids)]
        ) {
            found[Int32(truncatingIfNeeded: try row.int(0))]?.papers.append(try paper(row))
        }
        return found
    }

    private static func paper(_ row: PostgresRow) throws -> DossierPaper {
        var paper = DossierPaper(
            kind: try row.string(1),
            number: try row.string(2),
            dated: CivilDate(daysSince1970: try row.date(4)),
            validFrom: CivilDate(daysSince1970: try row.date(6))
        )
        paper.revision = Int32(truncatingIfNeeded: try row.int(3))
        paper.decidedBy = try row.optionalString(5)
        paper.validTo = try row.optionalDate(7).map { CivilDate(daysSince1970: $0) }
        paper.copyAt = try row.optionalString(8)
        paper.isWithdrawn = try row.bool(9)
        paper.saidBy = try row.optionalString(10)
        paper.lineage = try row.optionalInt(11).map(Int64.init)
        return paper
    }

    /// What the registry says of numbers.
    package static func facts(
        _ connection: isolated PostgresConnection,
        _ numbers: [AskedNumber]
    ) throws -> [AskedNumber: NumberFacts] {
        guard !numbers.isEmpty else { return [:] }
        let rows = try connection.query(
            """
            select asked.number, asked.day, held.posyandu_id, registry.region_version_on(asked.day),
                exists (select from registry.region where version_id = registry.region_version_on(asked.day)
                    and code = left(asked.number, 13) and level = 'desa_kelurahan')
            from unnest($1::text[], $2::date[]) as asked (number, day)
            left join registry.posyandu_registration held on held.number = asked.number
            """,
            [.textArray(numbers.map(\.number)), .dateArray(numbers.map(\.registeredOn.daysSince1970))]
        )
        var facts: [AskedNumber: NumberFacts] = [:]
        for row in rows {
            let asked = AskedNumber(
                number: try row.string(0),
                registeredOn: CivilDate(daysSince1970: try row.date(1))
            )
            facts[asked] = NumberFacts(
                holder: try row.optionalInt(2).map { Int32(truncatingIfNeeded: $0) },
                list: try row.optionalInt(3).map { Int16(truncatingIfNeeded: $0) },
                isPrefixKnown: try row.bool(4)
            )
        }
        return facts
    }

    /// The posyandu that an operator means: by uuid, or by a registration number that it has or had.
    package static func find(
        _ connection: isolated PostgresConnection,
        _ text: String
    ) throws -> (id: Int32, uuid: UUID)? {
        let row: PostgresRow?
        if let uuid = UUIDText.parse(text) {
            row = try connection.query("select id, uuid from registry.posyandu where uuid = $1", [.uuid(uuid)]).first
        } else {
            row =
                try connection.query(
                    """
                    select p.id, p.uuid from registry.posyandu_registration r
                    join registry.posyandu p on p.id = r.posyandu_id where r.number = $1
                    """,
                    [.text(text)]
                ).first
        }
        return try row.map { (Int32(truncatingIfNeeded: try $0.int(0)), try $0.uuid(1)) }
    }
}
