// What reporting windows were before, and the reminders that were raised for them.
// SPDX-License-Identifier: Apache-2.0

extension DestinationsSchema {
    static let windowHistory = """
        alter table outbox.reporting_window add column revision int not null default 1;

        create table outbox.reporting_window_revision(
          destination_id smallint not null references outbox.destination,
          kodepemda text not null, period text not null, kind text not null, revision int not null,
          opens_at timestamptz, closes_at timestamptz, state text not null, source text not null,
          at timestamptz not null, replaced_at timestamptz not null default now(),
          primary key (destination_id, kodepemda, period, kind, revision)
        );

        -- By trigger: an import, a destination's own schedule and a person at psql leave the same history.
        create function outbox.keep_window() returns trigger language plpgsql as $$
        begin
          if (old.opens_at, old.closes_at, old.state, old.source)
              is not distinct from (new.opens_at, new.closes_at, new.state, new.source) then
            return null;
          end if;
          insert into outbox.reporting_window_revision(destination_id, kodepemda, period, kind, revision, opens_at,
            closes_at, state, source, at)
          values (old.destination_id, old.kodepemda, old.period, old.kind, old.revision, old.opens_at, old.closes_at,
            old.state, old.source, old.at);
          new.revision = old.revision + 1;
          new.at = now();
          return new;
        end $$;
        create trigger window_kept before update on outbox.reporting_window
          for each row execute function outbox.keep_window();
        """

    static let windowKinds = """
        -- Windows are of a kind of document (jenis). A document is of one of these kinds, or a numbered part of it; dialects
        -- that send all kinds together name theirs otherwise, and are in every window of the period.
        create function outbox.is_in_window(document text, kind text) returns boolean
          language sql immutable parallel safe as $$
          select regexp_replace(document, '-[0-9]+$', '') = kind
            or regexp_replace(document, '-[0-9]+$', '')
              not in ('registri-posyandu', 'spm-posyandu', 'keluhan-spm', 'kader')
        $$;
        """

    static let reminders = """
        -- Who was reminded of what: a row for each (destination, period) and owner, for ever. Whether a reminder is
        -- still open is written nowhere: it follows from what was reported.
        create table outbox.reminder(
          reminder_id bigint generated always as identity primary key,
          destination_id smallint not null references outbox.destination,
          kodepemda text not null, period text not null,
          level text not null check (level in ('posyandu', 'kecamatan')),
          owner text not null,                                         -- uuid of the posyandu, or code of the kecamatan
          area text not null,                                          -- code of the desa or kecamatan
          raised_at timestamptz not null,
          unique (destination_id, kodepemda, period, owner)
        );
        """
}
