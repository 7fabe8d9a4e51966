// Runs of the reconciliation, what they found, and how far a destination's people have come with a document.
// SPDX-License-Identifier: Apache-2.0

extension DestinationsSchema {
    static let reconciliation = """
        alter table outbox.document
          add column reconciled_at timestamptz,
          add column standing text check (standing in ('tersimpan', 'terverifikasi', 'final', 'dikembalikan')),
          add column standing_note text,
          add column standing_at timestamptz;

        -- One row a run and destination; night is null when a person asked.
        create table outbox.reconciliation(
          reconciliation_id bigint generated always as identity primary key,
          destination_id smallint not null references outbox.destination,
          night date,
          requested_at timestamptz not null,
          finished_at timestamptz,
          checked int not null default 0, same int not null default 0, drifted int not null default 0,
          unreadable int not null default 0,
          stopped text                                                 -- why it ended before its time
        );
        create unique index reconciliation_night on outbox.reconciliation(destination_id, night) where night is not null;

        create table outbox.drift(
          drift_id bigint generated always as identity primary key,
          reconciliation_id bigint not null references outbox.reconciliation,
          document_id bigint not null references outbox.document,
          finding text not null check (finding in ('ABSENT', 'BEHIND', 'AHEAD', 'DIFFERENT')),
          detail text not null,
          at timestamptz not null
        );
        """
}
