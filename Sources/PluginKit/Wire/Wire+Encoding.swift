// Writes the lines of the wire.
// SPDX-License-Identifier: Apache-2.0

extension Wire {
    /// Appends the `initialize` line.
    package static func encode(_ line: Initialize, to bytes: inout [UInt8]) {
        write(to: &bytes) { writer in
            writer.name("initialize")
            writer.beginObject()
            writer.name("protocols")
            writer.beginArray()
            for number in line.protocols { writer.integer(number) }
            writer.endArray()
            writer.name("daemon")
            writer.string(line.daemon)
            writer.name("manifest")
            line.manifest.withUnsafeBytes { writer.raw($0) }
            writer.name("parameters")
            line.parameters.write(to: &writer)
            writer.name("region")
            writer.string(line.region)
            writer.name("calendar")
            line.calendar.write(to: &writer)
            writer.endObject()
        }
    }

    /// Appends the line that opens a batch.
    package static func encodeBatch(_ number: Int, records: Int, ask: Questions = .all, to bytes: inout [UInt8]) {
        write(to: &bytes) { writer in
            writer.name("batch")
            writer.integer(number)
            writer.name("records")
            writer.integer(records)
            writer.name("ask")
            writer.beginArray()
            for (question, name) in Questions.names where ask.contains(question) { writer.string(name) }
            writer.endArray()
        }
    }

    /// Appends a record line. The payload's bytes are copied as they are, its line breaks as spaces.
    package static func encodeRecord(
        type: String,
        version: Int,
        context: Context,
        payload: UnsafeRawBufferPointer,
        to bytes: inout [UInt8]
    ) {
        write(to: &bytes) { writer in
            writer.name("id")
            writer.string(context.record)
            writer.name("type")
            writer.string(type)
            writer.name("version")
            writer.integer(version)
            writer.name("posyandu")
            writer.string(context.posyandu)
            writer.name("date")
            writer.date(context.date)
            writer.name("context")
            write(context, to: &writer)
            writer.name("payload")
            writer.raw(payload)
        }
    }

    /// Appends the line that ends a batch, in either direction.
    package static func encodeEnd(_ number: Int, to bytes: inout [UInt8]) {
        write(to: &bytes) { writer in
            writer.name("end")
            writer.integer(number)
        }
    }

    package static func encodeShutdown(to bytes: inout [UInt8]) {
        write(to: &bytes) { writer in
            writer.name("shutdown")
            writer.beginObject()
            writer.endObject()
        }
    }

    package static func encode(_ line: Initialized, to bytes: inout [UInt8]) {
        write(to: &bytes) { writer in
            writer.name("initialized")
            writer.beginObject()
            writer.name("protocol")
            writer.integer(line.wireProtocol)
            writer.name("version")
            writer.string(line.version)
            writer.name("types")
            writer.beginArray()
            for type in line.types { writer.string(type) }
            writer.endArray()
            writer.endObject()
        }
    }

    package static func encodeError(code: String, message: String, to bytes: inout [UInt8]) {
        write(to: &bytes) { writer in
            writer.name("error")
            writer.beginObject()
            writer.name("code")
            writer.string(code)
            writer.name("message")
            writer.string(message)
            writer.endObject()
        }
    }

    /// Appends the answer to one record.
    package static func encode(_ answer: Answer, to bytes: inout [UInt8]) {
        write(to: &bytes) { writer in
            writer.name("id")
            writer.string(answer.id)
            if answer.isRejected {
                writer.name("violations")
                write(answer.violations, to: &writer)
                return
            }
            writer.name("effects")
            writer.beginArray()
            for effect in answer.effects { write(effect, to: &writer) }
            writer.endArray()
            writer.name("contributions")
            writer.beginArray()
            for contribution in answer.contributions { write(contribution, to: &writer) }
            writer.endArray()
        }
    }

    private static func write(to bytes: inout [UInt8], _ members: (inout JSONWriter) -> Void) {
        var storage: [UInt8] = []
        swap(&storage, &bytes)
        var writer = JSONWriter(consume storage)
        writer.beginObject()
        members(&writer)
        writer.endObject()
        writer.newline()
        swap(&bytes, &writer.bytes)
    }

    private static func write(_ context: Context, to writer: inout JSONWriter) {
        writer.beginObject()
        if let subject = context.subject {
            writer.name("subject")
            writer.beginObject()
            writer.name("id")
            writer.string(subject.id)
            if let sex = subject.sex {
                writer.name("sex")
                writer.string(sex.rawValue)
            }
            if let birthDate = subject.birthDate {
                writer.name("birth_date")
                writer.date(birthDate)
            }
            writer.endObject()
        }
        if !context.previous.isEmpty {
            writer.name("previous")
            writer.beginArray()
            for record in context.previous {
                writer.beginObject()
                writer.name("id")
                writer.string(record.id)
                writer.name("type")
                writer.string(record.type.name)
                writer.name("date")
                writer.date(record.date)
                writer.name("fields")
                record.fields.write(to: &writer)
                writer.endObject()
            }
            writer.endArray()
        }
        if let village = context.village {
            writer.name("posyandu")
            writer.beginObject()
            writer.name("village")
            writer.string(village)
            writer.endObject()
        }
        writer.endObject()
    }

    private static func write(_ violations: [Violation], to writer: inout JSONWriter) {
        writer.beginArray()
        for violation in violations {
            writer.beginObject()
            writer.name("code")
            writer.string(violation.code)
            if let field = violation.field {
                writer.name("field")
                writer.string(field)
            }
            writer.name("message")
            writer.string(violation.message)
            writer.endObject()
        }
        writer.endArray()
    }

    private static func write(_ effect: Effect, to writer: inout JSONWriter) {
        writer.beginObject()
        switch effect {
        case .put(let fields):
            writer.name("put")
            fields.write(to: &writer)
        case .retract(let record):
            writer.name("retract")
            members(&writer, [("record", record)])
        case .openCase(let reason, let priority, let office):
            writer.name("open_case")
            members(&writer, [("reason", reason), ("priority", priority), ("office", office)])
        case .advanceCase(let id, let state, let remark):
            writer.name("advance_case")
            members(&writer, [("case", id), ("to", state), ("remark", remark)])
        case .raiseTask(let kind, let reason, let dueDays, let role, let topic):
            writer.name("raise_task")
            writer.beginObject()
            writer.name("kind")
            writer.string(kind)
            writer.name("reason")
            writer.string(reason)
            if let dueDays {
                writer.name("due_days")
                writer.integer(dueDays)
            }
            if let role {
                writer.name("to")
                writer.string(role)
            }
            if let topic {
                writer.name("topic")
                writer.string(topic)
            }
            writer.endObject()
        case .answerTasks(let kind, let topic):
            writer.name("answer_tasks")
            members(&writer, [("kind", kind), ("topic", topic)])
        case .reject(let violations):
            writer.name("reject")
            write(violations, to: &writer)
        }
        writer.endObject()
    }

    private static func members(_ writer: inout JSONWriter, _ members: [(StaticString, String?)]) {
        writer.beginObject()
        for (name, value) in members {
            guard let value else { continue }
            writer.name(name)
            writer.string(value)
        }
        writer.endObject()
    }

    private static func write(_ contribution: Contribution, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("indicator")
        writer.string(contribution.indicator)
        writer.name("period")
        writer.period(contribution.period)
        if let subject = contribution.subject {
            writer.name("subject")
            writer.string(subject)
        }
        writer.name("value")
        writer.decimal(contribution.value)
        writer.endObject()
    }
}
