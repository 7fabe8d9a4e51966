// Records, what they contribute to figures, cases and tasks: the tables that Apply writes.
// SPDX-License-Identifier: Apache-2.0

extension RegistrySchema {
    static let records = """
        create table registry.record (
            id uuid primary key,
            subject uuid,
            lineage bigint not null,
            posyandu_id int not null,
            date date not null,
            type_id smallint not null,
            revision smallint not null default 1,
            state smallint not null default 0 check (state in (0, 1, 2)),
            version smallint not null,
            body text not null,
            person_sealed bytea
        );
        create index record_subject on registry.record (subject, type_id, date) where subject is not null;
        comment on table registry.record is
            'One row a record, its newest revision. state: 0 applied, 1 retracted, 2 refused when asked again. body: the fields put, JSON.';
        comment on column registry.record.lineage is 'pos * 16 + shard of the log entry that made this revision.';

        create table registry.record_revision (
            id uuid not null,
            subject uuid,
            lineage bigint not null,
            replaced_by bigint not null,
            posyandu_id int not null,
            date date not null,
            type_id smallint not null,
            revision smallint not null,
            state smallint not null,
            version smallint not null,
            body text not null,
            person_sealed bytea,
            primary key (id, revision)
        );
        comment on table registry.record_revision is
            'Predecessors of registry.record; replaced_by is the lineage of the successor.';

        create table registry.record_key (
            key uuid primary key,
            record_id uuid not null,
            lineage bigint
        );
        create index record_key_lineage on registry.record_key (lineage) where lineage is not null;
        comment on table registry.record_key is
            'Other names of a record: its natural key, when it has no subject, and the messages that became part of it.';
        comment on column registry.record_key.lineage is 'Log entry of the message; null for a natural key.';

        create table registry.contribution (
            record_id uuid not null,
            subject uuid,
            lineage bigint not null,
            posyandu_id int not null,
            date date not null,
            sector_id smallint not null,
            period text not null,
            indicators int[] not null,
            "values" numeric[] not null,
            check (cardinality(indicators) = cardinality("values"))
        );
        create index contribution_cell on registry.contribution (posyandu_id, sector_id, period);
        comment on table registry.contribution is
            'What a record adds to figures: one row per record, period and subject. Figures are sums over these rows.';
        """

    static let cases = """
        create table registry.case (
            id uuid primary key,
            moved timestamptz not null,
            lineage bigint not null,
            posyandu_id int not null,
            revision int not null default 1,
            opened date not null,
            type_id smallint not null,
            state text not null,
            reason text not null,
            priority text,
            office text
        ) with (fillfactor = 80);
        create index case_posyandu on registry.case (posyandu_id, type_id);
        comment on table registry.case is
            'Service cases; id is that of the record that opened it. office is a role that registry.office fills.';

        create table registry.case_move (
            case_id uuid not null,
            seq int not null,
            from_state text,
            to_state text not null,
            by_role text not null,
            at timestamptz not null,
            lineage bigint not null,
            remark text,
            remark_sealed bytea,
            primary key (case_id, seq),
            check (remark is null or remark_sealed is null)
        );
        comment on table registry.case_move is
            'Every change of state of a case. Remarks of confidential sectors are sealed.';

        create table registry.task (
            id bigint generated always as identity primary key,
            record_id uuid,
            lineage bigint not null,
            posyandu_id int not null,
            due date,
            kind text not null,
            reason text not null,
            role text,
            state text not null default 'open' check (state in ('open', 'done', 'dropped'))
        ) with (fillfactor = 80);
        create index task_open on registry.task (posyandu_id, due) where state = 'open';
        create index task_record on registry.task (record_id) where record_id is not null;
        comment on table registry.task is
            'Work that a record asks a person to do; lineage is the log position that raised it.';
        """
}
