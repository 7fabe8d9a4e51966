// An interface described as data: how a request is written, what answers mean, how it is polled and read back.
// SPDX-License-Identifier: Apache-2.0

/// What `http-template` needs of a destination file. Text with placeholders `{name}` and JSON pointers; nothing is computed.
package struct HTTPTemplate: Sendable, Hashable {
    package enum Method: String, Sendable, Hashable, CaseIterable {
        case put = "PUT"
        case post = "POST"
    }

    /// How a value is made safe inside the body.
    package enum Escape: String, Sendable, Hashable, CaseIterable {
        case json, xml, csv, form
        /// As it is; for formats whose values need nothing.
        case none
    }

    /// One line of the classification. The first that fits decides.
    package struct Rule: Sendable, Hashable {
        /// nil fits every question.
        package var act: PushAct?
        package var statuses: ClosedRange<Int>
        /// JSON pointer into the reply; nil fits every body.
        package var pointer: String?
        /// What must stand there; nil: anything at all.
        package var equals: String?
        package var kind: OutcomeClass

        package init(
            act: PushAct? = nil,
            statuses: ClosedRange<Int>,
            pointer: String? = nil,
            equals: String? = nil,
            kind: OutcomeClass
        ) {
            self.act = act
            self.statuses = statuses
            self.pointer = pointer
            self.equals = equals
            self.kind = kind
        }
    }

    /// How what is held is compared with what was sent.
    package struct ReadBack: Sendable, Hashable {
        package enum Comparison: Sendable, Hashable {
            /// The pointer leads to the revision.
            case revision(String)
            case rows(Rows)
        }
        package var path: String
        package var comparison: Comparison

        package init(path: String, comparison: Comparison) {
            self.path = path
            self.comparison = comparison
        }
    }

    /// Where the rows are in a reply and in our own body, and what makes one.
    package struct Rows: Sendable, Hashable {
        package var shown: String
        package var sent: String
        package var code: String
        package var area: String
        package var value: String
        /// Rows of a full page; 0 when everything comes at once.
        package var pageSize: Int

        package init(shown: String, sent: String, code: String, area: String, value: String, pageSize: Int = 0) {
            self.shown = shown
            self.sent = sent
            self.code = code
            self.area = area
            self.value = value
            self.pageSize = pageSize
        }
    }

    package var method: Method
    package var path: String
    package var contentType: String
    package var escape: Escape
    /// With `{rows}` where the rows stand.
    package var body: String
    package var row: String
    /// For ratios; nil writes them like any other row, with their percentage.
    package var ratioRow: String?
    package var separator: String
    package var rules: [Rule]
    /// Where a reply has the id that is polled, and a sentence for a person.
    package var transaction: String?
    package var message: String?
    /// Path of the poll, with `{transaction}`.
    package var poll: String?
    package var readBack: ReadBack?

    package init(
        method: Method,
        path: String,
        contentType: String,
        escape: Escape,
        body: String,
        row: String,
        ratioRow: String? = nil,
        separator: String = "",
        rules: [Rule] = [],
        transaction: String? = nil,
        message: String? = nil,
        poll: String? = nil,
        readBack: ReadBack? = nil
    ) {
        self.method = method
        self.path = path
        self.contentType = contentType
        self.escape = escape
        self.body = body
        self.row = row
        self.ratioRow = ratioRow
        self.separator = separator
        self.rules = rules
        self.transaction = transaction
        self.message = message
        self.poll = poll
        self.readBack = readBack
    }
}
