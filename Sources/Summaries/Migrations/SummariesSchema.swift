// The tables of figures and frozen snapshots, as forward-only migrations 50-69.
// SPDX-License-Identifier: Apache-2.0
package import PostgresClient

/// What the summariser keeps in PostgreSQL.
///
/// `summary.dirty` is appended by `Apply` inside its transaction and emptied by the summariser; `summary.figure` holds the
/// value of each indicator per posyandu and period; `summary.snapshot` holds frozen periods, bytes and digest included.
package enum SummariesSchema {
    package static let migrations: [Migration] = [
        Migration(
            50,
            "figures",
            """
            create schema if not exists summary;
            create table summary.dirty(
              id bigint generated always as identity primary key,
              posyandu_id int not null,
              sector_id smallint not null,
              period text not null
            ) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500);
            comment on table summary.dirty is
              'Cells (posyandu, sector, period) whose figures must be recomputed; appended by apply, emptied by the summariser.';
            create table summary.figure(
              posyandu_id int not null,
              sector_id smallint not null,
              period text not null,
              indicator_id int not null,
              value numeric not null,
              contributions int not null,
              updated timestamptz not null default now(),
              primary key (posyandu_id, sector_id, period, indicator_id)
            ) with (fillfactor = 80);
            create index figure_period on summary.figure (period, sector_id);
            comment on table summary.figure is
              'Value of an indicator in one posyandu and period, recomputed from registry.contribution, never added to.';
            """
        ),
        Migration(
            51,
            "snapshots",
            """
            create table summary.snapshot(
              kabupaten text not null,
              period text not null,
              revision int not null,
              cutoff timestamptz not null,
              created timestamptz not null default now(),
              journal_id bigint not null,
              region_version text not null,
              content_digest bytea not null,
              digest bytea not null,
              bytes bytea not null,
              primary key (kabupaten, period, revision)
            );
            comment on table summary.snapshot is
              'Frozen period: canonical bytes and SHA-256 of what the registry said at the cut-off. Rows are never changed.';
            create function summary.refuse_change() returns trigger language plpgsql as $$
            begin
              raise exception 'summary.snapshot is frozen' using errcode = 'integrity_constraint_violation';
            end $$;
            create trigger frozen before update or delete on summary.snapshot
              for each row execute function summary.refuse_change();
            """
        ),
        Migration(
            56,
            "origin of figures",
            """
            alter table summary.figure add column origin smallint not null default 0 check (origin in (0, 1, 2));
            comment on column summary.figure.origin is
              '0 records; 1 an aggregate, entered from paper; 2 records, and an aggregate that says something and is ignored.';
            create index figure_paper on summary.figure (period, indicator_id) where origin = 1;
            """
        ),
    ]
}
