// Reads the lines that a worker receives.
// SPDX-License-Identifier: Apache-2.0

extension Wire {
    /// Reads a line of the daemon, without its line feed.
    package static func request(_ line: UnsafeRawBufferPointer) throws(WireError) -> Request {
        let members = try scan(line)
        if let type = members["type"] {
            return .record(try record(members, type))
        }
        if let number = members.integer("batch") {
            return .batch(number: number, records: members.integer("records") ?? 0, ask: try questions(members))
        }
        if let number = members.integer("end") { return .end(number) }
        if members["shutdown"] != nil { return .shutdown }
        if let body = members["initialize"] { return .initialize(try initialize(body)) }
        return .unknown
    }

    static func scan(_ line: UnsafeRawBufferPointer) throws(WireError) -> JSONMembers {
        do {
            return try JSONScanner.members(of: line, maximumDepth: maximumDepth)
        } catch {
            throw WireError("a line is not JSON: \(error)")
        }
    }

    static func parse(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> JSONValue {
        do {
            return try JSONParser.parse(bytes, maximumDepth: maximumDepth)
        } catch {
            throw WireError("a value is not JSON: \(error)")
        }
    }

    private static func questions(_ members: JSONMembers) throws(WireError) -> Questions {
        guard let bytes = members["ask"] else { return .all }
        var questions: Questions = []
        for name in try parse(bytes).array ?? [] {
            questions.formUnion(Questions.names.first { $0.name == name.string }?.question ?? [])
        }
        return questions
    }

    private static func record(
        _ members: JSONMembers,
        _ type: UnsafeRawBufferPointer
    ) throws(WireError) -> RecordLine {
        guard let id = members.string("id"), type.count > 2, type[0] == UInt8(ascii: "\""),
            let version = members.integer("version"), let posyandu = members.string("posyandu"),
            let date = members["date"].flatMap(JSONMembers.date), let payload = members["payload"]
        else { throw WireError("a record line lacks id, type, version, posyandu, date or payload") }
        var context = Context(record: id, date: date, posyandu: posyandu)
        if let bytes = members["context"] { try read(bytes, into: &context) }
        return RecordLine(
            type: UnsafeRawBufferPointer(rebasing: type[1..<(type.count - 1)]),
            version: version,
            context: context,
            payload: payload
        )
    }

    private static func read(_ bytes: UnsafeRawBufferPointer, into context: inout Context) throws(WireError) {
        guard bytes.count > 2 else { return }
        let json = try parse(bytes)
        context.village = json["posyandu"]?["village"]?.string
        if let subject = json["subject"] {
            guard let id = subject["id"]?.string else { throw WireError("context.subject has no id") }
            context.subject = Subject(
                id: id,
                sex: subject["sex"]?.string.flatMap { Sex(rawValue: $0) },
                birthDate: subject["birth_date"]?.string.flatMap { CivilDate($0) }
            )
        }
        for record in json["previous"]?.array ?? [] {
            guard let id = record["id"]?.string, let type = record["type"]?.string,
                let date = record["date"]?.string.flatMap({ CivilDate($0) }),
                let fields = record["fields"]?.object.flatMap({ Fields($0) })
            else { throw WireError("context.previous holds a record without id, type, date or fields") }
            context.previous.append(EarlierRecord(id: id, type: RecordType(type), date: date, fields: fields))
        }
    }

    private static func initialize(_ body: UnsafeRawBufferPointer) throws(WireError) -> Initialize {
        let members = try scan(body)
        guard let protocols = try members["protocols"].map(parse)?.array?.compactMap(\.integer),
            let manifest = members["manifest"]
        else { throw WireError("initialize lacks protocols or manifest") }
        let parameters = try members["parameters"].map(parse)?.object ?? [:]
        guard let fields = Fields(parameters) else { throw WireError("initialize holds a parameter that is no value") }
        return Initialize(
            protocols: protocols,
            daemon: members.string("daemon") ?? "",
            manifest: Array(manifest),
            parameters: fields,
            region: members.string("region") ?? "",
            calendar: WorkCalendar(try members["calendar"].map(parse))
        )
    }
}

extension JSONMembers {
    /// The date that a checked string value spells.
    package static func date(_ value: UnsafeRawBufferPointer) -> CivilDate? {
        guard value.count == 12, value[0] == UInt8(ascii: "\"") else { return nil }
        return CivilDate(bytes: UnsafeRawBufferPointer(rebasing: value[1..<11]))
    }
}
