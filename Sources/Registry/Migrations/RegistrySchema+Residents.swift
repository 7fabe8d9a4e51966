// Residents with their predecessors, and the trail of who looked at them.
// SPDX-License-Identifier: Apache-2.0

extension RegistrySchema {
    static let residents = """
        create table registry.resident (
            id uuid primary key,
            mother_id uuid,
            household uuid,
            lineage bigint,
            posyandu_id int not null references registry.posyandu,
            revision int not null default 1,
            birth_date date not null,
            died date check (died >= birth_date),
            key_version smallint not null,
            sex char(1) not null check (sex in ('L', 'P')),
            nik_index bytea unique check (length(nik_index) = 16),
            nik_sealed bytea,
            person_sealed bytea,
            check ((nik_sealed is null) = (nik_index is null))
        ) with (fillfactor = 90);
        create index resident_posyandu on registry.resident (posyandu_id, birth_date);
        comment on table registry.resident is
            'Residents served by a posyandu. NIK and person (name, address, …) are AES-256-GCM under a key id byte.';
        comment on column registry.resident.nik_index is
            'HMAC-SHA-256 of the NIK under a key of its own, 128 bits: useless without the key.';
        comment on column registry.resident.lineage is 'Log position that made this revision; null for an import.';

        create table registry.resident_revision (
            id uuid not null,
            revision int not null,
            mother_id uuid,
            household uuid,
            lineage bigint,
            replaced_by bigint,
            posyandu_id int not null,
            birth_date date not null,
            died date,
            key_version smallint not null,
            sex char(1) not null,
            nik_index bytea,
            nik_sealed bytea,
            person_sealed bytea,
            replaced_at timestamptz not null default now(),
            primary key (id, revision)
        );
        comment on table registry.resident_revision is
            'Predecessors of registry.resident; replaced_by is the log position of the successor, null for an import.';

        create table registry.access_log (
            id bigint generated always as identity primary key,
            at timestamptz not null default clock_timestamp(),
            actor text not null check (actor <> ''),
            act text not null check (act <> ''),
            object text not null,
            purpose text not null check (purpose <> '')
        );
        create index access_log_object on registry.access_log (object, at);
        comment on table registry.access_log is
            'Who looked at which resident and why (UU 27/2022 art. 32). Insert only; object is an id, never a NIK.';

        create function registry.access_log_is_insert_only() returns trigger
        language plpgsql as $$
        begin
            raise exception 'registry.access_log is insert only' using errcode = 'insufficient_privilege';
        end
        $$;
        create trigger access_log_no_change before update or delete or truncate on registry.access_log
            for each statement execute function registry.access_log_is_insert_only();
        """
}
