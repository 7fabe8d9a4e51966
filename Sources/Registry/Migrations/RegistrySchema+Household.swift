// Visits that records of several sectors belong to; records found by their day, households by their members.
// SPDX-License-Identifier: Apache-2.0

extension RegistrySchema {
    static let visits = """
        create table registry.record_visit (
            record_id uuid not null,
            visit uuid not null,
            primary key (record_id, visit)
        );
        create index record_visit_visit on registry.record_visit (visit);
        comment on table registry.record_visit is
            'Visits that the messages of a record name: records of one visit, of whatever sector, were written at one table.';
        create index record_date on registry.record using brin (date) with (pages_per_range = 32);
        create index resident_household on registry.resident (household) where household is not null;
        """
}
