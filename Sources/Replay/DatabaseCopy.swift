// Copies the log and the imported master data into an empty database.
// SPDX-License-Identifier: Apache-2.0
import PostgresClient

/// What a replay starts from: the log as it is, and of the registry only what did not come through the log.
enum DatabaseCopy {
    /// Tables in an order that foreign keys allow, each with the rows that are taken.
    private static let tables: [(table: String, query: String)] =
        [
            "registry.region_version", "registry.region", "registry.sector", "registry.record_type",
            "registry.indicator", "registry.spm_service", "registry.competence", "registry.posyandu",
            "registry.posyandu_revision", "registry.posyandu_profile", "registry.cadre", "registry.cadre_competence",
            "registry.training", "registry.office", "registry.facility", "registry.document_kind",
            "registry.completeness_item", "registry.term_rule", "registry.level_rule",
        ].map { ($0, "select * from \($0)") } + [
            ("registry.posyandu_registration", "select * from registry.posyandu_registration where lineage is null"),
            ("registry.document", "select * from registry.document where lineage is null"),
            ("registry.cadre_term", termsBeforeMessages), ("registry.resident", importedResidents),
            ("log.shard", "select * from log.shard"),
            ("log.source", "select * from log.source"), ("log.epoch", "select * from log.epoch"),
            ("log.segment", "select * from log.segment"), ("log.entry", "select * from log.entry"),
        ]

    /// Terms as the import left them. One that a message ended stays ended when its cadre serves another bidang since: two
    /// open terms cannot stand side by side, and the message changes nothing when it comes.
    private static let termsBeforeMessages = """
        select t.id, t.cadre_id, t.posyandu_id, t.role, t.sector_code, t.started,
          case when k.keep then t.ended end as ended, case when k.keep then t.end_reason end as end_reason,
          case when k.keep then t.end_said_by end as end_said_by, case when k.keep then t.end_lineage end as end_lineage
        from registry.cadre_term t cross join lateral (select t.end_lineage is null or t.sector_code is not null and exists (
          select from registry.cadre_term o where o.cadre_id = t.cadre_id and o.id <> t.id and o.sector_code is not null)) k(keep)
        """

    /// Residents as the import left them: messages of the log will change them again.
    private static let importedResidents = """
        select r.* from registry.resident r where r.lineage is null
        union all
        select v.id, v.mother_id, v.household, v.lineage, v.posyandu_id, v.revision, v.birth_date, v.died, v.key_version,
          v.sex, v.nik_index, v.nik_sealed, v.person_sealed
        from (select distinct on (id) * from registry.resident_revision where lineage is null order by id, revision desc) v
        join registry.resident r on r.id = v.id and r.lineage is not null
        """

    static func run(from source: PostgresPool, to target: PostgresPool) async throws {
        let buckets = try await source.withConnection { connection in
            try connection.query("select distinct bucket from log.segment order by 1").map { try $0.int(0) }
        }
        try await target.withConnection { connection in
            for bucket in buckets {
                try connection.run(
                    script: """
                        create table if not exists log.entry_\(bucket) partition of log.entry
                          for values from (\(bucket)) to (\(bucket + 1))
                        """
                )
            }
            try connection.run(script: "truncate log.shard cascade")
        }
        for (table, query) in tables {
            try await TableCopy(table: table, query: query).run(from: source, to: target)
        }
    }
}
