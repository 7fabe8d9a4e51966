// What states of cases are called, why records were changed, and months of case registers that are closed.
// SPDX-License-Identifier: Apache-2.0

extension RegistrySchema {
    static let caseWords = """
        create table registry.case_word (
            state text primary key,
            class text not null check (class in ('BTL', 'PROSES', 'TL', 'DITOLAK')),
            words text not null check (words <> ''),
            next_step text,
            version text not null
        );
        comment on table registry.case_word is
            'States of cases in words for residents, and their column in the monthly register; reference data.';

        create table registry.record_change (
            record_id uuid not null,
            lineage bigint not null,
            kind text not null check (kind in ('correct', 'retract')),
            at timestamptz not null,
            reason_sealed bytea,
            primary key (record_id, lineage)
        );
        comment on table registry.record_change is
            'Messages that corrected or retracted a record; reason_sealed is what their sender gave as the reason.';
        """

    static let caseMonths = """
        create table registry.case_month (
            month text primary key check (month ~ '^[0-9]{4}-[0-9]{2}$'),
            closed_at timestamptz not null,
            closed_by text not null,
            digest bytea not null
        );
        comment on table registry.case_month is
            'Months whose case registers are closed; digest is SHA-256 over the digests of its registers, in order.';
        create table registry.case_month_register (
            month text not null references registry.case_month,
            posyandu_id int not null,
            sector text not null,
            digest bytea not null,
            bytes bytea not null,
            primary key (month, posyandu_id, sector)
        );
        comment on table registry.case_month_register is
            'What a register said when its month was closed: JSON without a person; digest is its SHA-256.';
        create function registry.keep_closed_month() returns trigger language plpgsql as $$
        begin
            raise exception 'a closed month of registers is never changed' using errcode = 'integrity_constraint_violation';
        end $$;
        create trigger case_month_kept before update or delete or truncate on registry.case_month
            for each statement execute function registry.keep_closed_month();
        create trigger case_month_register_kept before update or delete or truncate on registry.case_month_register
            for each statement execute function registry.keep_closed_month();
        """
}
