// The bytes of one message, as a kiosk writes them.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials

/// Everything that stands in a message.
struct MessageParts {
    var id: UUID
    /// Record type, without prefix and version.
    var type: String
    var subject: UUID?
    var time: Moment
    var posyandu: UUID
    var date: Day?
    var corrects: UUID?
    var person: [(name: String, text: String)] = []
    var data: Form

    var bytes: [UInt8] {
        var json = JSONText()
        json.open("{")
        json.member("id", id.text)
        json.member("type", "id.go.posyandu.\(type).v1")
        if let subject { json.member("subject", subject.text) }
        json.member("time", time.text)
        json.member("posyandu", posyandu.text)
        if let date { json.member("date", date.description) }
        if let corrects { json.member("corrects", corrects.text) }
        if !person.isEmpty {
            json.name("person")
            json.open("{")
            for member in person { json.member(member.name, member.text) }
            json.close("}")
        }
        json.member("dataschema", "\(type)/1")
        json.name("data")
        json.open("{")
        for (name, answer) in data.answers {
            json.name(name)
            answer.write(to: &json)
        }
        json.close("}")
        json.close("}")
        return json.bytes
    }
}
