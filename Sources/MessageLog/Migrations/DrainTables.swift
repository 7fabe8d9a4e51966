// Migration 5: what a drain of held messages has in hand, so that what ends the daemon is found out.
// SPDX-License-Identifier: Apache-2.0

extension MessageLogSchema {
    static let drainTables = """
        create table log.drain_try(
          consumer text not null,
          item text not null,
          tries smallint not null default 1,
          primary key(consumer, item)
        ) with (fillfactor=50);
        comment on table log.drain_try is
          'What a drain has in hand, counted before a handler sees it; a row that outlives the daemon may be why it ended.';
        """
}
