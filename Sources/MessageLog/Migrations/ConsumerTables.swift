// Migration 2: cursors, journal, dead letters, outcomes and the downlink.
// SPDX-License-Identifier: Apache-2.0

extension MessageLogSchema {
    static let consumerTables = """
        create table log.cursor(
          consumer text,
          shard smallint,
          pos bigint not null default 0,
          fence bigint not null default 0,
          owner text,
          lease_until timestamptz not null default '-infinity',
          paused text,
          tries smallint not null default 0,
          try_to bigint not null default 0,
          primary key(consumer, shard)
        ) with (fillfactor=10, autovacuum_vacuum_threshold=200, autovacuum_vacuum_scale_factor=0);

        -- hub order: commit order of the applied ranges across shards
        create table log.journal(
          id bigint generated always as identity primary key,
          consumer text not null,
          shard smallint not null,
          from_pos bigint not null,
          to_pos bigint not null,
          plugins text not null,
          at timestamptz not null default now()
        );

        -- what could not be applied: held (waits for something), dead (waits for a person), resolved
        create table log.dead(
          consumer text,
          shard smallint,
          pos bigint,
          source_id int not null,
          epoch int not null,
          seq bigint not null,
          kind smallint not null,
          claimed timestamptz not null,
          received timestamptz not null,
          payload bytea not null,
          state text not null default 'dead' check (state in ('dead', 'held', 'resolved')),
          reason text not null,
          waits_for text,
          detail text,
          tries int not null default 1,
          at timestamptz not null default now(),
          resolved_by text,
          resolved_why text,
          resolution text check (resolution in ('dropped', 'applied', 'rejected')),
          primary key(consumer, shard, pos)
        );
        create index dead_held on log.dead(consumer, waits_for, shard, pos) where state = 'held';

        -- what became of the messages of a source: kept by apply in the transaction that makes it true
        create table log.outcome(
          source_id int primary key references log.source,
          applied bigint not null default 0,
          rejected bigint not null default 0,
          held bigint not null default 0,
          dead bigint not null default 0
        ) with (fillfactor=50);

        create table log.node(
          node_id int generated always as identity primary key,
          source_id int not null unique references log.source,
          down_uuid uuid not null unique,
          down_epoch int not null default 1,
          down_next bigint not null default 1,
          down_acked bigint not null default 0
        ) with (fillfactor=50);

        create table log.downlink(
          bucket int not null,
          node_id int not null,
          epoch int not null,
          seq bigint not null,
          payload bytea not null,
          primary key(bucket, node_id, epoch, seq)
        ) partition by range(bucket);
        """
}
