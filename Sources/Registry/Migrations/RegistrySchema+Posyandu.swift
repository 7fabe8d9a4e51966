// The posyandu with its profile, its revisions and the history of its registration numbers.
// SPDX-License-Identifier: Apache-2.0

extension RegistrySchema {
    static let posyandu = """
        create table registry.posyandu (
            id int generated always as identity primary key,
            uuid uuid not null unique,
            name text not null check (name <> ''),
            village_code text not null check (village_code ~ '^[0-9]{2}\\.[0-9]{2}\\.[0-9]{2}\\.[0-9]{4}$'),
            active_from date not null,
            active_to date check (active_to >= active_from),
            open_day text,
            strata text check (strata in ('pratama', 'madya', 'purnama', 'mandiri')),
            latitude float8 check (latitude between -11.5 and 6.5),
            longitude float8 check (longitude between 94.5 and 141.5),
            revision int not null default 1,
            check ((latitude is null) = (longitude is null))
        ) with (fillfactor = 90);
        create index posyandu_village on registry.posyandu (village_code);
        comment on table registry.posyandu is
            'Service posts. The uuid is the identity; the registration number is an attribute with a history.';
        comment on column registry.posyandu.active_to is 'Last day of service; null while it serves.';

        create table registry.posyandu_revision (
            posyandu_id int not null references registry.posyandu,
            revision int not null,
            name text not null,
            village_code text not null,
            active_from date not null,
            active_to date,
            open_day text,
            strata text,
            latitude float8,
            longitude float8,
            replaced_at timestamptz not null default now(),
            primary key (posyandu_id, revision)
        );
        comment on table registry.posyandu_revision is 'Predecessors of registry.posyandu; nothing is overwritten.';

        create table registry.posyandu_profile (
            posyandu_id int not null references registry.posyandu,
            valid_from date not null,
            houses int check (houses >= 0),
            households int check (households >= 0),
            residents int check (residents >= 0),
            children_under_six int check (children_under_six >= 0),
            adolescents int check (adolescents >= 0),
            productive_age int check (productive_age >= 0),
            elderly int check (elderly >= 0),
            disabled int check (disabled >= 0),
            building text check (building in ('milik_sendiri', 'menumpang')),
            health_fund boolean,
            integrated_activities text,
            equipment text[],
            primary key (posyandu_id, valid_from)
        );
        comment on table registry.posyandu_profile is
            'Profile figures as reported on a date. Null is not reported, which is not zero.';

        create table registry.posyandu_registration (
            number text primary key check (number ~ '^[0-9]{2}\\.[0-9]{2}\\.[0-9]{2}\\.[0-9]{4}\\.[0-9]{3}$'),
            posyandu_id int not null references registry.posyandu,
            village_code text not null generated always as (left(number, 13)) stored,
            issued_under smallint not null,
            registered_on date not null,
            recorded_at timestamptz not null default now(),
            foreign key (issued_under, village_code) references registry.region (version_id, code)
        );
        create index posyandu_registration_posyandu on registry.posyandu_registration (posyandu_id, registered_on);
        comment on table registry.posyandu_registration is
            'Every registration number ever issued (PP.KK.KC.DDDD.NNN), unique over all time; the newest counts.';
        comment on column registry.posyandu_registration.issued_under is
            'The region list in force on registered_on; the number''s prefix exists in it.';
        """
}
