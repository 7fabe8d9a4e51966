// The tables of the outbox: destinations, frozen documents, attempts, receipts. Migrations 70 to 89.
// SPDX-License-Identifier: Apache-2.0

package import PostgresClient

/// Schema `outbox.*`.
package enum DestinationsSchema {
    package static let migrations = [
        Migration(70, "outbox destinations", destinations),
        Migration(71, "outbox documents", documents),
        Migration(72, "outbox attempts and receipts", evidence),
        Migration(73, "outbox reconciliation", reconciliation),
        Migration(75, "outbox history of windows", windowHistory),
        Migration(76, "outbox reminders", reminders),
        Migration(78, "outbox documents in windows", windowKinds),
    ]

    private static let destinations = """
        create schema outbox;

        -- State of a destination; its settings are configuration. A row appears with its first document.
        create table outbox.destination(
          destination_id smallint generated always as identity primary key,
          name text not null unique,
          kind text not null,
          paused text, paused_at timestamptz,                          -- why nothing is sent; null: it runs
          breaker_failures int not null default 0, breaker_open_until timestamptz,
          tokens double precision not null default 0, tokens_at timestamptz not null default 'epoch'
        ) with (fillfactor=50, autovacuum_vacuum_threshold=200, autovacuum_vacuum_scale_factor=0);

        -- Reporting windows as the destination or an operator gives them.
        create table outbox.reporting_window(
          destination_id smallint not null references outbox.destination,
          kodepemda text not null, period text not null, kind text not null,
          opens_at timestamptz, closes_at timestamptz,
          state text not null check (state in ('buka', 'tutup', 'diperpanjang')),
          source text not null, at timestamptz not null default now(),
          primary key (destination_id, kodepemda, period, kind)
        );
        """

    private static let documents = """
        create table outbox.document(
          document_id bigint generated always as identity primary key,
          destination_id smallint not null references outbox.destination,
          kodepemda text not null, period text not null, kind text not null,
          revision int not null check (revision > 0),
          bytes bytea not null, digest bytea not null check (octet_length(digest) = 32),
          snapshot_revision int not null, mapping_version text not null,
          state text not null check (state in ('planned', 'sending', 'pending', 'verifying', 'uncertain', 'acknowledged',
            'partial', 'rejected', 'stale', 'window_closed', 'held', 'superseded')),
          reason text,                                                 -- why it stands where it stands
          next_at timestamptz not null,
          attempts int not null default 0, failures int not null default 0, polls int not null default 0,
          verifications int not null default 0, losses int not null default 0,
          unauthorised boolean not null default false,
          transaction text, remote_revision int,
          owner text, lease_until timestamptz, fence bigint not null default 0,
          created_at timestamptz not null, changed_at timestamptz not null,
          unique (destination_id, kodepemda, period, kind, revision)
        ) with (fillfactor=70);

        -- One document of a natural key in flight, whatever the program believes.
        create unique index document_in_flight on outbox.document(destination_id, kodepemda, period, kind)
          where state in ('sending', 'pending', 'verifying', 'uncertain');
        create index document_due on outbox.document(destination_id, next_at)
          where state in ('planned', 'sending', 'pending', 'verifying', 'uncertain');
        create index document_leased on outbox.document(destination_id) where lease_until is not null;

        -- What was frozen stays frozen.
        create function outbox.refuse_change() returns trigger language plpgsql as $$
        begin
          raise exception 'a frozen document was changed' using errcode = 'restrict_violation', table = 'document';
        end $$;
        create trigger document_frozen before update of destination_id, kodepemda, period, kind, revision, bytes, digest,
          snapshot_revision, mapping_version on outbox.document
          for each row when (
            old.bytes is distinct from new.bytes or old.digest is distinct from new.digest
            or (old.destination_id, old.kodepemda, old.period, old.kind, old.revision, old.snapshot_revision,
                old.mapping_version)
              is distinct from (new.destination_id, new.kodepemda, new.period, new.kind, new.revision,
                new.snapshot_revision, new.mapping_version))
          execute function outbox.refuse_change();
        """

    private static let evidence = """
        -- Every request, written before it goes out: one without an end was interrupted.
        create table outbox.attempt(
          attempt_id bigint generated always as identity primary key,
          document_id bigint not null references outbox.document,
          act text not null check (act in ('login', 'put', 'poll', 'read_back')),
          fence bigint not null,
          started_at timestamptz not null, finished_at timestamptz,
          curl_code int, phase text, http_status int, retry_after_s int,
          outcome text, code text, detail text,
          request_digest bytea,
          reply text, reply_digest bytea                               -- first 4 KiB, scrubbed; digest of the whole
        );
        create index attempt_document on outbox.attempt(document_id, attempt_id);

        -- What the destination, or a person, said of a document.
        create table outbox.receipt(
          receipt_id bigint generated always as identity primary key,
          document_id bigint not null references outbox.document,
          kind text not null check (kind in ('announced', 'read_back', 'drift', 'by_hand')),
          at timestamptz not null,
          code text, transaction text,
          saved int, changed int, same int, refused int,
          errors jsonb,                                                -- rows the peer refused
          remote_revision int, remote_digest text, proof text
        );
        create index receipt_document on outbox.receipt(document_id, receipt_id);
        """
}
