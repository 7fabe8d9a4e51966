// Cases in full: pauses, reopening, escalation, rating, receipt; the history of a case is append-only.
// SPDX-License-Identifier: Apache-2.0

extension RegistrySchema {
    static let caseLife = """
        alter table registry.case
            add column opened_at timestamptz,
            add column closed_at timestamptz,
            add column episode int not null default 1 check (episode >= 1),
            add column paused_at timestamptz,
            add column pause_reason text,
            add column told text[] not null default '{}',
            add column approved_at timestamptz,
            add column rating smallint check (rating between 1 and 5),
            add column receipt text unique,
            add check ((paused_at is null) = (pause_reason is null));
        update registry.case c set opened_at = m.at
          from registry.case_move m where m.case_id = c.id and m.seq = 1;
        update registry.case c set closed_at = c.moved where c.state in ('selesai', 'ditolak');
        comment on column registry.case.opened_at is 'When the case was opened; opened is the service date of the report.';
        comment on column registry.case.closed_at is 'When it last came into a final state; null while it is open.';
        comment on column registry.case.episode is '1, and one more each time it is reopened; deadlines start anew.';
        comment on column registry.case.told is
            'Roles that an escalation of this episode has told, lowest first: none is told twice in an episode.';
        comment on column registry.case.approved_at is 'When the Kepala Desa approved its forwarding.';
        comment on column registry.case.receipt is 'What the villager asks with: a code with a check character.';

        alter table registry.case_move
            add column kind text not null default 'move'
                check (kind in ('open', 'move', 'pause', 'resume', 'reopen', 'escalate', 'rate')),
            add column episode int not null default 1,
            add column reason text,
            add column office text,
            add column source_id int,
            add column body text,
            add column rating smallint check (rating between 1 and 5);
        update registry.case_move set kind = 'open' where from_state is null;
        comment on column registry.case_move.kind is
            'What the step is; only open, move and reopen change the state: in the others from_state equals to_state.';
        comment on column registry.case_move.reason is
            'Code: of a pause, why; of an escalation, the deadline that passed.';
        comment on column registry.case_move.office is 'Role of the office that the step gives the case to.';
        comment on column registry.case_move.body is
            'JSON object of the fields and documents that the step brought; no personal text, that is in remark_sealed.';
        create function registry.keep_case_history() returns trigger language plpgsql as $$
        begin
            raise exception 'the history of a case is append-only' using errcode = 'integrity_constraint_violation';
        end $$;
        create trigger case_move_append_only before update or delete or truncate on registry.case_move
            for each statement execute function registry.keep_case_history();
        """
}
