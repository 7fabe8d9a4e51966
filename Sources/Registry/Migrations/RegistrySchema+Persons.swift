// Which residents are one person, who died, and the keyed hashes by which candidates are found.
// SPDX-License-Identifier: Apache-2.0

extension RegistrySchema {
    static let persons = """
        create table registry.resident_link (
            first uuid not null,
            second uuid not null check (first < second),
            kept uuid not null check (kept in (first, second)),
            is_merged boolean not null,
            reason text not null,
            lineage bigint not null,
            primary key (first, second)
        );
        create index resident_link_second on registry.resident_link (second);
        comment on table registry.resident_link is
            'The newest word on a pair of residents: one person (warga.disatukan) or not (warga.dipisahkan).';
        comment on column registry.resident_link.kept is 'Whose sex, birth date and posyandu hold for both.';

        create table registry.resident_person (
            resident_id uuid primary key,
            person_id uuid not null
        );
        create index resident_person_person on registry.resident_person (person_id);
        comment on table registry.resident_person is
            'Residents that are one of several: all residents joined by links have one person_id, itself a resident.';

        create table registry.record_origin (
            record_id uuid primary key,
            resident_id uuid not null
        );
        comment on table registry.record_origin is
            'Records that count for another resident than their message names: the one that is named.';

        create table registry.resident_death (
            resident_id uuid not null,
            said_by uuid not null,
            day date,
            lineage bigint not null,
            primary key (resident_id, said_by)
        );
        comment on table registry.resident_death is
            'What says that a resident died: a record, or by her own id the message warga.meninggal (null takes it back).';

        do $$
        declare name text;
        begin
            for name in select conname from pg_constraint
                where conrelid = 'registry.resident'::regclass and contype = 'c'
                  and pg_get_constraintdef(oid) like '%died%'
            loop execute format('alter table registry.resident drop constraint %I', name); end loop;
        end $$;
        comment on column registry.resident.died is
            'The earliest day in registry.resident_death over all residents of the person; null while alive.';
        """
}
