// Which tasks are answered: by a later record of the same subject, or by a person's word.
// SPDX-License-Identifier: Apache-2.0

extension RegistrySchema {
    static let taskAnswers = """
        delete from registry.task where state = 'dropped' or record_id is null;
        drop index registry.task_open;
        alter table registry.task drop column state, alter column record_id set not null, add topic text;
        create index task_due on registry.task (posyandu_id, due);
        comment on table registry.task is
            'Work that a record asks a person to do, as its newest answer says; registry.task_state tells which is open.';
        comment on column registry.task.topic is
            'What the task is about within its kind, a name; an answer for one topic leaves the others open.';

        create table registry.task_answer (
            record_id uuid not null,
            kind text not null,
            topic text
        );
        create index task_answer_record on registry.task_answer (record_id);
        comment on table registry.task_answer is
            'Records that answer tasks of earlier records of their subject: of a kind, of one topic or (null) of all.';

        create table registry.task_closed (
            record_id uuid not null,
            kind text not null,
            topic text,
            date date not null,
            lineage bigint not null,
            unique nulls not distinct (record_id, kind, topic)
        );
        comment on table registry.task_closed is
            'Tasks that a person says are done, by the record that raised them; from messages tugas.dijawab.';

        create view registry.task_state as
        select t.id, t.record_id, r.subject, t.posyandu_id, r.date as raised, t.due, t.kind, t.topic, t.reason, t.role,
          t.lineage, a.id as answered_by, coalesce(a.date, c.date) as answered_on,
          a.id is null and c.record_id is null as is_open
        from registry.task t
        join registry.record r on r.id = t.record_id and r.state = 0
        left join registry.task_closed c on c.record_id = t.record_id and c.kind = t.kind
          and c.topic is not distinct from t.topic
        left join lateral (
          select b.id, b.date from registry.record b join registry.task_answer w on w.record_id = b.id
          where b.subject = r.subject and b.state = 0 and (b.date, b.id) > (r.date, r.id)
            and w.kind = t.kind and (w.topic is null or w.topic = t.topic)
          order by b.date, b.id limit 1) a on true;
        comment on view registry.task_state is
            'Every task of a standing record with what answered it. Answered: a standing record of the same subject, later in (service date, id), answers its kind and topic, or a person said so.';
        """
}
