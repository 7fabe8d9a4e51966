// Region lists of Kemendagri, kept side by side by version.
// SPDX-License-Identifier: Apache-2.0

extension RegistrySchema {
    static let regions = """
        create schema registry;
        comment on schema registry is
            'Canonical registry of one kabupaten: what is, with the log position that made it.';

        create table registry.region_version (
            id smallint generated always as identity primary key,
            label text not null unique check (label <> ''),
            valid_from date not null unique,
            imported_at timestamptz not null default now()
        );
        comment on table registry.region_version is
            'One published list of region codes. A list is in force from valid_from until the next one; never edited.';

        create table registry.region (
            version_id smallint not null references registry.region_version,
            code text not null,
            name text not null check (name <> ''),
            level text not null check (level in ('provinsi', 'kabupaten_kota', 'kecamatan', 'desa_kelurahan')),
            kind text not null check (kind in
                ('provinsi', 'kabupaten', 'kota', 'kecamatan', 'kelurahan', 'desa', 'desa_adat')),
            parent text,
            primary key (version_id, code),
            check (code ~ '^[0-9]{2}(\\.[0-9]{2}(\\.[0-9]{2}(\\.[0-9]{4})?)?)?$'),
            check ((length(code) = 2) = (parent is null)),
            check (length(code) <> 5 or parent = left(code, 2)),
            check (length(code) <> 8 or parent = left(code, 5)),
            check (length(code) <> 13 or parent = left(code, 8))
        );
        create index region_name on registry.region (version_id, lower(name)) where level = 'desa_kelurahan';
        comment on table registry.region is
            'Region codes with dots (PP, PP.KK, PP.KK.CC, PP.KK.CC.XXXX). Compare by code, never by name.';

        create function registry.region_version_on(day date) returns smallint
        language sql stable parallel safe
        begin atomic
            select id from registry.region_version where valid_from <= day order by valid_from desc limit 1;
        end;
        comment on function registry.region_version_on(date) is
            'The region list in force on a civil date; null before the first list.';
        """
}
