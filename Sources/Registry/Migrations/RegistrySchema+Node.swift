// What a node must not forget between two starts: which keys seal its data, and which sectors an operator switched off.
// SPDX-License-Identifier: Apache-2.0

extension RegistrySchema {
    static let keyChecks = """
        create table registry.key_check (
            key text primary key check (key in ('sealing', 'index')),
            value bytea not null check (length(value) = 16),
            since timestamptz not null default now()
        );
        comment on table registry.key_check is
            'A value derived from each key that seals this database: a start with another key is refused. It tells nothing of the key.';
        """

    static let sectorSwitches = """
        create table registry.sector_switch (
            id bigint generated always as identity primary key,
            sector text not null,
            is_disabled boolean not null,
            at timestamptz not null default clock_timestamp(),
            actor text not null check (actor <> '')
        );
        create index sector_switch_sector on registry.sector_switch (sector, id desc);
        comment on table registry.sector_switch is
            'Which operator switched which sector off or on; the last row of a sector holds. Insert only.';
        """
}
