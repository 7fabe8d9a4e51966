// What only named roles may see: sealed fields, the chained trail of looks, and attachments outside of the rows.
// SPDX-License-Identifier: Apache-2.0

extension RegistrySchema {
    static let confidential = """
        alter table registry.record_type add column is_confidential boolean not null default false;
        comment on column registry.record_type.is_confidential is
            'As the manifest says: nothing that leads to a person of its records stands in the clear or in a list.';
        alter table registry.record add column body_sealed bytea;
        alter table registry.record_revision add column body_sealed bytea;
        comment on column registry.record.body_sealed is
            'The whole body of a confidential record, sealed; body then holds only the fields that count.';

        alter table registry.case_move add column body_sealed bytea, add check (body is null or body_sealed is null);
        comment on column registry.case_move.body_sealed is 'As body, of a confidential case.';

        alter table registry.access_log
            add column seq bigint unique check (seq >= 1),
            add column role text,
            add column outcome text not null default 'granted' check (outcome in ('granted', 'refused')),
            add column mac bytea check (length(mac) = 32),
            add check ((seq is null) = (mac is null));
        comment on column registry.access_log.seq is 'Place in the chain, without gaps; null for rows older than it.';
        comment on column registry.access_log.role is 'The role by which a confidential record was seen.';
        comment on column registry.access_log.mac is
            'HMAC over the row and the mac before it, under a key of the daemon: a changed or removed row breaks the chain.';

        create table registry.access_head (
            one boolean primary key default true check (one),
            seq bigint not null,
            mac bytea not null check (length(mac) = 32),
            seal bytea check (length(seal) = 32)
        );
        insert into registry.access_head (seq, mac) values (0, decode(repeat('00', 32), 'hex'));
        comment on table registry.access_head is
            'The end of the chain of registry.access_log; seal is an HMAC over it, so that rows cut off the end are missed.';
        create function registry.access_head_stays() returns trigger
        language plpgsql as $$
        begin
            raise exception 'registry.access_head has one row and keeps it' using errcode = 'insufficient_privilege';
        end
        $$;
        create trigger access_head_stays before delete or truncate on registry.access_head
            for each statement execute function registry.access_head_stays();
        """

    static let attachments = """
        create table registry.attachment (
            id bigint generated always as identity primary key,
            record_id uuid not null,
            sha256 bytea not null check (length(sha256) = 32),
            kind text check (kind ~ '^[a-z][a-z0-9_]*$'),
            size bigint check (size >= 1),
            type text,
            state text not null check (state in ('announced', 'stored', 'refused', 'erased')),
            lineage bigint,
            posyandu_id int,
            stored_at timestamptz,
            reason text,
            unique (record_id, sha256),
            check (state <> 'stored' or (size is not null and type is not null and stored_at is not null))
        );
        comment on table registry.attachment is
            'Photos and letters of records and cases. Their bytes are sealed files outside of the database.';
        comment on column registry.attachment.record_id is 'The record, or the record that opened the case.';
        comment on column registry.attachment.kind is
            'What it shows (dok_ktp, foto_depan), as a message said; null while no message has named it.';
        comment on column registry.attachment.lineage is 'Log position of the message that named it; null before it came.';
        comment on column registry.attachment.state is
            'announced: named, no bytes yet. stored: bytes are there. refused: bytes came and broke a limit. erased: by order.';
        """
}
