// The table of refused records, as forward-only migrations 90-99.
// SPDX-License-Identifier: Apache-2.0
package import PostgresClient

/// What apply keeps beside the registry and the log: why a record was refused, for its sender to read.
package enum ApplySchema {
    package static let migrations: [Migration] = [
        Migration(
            90,
            "rejections",
            """
            create table registry.rejection(
              lineage bigint primary key,
              source_id int not null,
              epoch int not null,
              seq bigint not null,
              message_id uuid,
              type text not null,
              violations text not null,
              at timestamptz not null default now()
            );
            create index rejection_source on registry.rejection (source_id, lineage);
            create index rejection_message on registry.rejection (message_id) where message_id is not null;
            comment on table registry.rejection is
              'Messages a sector or the registry refused, with code, field and sentence; the sender reads them here.';
            create table registry.resident_message(
              resident_id uuid not null,
              lineage bigint not null,
              primary key (resident_id, lineage)
            );
            comment on table registry.resident_message is
              'Messages about a resident that brought nothing new and made no revision, yet are the newest word on her.';
            create table registry.ask_again(
              record_id uuid primary key,
              sector_id smallint not null,
              reason text not null,
              at timestamptz not null default now()
            );
            comment on table registry.ask_again is
              'Records whose answer is out of date because their sector could not answer; asked when it is back.';
            """
        )
    ]
}
