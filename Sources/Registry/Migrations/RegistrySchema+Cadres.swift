// Decrees, board and cadres with their terms and competences.
// SPDX-License-Identifier: Apache-2.0

extension RegistrySchema {
    static let cadres = """
        create table registry.decree (
            id int generated always as identity primary key,
            kind text not null check (kind in ('sk_desa', 'sk_pengelola')),
            posyandu_id int not null references registry.posyandu,
            number text not null check (number <> ''),
            decided_on date not null,
            decided_by text not null,
            valid_from date not null,
            valid_to date check (valid_to >= valid_from),
            unique (posyandu_id, kind, number)
        );
        comment on table registry.decree is 'Surat keputusan: the legal basis of a posyandu and of its management.';
        comment on column registry.decree.decided_by is
            'The office that decided (Kepala Desa, Lurah), not a person''s name.';

        create table registry.cadre (
            id uuid primary key,
            nik_sealed bytea,
            nik_index bytea unique check (length(nik_index) = 16),
            person_sealed bytea not null,
            key_version smallint not null,
            revision int not null default 1,
            check ((nik_sealed is null) = (nik_index is null))
        ) with (fillfactor = 90);
        comment on table registry.cadre is
            'Community volunteers and board members. Name, telephone and NIK are sealed; nik_index is a keyed hash.';

        create table registry.cadre_term (
            id bigint generated always as identity primary key,
            cadre_id uuid not null references registry.cadre,
            posyandu_id int not null references registry.posyandu,
            role text not null check (role in ('ketua', 'sekretaris', 'bendahara', 'ketua_bidang', 'kader')),
            sector_code text,
            decree_id int references registry.decree,
            started date not null,
            ended date check (ended >= started),
            end_reason text,
            constraint cadre_term_canonical check (sector_code in ('pendidikan', 'kesehatan', 'pekerjaan_umum',
                'perumahan_rakyat', 'trantibumlinmas', 'sosial')),
            constraint cadre_term_bidang check ((role in ('ketua_bidang', 'kader')) = (sector_code is not null)),
            unique (cadre_id, posyandu_id, role, started)
        ) with (fillfactor = 90);
        create unique index cadre_term_one_bidang on registry.cadre_term (cadre_id)
            where ended is null and sector_code is not null;
        create index cadre_term_posyandu on registry.cadre_term (posyandu_id);
        comment on table registry.cadre_term is
            'Who serves where, as what, from when to when. A kader serves exactly one bidang at a time.';

        create table registry.cadre_competence (
            cadre_id uuid not null references registry.cadre,
            competence_no smallint not null references registry.competence,
            attained date not null,
            assessed_by text,
            primary key (cadre_id, competence_no)
        );
        comment on table registry.cadre_competence is
            'Basic skills a cadre has shown; levels (purwa, madya, utama) follow from rules that are data.';
        """

    static let offices = """
        create table registry.office (
            id int generated always as identity primary key,
            code text not null unique check (code ~ '^[a-z][a-z0-9_]*$'),
            name text not null check (name <> ''),
            role text not null check (role ~ '^[a-z][a-z0-9_]*$'),
            region_code text not null,
            active_from date,
            active_to date check (active_to >= active_from)
        );
        create index office_role on registry.office (role);
        comment on table registry.office is
            'Offices of the kabupaten (OPD) under their local names; a case is routed to a role, a row here fills it.';

        create table registry.facility (
            id int generated always as identity primary key,
            code text not null unique check (code ~ '^[A-Za-z0-9][A-Za-z0-9._-]*$'),
            kind text not null check (kind ~ '^[a-z][a-z0-9_]*$'),
            name text not null check (name <> ''),
            village_code text not null check (village_code ~ '^[0-9]{2}\\.[0-9]{2}\\.[0-9]{2}\\.[0-9]{4}$'),
            latitude float8 check (latitude between -11.5 and 6.5),
            longitude float8 check (longitude between 94.5 and 141.5),
            check ((latitude is null) = (longitude is null))
        );
        create index facility_village on registry.facility (village_code);
        comment on table registry.facility is
            'Puskesmas, pustu, poskesdes, schools and the like; kind is data, not an enum.';
        """
}
