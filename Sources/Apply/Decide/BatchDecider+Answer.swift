// What an answer of a sector does: the record's new state, its contributions, its case and its tasks.
// SPDX-License-Identifier: Apache-2.0
import Cases
import FoundationEssentials
import MessageLog
import PluginHost
import PluginKit

extension BatchDecider {
    /// Turns an answer into the record's new state and everything that follows from it.
    mutating func accept(
        _ index: Int,
        _ message: Message,
        _ rules: TypeRules,
        _ answer: RecordAnswer
    ) async throws {
        let reading = AnswerReading(answer)
        guard reading.violations.isEmpty else {
            items[index].verdict = .rejected(reading.violations)
            return
        }
        let late = afterDeath(rules, message.subject, message.date)
        if let fault = fault(in: answer, reading, date: message.date) {
            items[index].verdict = .dead(reason: "answer", detail: fault)
            return
        }
        let id = items[index].recordID ?? message.id
        let entry = items[index].entry
        let before = set.records[id]?.current
        let state = RecordState(
            id: id,
            type: rules.typeID,
            sector: rules.sectorID,
            revision: (before?.revision ?? 0) + 1,
            posyandu: items[index].posyandu,
            subject: message.subject,
            date: message.date,
            lineage: entry.lineage,
            state: late == nil ? RecordState.applied : RecordState.refused,
            version: Int16(clamping: message.version),
            body: reading.fields,
            person: message.person ?? before?.person
        )
        let counted = late == nil ? contributions(of: answer, isAggregate: rules.isAggregate) : []
        set.put(state, contributions: counted)
        noteOrigin(of: id, named: items[index].named)
        try await noteDeath(state)
        items[index].verdict = late.map { .rejected([$0]) } ?? .applied
        if id != message.id { absorb(message.id, into: id, entry.lineage) }
        if rules.isKeyedByPosyandu, let payload = try? JSONParser.parse(message.data) {
            recordKeys[NaturalKey.digest(rules, posyandu: message.posyandu, payload)] = id
        }
        if before != nil { note(.correct, of: id, by: message, entry) }
        try await follow(late == nil ? reading : AnswerReading.nothing, of: state, rules, at: entry.at)
        try await markStale(after: state, before)
    }

    /// Why an answer that its manifest allows cannot be used all the same; nil when it can.
    func fault(in answer: RecordAnswer, _ reading: AnswerReading, date: CivilDate) -> String? {
        var fitting: Period?
        for contribution in answer.contributions where contribution.period != fitting {
            guard contribution.period.contains(date) else {
                return
                    "the contribution to \(contribution.indicator) names a period that does not hold the service date"
            }
            fitting = contribution.period
        }
        if !reading.retracted.isEmpty { return "retract: only messages retract records" }
        if !reading.advances.isEmpty { return "advance_case: only messages move cases" }
        return nil
    }

    /// Opens the record's case and notes its tasks; those of an earlier answer about the same record are replaced.
    mutating func follow(
        _ reading: AnswerReading,
        of state: RecordState,
        _ rules: TypeRules,
        at: Int64
    ) async throws {
        if let opening = reading.opening, try await !hasCase(state.id) {
            if var opened = openedCase(opening, of: state, rules, at: at) {
                opened.receipt = try await giveReceipt(to: state)?.plain
                set.cases[state.id] = opened
            }
        }
        let isSilent = reading.tasks.isEmpty && reading.answers.isEmpty
        if isSilent, tasks[state.id] == nil, set.records[state.id]?.base == nil { return }
        taskAnswers[state.id] = reading.answers
        tasks[state.id] = reading.tasks.map { task in
            TaskRow(
                kind: task.kind,
                reason: task.reason,
                record: state.id,
                posyandu: state.posyandu,
                role: task.role,
                due: task.dueDays.map { state.date.adding(days: $0) },
                topic: task.topic,
                lineage: state.lineage
            )
        }
    }

    /// Groups the contributions of an answer by period and subject, in the order of the answer. Those of an aggregate
    /// stand under the negative number of their indicator and name nobody.
    func contributions(of answer: RecordAnswer, isAggregate: Bool) -> [ContributionRow] {
        var rows: [ContributionRow] = []
        var periods: [Period] = []
        // Nearly always all of one subject, so its text is read once.
        var subject: (text: String?, id: UUID?) = (nil, nil)
        for contribution in answer.contributions {
            guard let number = catalogue.indicators[contribution.indicator] else { continue }
            let indicator = isAggregate ? -number : number
            let named = isAggregate ? nil : contribution.subject
            if named != subject.text {
                subject = (named, named.flatMap { UUID(text: $0) })
            }
            let value = (mantissa: contribution.value.mantissa, scale: contribution.value.scale)
            let place = rows.indices.first { periods[$0] == contribution.period && rows[$0].subject == subject.id }
            if let place {
                rows[place].indicators.append(indicator)
                rows[place].values.append(value)
            } else {
                var row = ContributionRow(
                    period: contribution.period.description,
                    subject: subject.id,
                    indicators: [indicator],
                    values: [value]
                )
                row.indicators.reserveCapacity(answer.contributions.count)
                row.values.reserveCapacity(answer.contributions.count)
                rows.append(row)
                periods.append(contribution.period)
            }
        }
        return rows
    }
}
