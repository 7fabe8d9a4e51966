// Nomenclature of programmes by version, and the sub kegiatan of the offices with their tags and amounts.
// SPDX-License-Identifier: Apache-2.0

extension RegistrySchema {
    static let programmes = """
        create table registry.nomenclature_version (
            id smallint generated always as identity primary key,
            label text not null unique check (label <> ''),
            from_year smallint not null check (from_year between 2000 and 2999),
            imported_at timestamptz not null default now()
        );
        comment on table registry.nomenclature_version is
            'One published nomenclature of urusan, program, kegiatan and sub kegiatan; never edited. Of two lists for one year the one imported later rules.';

        create table registry.nomenclature (
            version_id smallint not null references registry.nomenclature_version,
            code text not null,
            name text not null check (name <> ''),
            level text not null check (level in ('urusan', 'bidang', 'program', 'kegiatan', 'sub_kegiatan')),
            parent text,
            primary key (version_id, code),
            check (code ~ '^([0-9]|X)(\\.([0-9]{2}|XX)(\\.[0-9]{2}(\\.[0-9]\\.[0-9]{2}(\\.[0-9]{2}([0-9]{2})?)?)?)?)?$'),
            check ((level = 'urusan') = (parent is null))
        );
        comment on table registry.nomenclature is
            'Codes with dots: 1, 1.04, 1.04.02, 1.04.02.2.01, 1.04.02.2.01.0001. X.XX stands for whatever urusan an office has.';

        create function registry.nomenclature_version_for(year int) returns smallint
        language sql stable parallel safe
        begin atomic
            select id from registry.nomenclature_version where from_year <= year order by from_year desc, id desc limit 1;
        end;
        comment on function registry.nomenclature_version_for(int) is
            'The nomenclature in force for a budget year; null before the first list.';

        create function registry.nomenclature_code(version smallint, wanted text) returns text
        language sql stable parallel safe
        begin atomic
            select code from registry.nomenclature where version_id = version
                and code in (wanted, 'X.XX' || substr(wanted, 5)) order by code = wanted desc limit 1;
        end;
        comment on function registry.nomenclature_code(smallint, text) is
            'The entry that an office''s code stands for: itself, else that of X.XX; null when the list has neither.';

        create table registry.programme (
            id int generated always as identity primary key,
            year smallint not null check (year between 2000 and 2999),
            office_id int not null references registry.office,
            code text not null,
            version_id smallint not null references registry.nomenclature_version,
            ceiling bigint check (ceiling >= 0),
            realisation bigint check (realisation >= 0),
            realised_on date,
            revision int not null default 1,
            recorded_at timestamptz not null default now(),
            unique (year, office_id, code)
        );
        comment on table registry.programme is
            'A sub kegiatan of an office in a budget year. Amounts are whole rupiah; null is not reported, which is not 0.';
        comment on column registry.programme.realised_on is 'Up to which day the realisation counts.';
        comment on column registry.programme.version_id is 'The nomenclature against which the code was checked last.';

        create table registry.programme_revision (
            programme_id int not null references registry.programme,
            revision int not null,
            version_id smallint not null,
            ceiling bigint,
            realisation bigint,
            realised_on date,
            recorded_at timestamptz not null,
            replaced_at timestamptz not null default now(),
            primary key (programme_id, revision)
        );
        comment on table registry.programme_revision is 'Predecessors of registry.programme; nothing is overwritten.';

        create table registry.programme_tag (
            id int generated always as identity primary key,
            programme_id int not null references registry.programme,
            service smallint references registry.spm_service,
            work_item text,
            area text,
            label_id text,
            tagged_by text not null,
            tagged_on date not null,
            proof text not null,
            withdrawn_on date check (withdrawn_on >= tagged_on),
            revision int not null default 1,
            recorded_at timestamptz not null default now(),
            check ((service is null) <> (work_item is null)),
            unique nulls not distinct (programme_id, service, work_item, area)
        );
        comment on table registry.programme_tag is
            'What a sub kegiatan is tagged with: a legal SPM service or a work item of posyandu (sector.item).';
        comment on column registry.programme_tag.area is 'Where it works: a kecamatan or desa; null for the whole kabupaten.';
        comment on column registry.programme_tag.label_id is 'Number of the label in SIPD, valid in that year.';
        comment on column registry.programme_tag.tagged_by is 'The office or post that tagged, not a person''s name.';

        create table registry.programme_tag_revision (
            tag_id int not null references registry.programme_tag,
            revision int not null,
            label_id text,
            tagged_by text not null,
            tagged_on date not null,
            proof text not null,
            withdrawn_on date,
            recorded_at timestamptz not null,
            replaced_at timestamptz not null default now(),
            primary key (tag_id, revision)
        );
        comment on table registry.programme_tag_revision is 'Predecessors of registry.programme_tag.';
        """
}
