// Sectors, record types, indicators and the reference lists of services and skills.
// SPDX-License-Identifier: Apache-2.0

extension RegistrySchema {
    static let catalogue = """
        create table registry.sector (
            id smallint generated always as identity primary key,
            code text not null unique check (code ~ '^[a-z][a-z0-9_]*$'),
            title text not null,
            scope text not null check (scope in ('canonical', 'local')),
            version text not null,
            digest bytea not null,
            constraint sector_six_canonical check ((scope = 'canonical') = (code in ('pendidikan', 'kesehatan',
                'pekerjaan_umum', 'perumahan_rakyat', 'trantibumlinmas', 'sosial')))
        );
        comment on table registry.sector is
            'Sectors as their manifests declare them. Exactly six codes are canonical: a constraint, not a setting.';

        create table registry.record_type (
            id smallint generated always as identity primary key,
            sector_id smallint references registry.sector,
            name text not null unique check (name ~ '^[a-z][a-z0-9_]*\\.[a-z][a-z0-9_]*$')
        );
        comment on table registry.record_type is
            'Record types, full name sector.type. Core types (warga.*, catatan.*, kasus.*) have no sector.';

        create table registry.indicator (
            id int generated always as identity primary key,
            sector_id smallint not null references registry.sector,
            name text not null unique,
            kind text not null check (kind in ('count', 'distinct', 'sum', 'stock', 'ratio')),
            unit text not null,
            period text not null,
            hide_below int not null default 0 check (hide_below >= 0),
            ratio_of text[],
            check ((kind = 'ratio') = (ratio_of is not null)),
            check (ratio_of is null or cardinality(ratio_of) = 2)
        );
        comment on table registry.indicator is
            'Indicators as manifests declare them; counts of persons below hide_below are suppressed in documents.';

        create table registry.spm_service (
            sipd_label_id smallint primary key,
            sector_code text not null,
            slug text not null unique,
            name text not null,
            target_group text not null,
            constraint spm_service_canonical check (sector_code in ('pendidikan', 'kesehatan', 'pekerjaan_umum',
                'perumahan_rakyat', 'trantibumlinmas', 'sosial'))
        );
        comment on table registry.spm_service is
            'The 29 legal SPM services of a kabupaten/kota (PP 2/2018, Permendagri 59/2021); key is the SIPD label.';

        create table registry.competence (
            no smallint primary key,
            group_code text not null,
            group_name text not null,
            no_in_group smallint not null,
            skill text not null,
            version text not null,
            unique (group_code, no_in_group)
        );
        comment on table registry.competence is 'Basic skills of kader, reference data with a version.';
        """
}
