// Migration 1: shards, sources, epochs, entries, segments, runs and the spool.
// SPDX-License-Identifier: Apache-2.0

extension MessageLogSchema {
    static let logTables = """
        create schema log;

        -- One row a shard: the next dense position, and the fence that stops a writer which lost its lease.
        create table log.shard(
          shard smallint primary key,
          next_pos bigint not null default 1,
          fence bigint not null default 0,
          owner text,
          lease_until timestamptz not null default '-infinity'
        ) with (fillfactor=10, autovacuum_vacuum_threshold=200, autovacuum_vacuum_scale_factor=0);
        insert into log.shard(shard) select generate_series(0, 15);

        -- Whoever makes a dense sequence: a node's uplink, a parent's stream for one node, this node's own logs.
        create table log.source(
          source_id int generated always as identity primary key,
          uuid uuid not null unique,
          shard smallint not null references log.shard,
          epoch int not null default 0,
          hwm bigint not null default 0,
          head bytea,                                  -- SHA-256 of the message at hwm
          durable_hwm bigint not null default 0,
          mark_hwm bigint not null default 0,
          last_at timestamptz,
          last_recv timestamptz,
          state smallint not null default 0,           -- 0 open, 1 blocked by a fork, 2 revoked
          posyandu uuid,
          name text,
          received bigint not null default 0,
          duplicate bigint not null default 0,
          conflict bigint not null default 0,
          refused bigint not null default 0,
          check (state between 0 and 2)
        ) with (fillfactor=50);

        create table log.epoch(
          source_id int references log.source,
          epoch int,
          incarnation uuid not null unique,
          sign_key bytea not null,
          seal_key bytea,
          first_pos bigint,
          opened timestamptz not null default now(),
          closed timestamptz,
          closed_hwm bigint,
          closed_head bytea,
          closed_by smallint,                          -- 0 enrolled again, 1 fork, 2 revocation
          primary key(source_id, epoch)
        );

        create table log.entry(
          bucket int not null,
          shard smallint not null,
          pos bigint not null,
          source_id int not null,
          epoch int not null,
          seq bigint not null,
          kind smallint not null,                      -- bit 0 refused at intake, bit 1 payload sealed
          at timestamptz not null,                     -- claimed time, bounded once, never recomputed
          recv timestamptz not null default now(),
          payload bytea not null,
          primary key(bucket, shard, pos)
        ) partition by range(bucket);

        -- position -> bucket
        create table log.segment(
          shard smallint,
          bucket int,
          first_pos bigint not null,
          primary key(shard, bucket)
        );

        -- seq -> position, and the proof of who sent what (via 0 HTTPS, 1 broker, 2 file)
        create table log.run(
          source_id int,
          epoch int,
          first_seq bigint not null,
          last_seq bigint,
          shard smallint not null,
          first_pos bigint not null,
          via smallint not null,
          header bytea not null,
          signature bytea not null,
          recv timestamptz not null default now(),
          primary key(source_id, epoch, last_seq)
        );

        -- batches put aside: before their turn, of another history, of a revoked key
        create table log.spool(
          source_uuid uuid,
          epoch int,
          first_seq bigint,
          digest bytea,
          reason text not null check (reason in ('early', 'fork', 'revoked')),
          batch bytea not null,
          recv timestamptz not null default now(),
          primary key(source_uuid, epoch, first_seq, digest)
        );
        """
}
