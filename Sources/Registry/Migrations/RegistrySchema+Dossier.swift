// Registration and legality of the posyandu: papers, dossiers, ends of terms, presence, trainings and their rules.
// SPDX-License-Identifier: Apache-2.0

extension RegistrySchema {
    static let dossiers = """
        create table registry.document_kind (
            version text not null check (version <> ''),
            valid_from date not null,
            code text not null check (code ~ '^[a-z][a-z0-9_]*$'),
            name text not null check (name <> ''),
            is_required boolean not null,
            has_term boolean not null,
            actor text not null check (actor ~ '^[a-z][a-z0-9_]*$'),
            source text not null,
            primary key (version, code)
        );
        comment on table registry.document_kind is
            'Kinds of papers of a posyandu, by version of the list: which the registration asks for, and who must provide it.';

        create function registry.document_list_on(day date) returns text
        language sql stable parallel safe
        begin atomic
            select version from registry.document_kind where valid_from <= day
            order by valid_from desc, version desc limit 1;
        end;
        comment on function registry.document_list_on(date) is 'The list of papers in force on a date; null before the first.';

        create table registry.document (
            posyandu_id int not null references registry.posyandu,
            kind text not null check (kind ~ '^[a-z][a-z0-9_]*$'),
            number text not null check (number <> ''),
            revision int not null,
            dated date not null,
            decided_by text,
            valid_from date not null,
            valid_to date check (valid_to >= valid_from),
            copy_at text,
            is_withdrawn boolean not null default false,
            said_by text,
            lineage bigint,
            primary key (posyandu_id, kind, number, revision)
        );
        comment on table registry.document is
            'Papers a posyandu rests on (decrees, RPJMDesa, matrix). Append only: the highest revision of a number counts.';
        comment on column registry.document.decided_by is 'The office that decided (Kepala Desa, Lurah), not a person''s name.';
        comment on column registry.document.copy_at is 'Where a copy lies: a folder, a cabinet, an address.';
        comment on column registry.document.lineage is 'Log entry of the message; null for an import.';

        create view registry.document_standing as
        select * from (
            select distinct on (posyandu_id, kind, number) * from registry.document
            order by posyandu_id, kind, number, revision desc) newest
        where not is_withdrawn;
        comment on view registry.document_standing is 'The newest revision of each paper, without those withdrawn.';

        insert into registry.document (posyandu_id, kind, number, revision, dated, decided_by, valid_from, valid_to)
        select posyandu_id, case kind when 'sk_desa' then 'sk_tp_posyandu' else 'sk_kepengurusan' end, number, 1,
            decided_on, decided_by, valid_from, valid_to
        from registry.decree;
        alter table registry.cadre_term drop column decree_id;
        drop table registry.decree;

        create table registry.dossier_move (
            posyandu_id int not null references registry.posyandu,
            seq int not null,
            from_state text not null check (from_state in ('draf', 'diajukan', 'dikembalikan', 'terdaftar')),
            to_state text not null check (to_state in ('diajukan', 'dikembalikan', 'terdaftar')),
            day date not null,
            said_by text not null,
            reason text,
            number text references registry.posyandu_registration,
            document_list text,
            lineage bigint not null,
            primary key (posyandu_id, seq),
            check ((to_state = 'terdaftar') = (number is not null)),
            check (to_state <> 'dikembalikan' or reason is not null)
        );
        comment on table registry.dossier_move is
            'Every step of a registration dossier: who, when, why. Append only; the highest seq is the state.';
        comment on column registry.dossier_move.document_list is 'Version of the list of papers by which a submission was judged.';

        alter table registry.posyandu_registration add lineage bigint;
        comment on column registry.posyandu_registration.lineage is 'Log entry of the message; null for an import.';

        create function registry.refuse_change() returns trigger language plpgsql as $$
        begin
            raise exception '% is append only', tg_table_name using errcode = 'integrity_constraint_violation';
        end
        $$;
        create trigger append_only before update or delete or truncate on registry.document
            for each statement execute function registry.refuse_change();
        create trigger append_only before update or delete or truncate on registry.dossier_move
            for each statement execute function registry.refuse_change();

        create table registry.completeness_item (
            version text not null check (version <> ''),
            valid_from date not null,
            code text not null,
            state text not null,
            section text not null check (section in ('identitas', 'legalitas', 'basis_data')),
            name text not null check (name <> ''),
            actor text not null check (actor ~ '^[a-z][a-z0-9_]*$'),
            months int check (months > 0),
            source text not null,
            primary key (version, code, state)
        );
        comment on table registry.completeness_item is
            'What "identitas, legalitas, basis data" of a posyandu asks for, by version, and who must act when it is missing.';
        comment on column registry.completeness_item.state is
            'State of the dossier in which this row speaks; empty: in every state.';
        """

    static let terms = """
        alter table registry.cadre_term add end_said_by text, add end_lineage bigint;
        comment on column registry.cadre_term.end_lineage is
            'Log entry of the message that ended the term, or took its end back; null while only imports spoke.';

        create table registry.term_rule (
            version text not null check (version <> ''),
            valid_from date not null,
            kind text not null check (kind in ('end_reason', 'inactive_months')),
            code text not null,
            value int check (value > 0),
            meaning text not null,
            source text not null,
            primary key (version, kind, code),
            check ((kind = 'inactive_months') = (value is not null))
        );
        comment on table registry.term_rule is
            'Why a term may end, and after how many months without presence or notice it should; by version.';

        create table registry.presence (
            posyandu_id int not null references registry.posyandu,
            day date not null,
            activity text not null check (activity ~ '^[a-z][a-z0-9_]*$'),
            cadres uuid[] not null,
            lineage bigint not null,
            primary key (posyandu_id, day, activity)
        );
        comment on table registry.presence is
            'Which cadres took part in an activity of a day, from messages kader.hadir; the newest list of a day counts.';

        create table registry.cadre_notice (
            cadre_id uuid not null references registry.cadre,
            posyandu_id int not null references registry.posyandu,
            from_day date not null,
            to_day date check (to_day >= from_day),
            lineage bigint not null,
            primary key (cadre_id, posyandu_id, from_day)
        );
        comment on table registry.cadre_notice is
            'Absences that a cadre announced, from messages kader.izin. to_day null: taken back. The reason is not kept.';

        create table registry.training (
            cadre_id uuid not null references registry.cadre,
            name text not null check (name <> ''),
            organiser text,
            started date not null,
            ended date not null check (ended >= started),
            hours int check (hours > 0),
            certificate text,
            competences smallint[] not null,
            primary key (cadre_id, name, started)
        );
        comment on table registry.training is
            'Bimtek and courses a cadre took part in. A training shows no skill: registry.cadre_competence does.';

        create table registry.level_rule (
            version text not null check (version <> ''),
            valid_from date not null,
            level text not null check (level in ('purwa', 'madya', 'utama')),
            rank smallint not null check (rank > 0),
            rule text not null check (rule in ('skills', 'skills_of_group', 'groups_complete', 'trainings')),
            group_code text not null,
            least int not null check (least > 0),
            meaning text not null,
            source text not null,
            primary key (version, level, rule, group_code),
            check ((rule = 'skills_of_group') = (group_code <> ''))
        );
        comment on table registry.level_rule is
            'What a level of a cadre asks for, by version: every row of a level must hold. The highest rank held counts.';
        """
}
