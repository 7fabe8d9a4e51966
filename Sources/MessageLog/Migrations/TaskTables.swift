// Migration 3: the task table for slow, irregular work, with its rates, schedules and history.
// SPDX-License-Identifier: Apache-2.0

extension MessageLogSchema {
    static let taskTables = """
        create table log.task(
          id bigint generated always as identity primary key,
          queue text not null,
          key text not null,
          version bigint not null default 1,
          run_at timestamptz not null default now(),
          attempt int not null default 0,
          lease_until timestamptz not null default '-infinity',
          fence bigint not null default 0,
          args jsonb not null default '{}',
          error text,
          unique(queue, key)
        ) with (fillfactor=70, autovacuum_vacuum_scale_factor=0.01, autovacuum_vacuum_threshold=50);

        create table log.task_history(
          bucket int not null,
          id bigint not null,
          queue text not null,
          key text not null,
          attempt int not null,
          outcome text not null,
          error text,
          finished timestamptz not null default now(),
          primary key(bucket, id, finished)
        ) partition by range(bucket);

        create table log.rate(
          name text primary key,
          rate double precision not null,
          burst double precision not null,
          tokens double precision not null,
          at timestamptz not null default clock_timestamp()
        ) with (fillfactor=50);

        create table log.schedule(
          name text primary key,
          next_run timestamptz not null
        ) with (fillfactor=50);
        """
}
