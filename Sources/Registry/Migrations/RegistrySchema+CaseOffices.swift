// Approvals as steps of a case, the papers that its steps brought, and which office fills a role in a village.
// SPDX-License-Identifier: Apache-2.0

extension RegistrySchema {
    static let caseOffices = """
        alter table registry.case_move drop constraint case_move_kind_check;
        alter table registry.case_move add constraint case_move_kind_check
            check (kind in ('open', 'move', 'pause', 'resume', 'reopen', 'escalate', 'rate', 'approve'));
        comment on column registry.case_move.office is
            'Role of the office that the step gives the case to; of an escalation, the role that is told.';

        alter table registry.case add column documents text[] not null default '{}';
        comment on column registry.case.documents is 'Papers that steps brought; those of the report stand in the record.';
        create index case_open on registry.case (type_id) where closed_at is null;

        create function registry.office_for(wanted text, village text, day date) returns registry.office
        language sql stable parallel safe as $$
            select o from registry.office o
            where o.role = wanted and (o.region_code = village or starts_with(village, o.region_code || '.'))
              and coalesce(o.active_from <= day, true) and coalesce(o.active_to >= day, true)
            order by length(o.region_code) desc, o.code limit 1
        $$;
        comment on function registry.office_for is
            'The office that fills a role in a village on a day: of the smallest area. A combined office has a row a role.';
        """
}
