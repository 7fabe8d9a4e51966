// Keyed hashes of names, and the points by which two residents are held to be one person.
// SPDX-License-Identifier: Apache-2.0

extension RegistrySchema {
    static let names = """
        create table registry.resident_name (
            resident_id uuid primary key,
            revision int not null,
            exact_index bytea not null check (length(exact_index) = 16),
            sound_index bytea not null check (length(sound_index) = 16),
            words bytea[] not null,
            nik_is_odd boolean not null
        );
        comment on table registry.resident_name is
            'HMAC-SHA-256 of names under the index key: as written, as it sounds, each word. Made on demand from sealed names.';
        comment on column registry.resident_name.nik_is_odd is
            'The NIK tells another sex or birth date than the row: it may be the mother''s.';

        create table registry.identity_rule (
            no smallint primary key,
            code text not null unique,
            points int not null,
            meaning text not null,
            version text not null
        );
        comment on table registry.identity_rule is
            'Points of the rules by which candidates are found, reference data with a version; ambang is the least sum.';
        """
}
