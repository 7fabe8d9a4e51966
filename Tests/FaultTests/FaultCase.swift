// One fault behaviour: its script, and how a push under it has to end.
// SPDX-License-Identifier: Apache-2.0

/// How a push ends while the fault lasts, without a person.
enum Ending: String, Sendable {
    /// Acknowledged by itself.
    case delivers
    /// Stopped or paused, with a reason, until a person acts.
    case stops
    /// Still trying, at growing intervals, with a reason.
    case tries
}

struct FaultCase: Sendable {
    let name: String
    let script: String
    let ending: Ending
    /// Where a dialect must end otherwise, by its name.
    var endings: [String: Ending] = [:]
    /// Names of the dialects that the case speaks of; all when empty.
    var kinds: Set<String> = []
    /// How often the destination may have met what it had already.
    var repeats = 0
    /// How often it may have taken effect: more than once only when it is the destination that processes twice.
    var effects = 1
    /// The stop can only be ended by a newer revision.
    var needsRevision: Set<String> = []
    var hasLogin = false

    /// A request is left without an answer, or with one that never ends.
    var isSilent: Bool {
        ["hang", "timeout-after-commit", "endless-chunks", "drip"].contains { script.contains($0) }
    }

    func ending(_ dialect: String) -> Ending { endings[dialect] ?? ending }

    func concerns(_ dialect: FaultDialect) -> Bool {
        let isPoll = script.contains("{poll}") || kinds.contains(dialect.name)
        return (kinds.isEmpty || kinds.contains(dialect.name)) && (dialect.poll != nil || !script.contains("{poll}"))
            && (!dialect.onlyPolls || isPoll)
    }
}

extension FaultCase {
    private static let rekap: Set<String> = ["sipd-rekap"]
    /// A table that knows no pages takes one for what its status says, or for nothing.
    private static let pages: [String: Ending] = ["http-template": .stops]
    /// An answer without a body is one of FHIR, as asked for with `return=minimal`.
    private static let minimal: [String: Ending] = ["fhir-measurereport": .delivers]

    private static func delivers(_ name: String, _ script: String, repeats: Int = 0) -> FaultCase {
        FaultCase(name: name, script: script, ending: .delivers, repeats: repeats)
    }

    private static func stops(_ name: String, _ script: String, repeats: Int = 0) -> FaultCase {
        FaultCase(name: name, script: script, ending: .stops, repeats: repeats)
    }

    private static func tries(_ name: String, _ script: String) -> FaultCase {
        FaultCase(name: name, script: script, ending: .tries)
    }

    static let all =
        refusedPushes + brokenPushes + deeds + unknownOutcomes + damagedAnswers + polls + readBacks + ofRekap + ofServ
        + ofDhis2 + ofFhir + logins

    /// The push is answered, and not acted on.
    static let refusedPushes: [FaultCase] =
        [408, 425, 500, 502, 503, 504, 507, 520].map { delivers("put-\($0)", "{put} first 2 status(code=\($0))") }
        + [500, 503].map { tries("put-\($0)-always", "{put} always status(code=\($0))") }
        // A 409 or 412 is looked for, not found, sent again: it stops when that goes round.
        + [400, 404, 405, 409, 410, 412, 413, 414, 415, 418, 422, 501, 599].map {
            stops("put-\($0)", "{put} always status(code=\($0))")
        }
        + [
            delivers("put-401-once", "{put} first 1 status(code=401)"),
            stops("put-401-always", "{put} always status(code=401)"),
            delivers("put-403-once", "{put} first 1 status(code=403)"),
            delivers("put-429-seconds", "{put} first 2 status(code=429,retry-after=1)"),
            delivers("put-429-date", "{put} first 2 status(code=429,retry-date=2)"),
            delivers("put-503-date-in-the-past", "{put} first 2 status(code=503,retry-date=-3600)"),
            delivers("put-503-retry-after-of-a-thousand-days", "{put} first 1 status(code=503,retry-after=86400000)"),
            delivers("put-503-retry-after-is-no-number", "{put} first 1 status(code=503,retry-after=nanti)"),
            delivers("put-503-retry-after-is-negative", "{put} first 1 status(code=503,retry-after=-5)"),
            delivers("put-503-without-a-body", "{put} first 1 status(code=503,body=empty)"),
            delivers("put-500-of-plain-text", "{put} first 1 status(code=500,body=text)"),
            delivers("put-503-of-html", "{put} first 1 status(code=503,body=html)"),
            FaultCase(
                name: "put-200-of-html",
                script: "{put} first 2 html",
                ending: .delivers,
                endings: pages
            ),
            delivers("put-502-of-html", "{put} first 2 html(code=502)"),
            FaultCase(
                name: "put-404-of-html",
                script: "{put} first 1 html(code=404)",
                ending: .delivers,
                endings: pages
            ),
            stops("put-400-of-html", "{put} always html(code=400)"),
            stops("put-redirect-to-another-host", "{put} always redirect"),
            stops("put-307-to-another-host", "{put} always redirect(code=307,to=https://jahat.invalid/v1)"),
            stops("put-303-to-another-host", "{put} always redirect(code=303,to=https://jahat.invalid/v1/transaksi/x)"),
            stops("put-200-with-error-lines", "{put} always error-lines"),
        ]

    /// The push is not answered, and not acted on.
    static let brokenPushes = [
        delivers("put-reset-before-reading", "{put} first 2 reset"),
        delivers("put-reset-after-reading", "{put} first 2 reset-after-read"),
        delivers("put-closed-without-an-answer", "{put} first 2 close"),
        delivers("put-hangs", "{put} first 1 hang"),
        delivers("put-100-and-then-nothing", "{put} first 1 continue-then-hang"),
        stops("put-is-answered-by-no-http", "{put} always garbage"),
        FaultCase(
            name: "put-fails-five-ways-in-a-row",
            script: "{put} sequence reset 503 html 500 close",
            ending: .delivers,
            endings: pages
        ),
    ]

    /// The push is acted on in another way than it is acknowledged.
    static let deeds = [
        delivers("acknowledged-and-lost-once", "{put} first 1 lose"),
        stops("acknowledged-and-lost-always", "{put} always lose"),
        FaultCase(
            name: "204-with-nothing-stored",
            script: "{put} first 1 lose+no-content",
            ending: .stops,
            endings: minimal
        ),
        FaultCase(
            name: "stored-as-something-else",
            script: "{put} first 1 tamper",
            ending: .stops,
            endings: [
                "sipd-serv": .delivers, "dhis2-dvs": .delivers, "adx-xml": .delivers, "http-template": .delivers,
            ],
            effects: 2,
            needsRevision: rekap
        ),
        stops("window-closed", "{put} always closed"),
        FaultCase(name: "processed-twice", script: "{put} first 1 twice", ending: .delivers, repeats: 1, effects: 2),
        FaultCase(
            name: "transaction-never-ends",
            script: "{put} first 1 stall",
            ending: .stops,
            kinds: rekap
        ),
    ]

    /// Stored, and then no answer or one that says otherwise.
    static let unknownOutcomes = [
        delivers("stored-and-reset", "{put} first 1 reset-after-commit"),
        delivers("stored-and-closed", "{put} first 1 close-after-commit"),
        delivers("stored-and-silent", "{put} first 1 timeout-after-commit"),
        delivers("stored-and-500", "{put} first 1 status-after-commit(code=500)"),
        delivers("stored-and-502-of-html", "{put} first 1 html-after-commit(code=502)"),
        delivers("stored-and-504", "{put} first 1 status-after-commit(code=504)"),
        delivers("stored-and-503", "{put} first 1 status-after-commit(code=503)", repeats: 1),
        delivers("stored-and-429", "{put} first 1 status-after-commit(code=429)", repeats: 1),
        FaultCase(
            name: "stored-and-200-of-html",
            script: "{put} first 1 html-after-commit",
            ending: .delivers,
            endings: pages
        ),
        stops("stored-and-404", "{put} first 1 status-after-commit(code=404)", repeats: 1),
        stops("stored-and-422", "{put} first 1 status-after-commit(code=422)", repeats: 1),
        delivers("stored-and-silent-then-read-back-fails", "{put} first 1 timeout-after-commit\n{get} first 2 503"),
        delivers("stored-and-reset-then-read-back-is-html", "{put} first 1 reset-after-commit\n{get} first 2 html"),
    ]

    /// Stored, and the answer is damaged on its way or was never whole.
    static let damagedAnswers = [
        delivers("answer-truncated", "{put} first 1 truncate"),
        delivers("answer-with-half-a-chunk", "{put} first 1 cut-chunks"),
        delivers("answer-in-chunks-without-an-end", "{put} first 1 endless-chunks"),
        delivers("answer-with-a-bad-chunk-size", "{put} first 1 bad-chunk"),
        delivers("answer-shorter-than-its-length", "{put} first 1 long-length"),
        stops("answer-longer-than-its-length", "{put} first 1 short-length"),
        delivers("answer-that-drips", "{put} first 1 drip(bytes=1,every-ms=1000)"),
        stops("answer-that-is-no-gzip", "{put} first 1 gzip-lie"),
        stops("answer-in-an-unknown-encoding", "{put} first 1 unknown-encoding"),
        stops("answer-in-utf16", "{put} first 1 utf16"),
        stops("answer-in-latin1", "{put} first 1 latin1"),
        stops("answer-with-invalid-json", "{put} first 1 invalid-json"),
        stops("answer-with-something-behind-it", "{put} first 1 trailing"),
        FaultCase(
            name: "answer-with-a-member-twice",
            script: "{put} first 1 duplicate-member",
            ending: .stops,
            kinds: ["sipd-rekap", "dhis2-dvs", "adx-xml", "fhir-measurereport"]
        ),
        FaultCase(name: "answer-without-a-body", script: "{put} first 1 empty", ending: .stops, endings: minimal),
        FaultCase(
            name: "answer-204-and-stored",
            script: "{put} first 1 no-content",
            ending: .stops,
            endings: ["sipd-rekap": .delivers, "fhir-measurereport": .delivers]
        ),
        delivers("answer-with-a-lying-content-type", "{put} first 1 wrong-type"),
        stops("answer-beyond-the-cap", "{put} first 1 huge(bytes=200000)"),
        stops("answer-with-a-flood-of-headers", "{put} first 1 header-flood"),
        delivers("answer-after-many-100-continue", "{put} first 1 continue-many"),
        delivers("answer-that-comes-twice", "{put} first 1 two-answers"),
    ]

    static let polls = [
        delivers("poll-503", "{poll} first 2 503"),
        delivers("poll-reset", "{poll} first 2 reset"),
        delivers("poll-hangs", "{poll} first 1 hang"),
        delivers("poll-html", "{poll} first 2 html"),
        delivers("poll-truncated", "{poll} first 2 truncate"),
        delivers("poll-404", "{poll} first 1 status(code=404)"),
        delivers("poll-401-once", "{poll} first 1 status(code=401)"),
        delivers("poll-runs-long", "{poll} first 4 stall"),
        stops("poll-invalid-json", "{poll} at 1-2 invalid-json"),
        stops("poll-redirects", "{poll} first 1 redirect"),
    ]

    /// Where one look on a kept connection may be followed by a second one, the fault is met by both.
    static let readBacks = [
        delivers("read-back-503", "{get} first 2 503"),
        delivers("read-back-500", "{get} first 3 500"),
        delivers("read-back-429", "{get} first 2 status(code=429,retry-after=1)"),
        delivers("read-back-reset", "{get} first 2 reset"),
        delivers("read-back-hangs", "{get} first 1 hang"),
        delivers("read-back-html", "{get} first 2 html"),
        delivers("read-back-404-of-html", "{get} first 1 html(code=404)"),
        delivers("read-back-truncated", "{get} first 2 truncate"),
        delivers("read-back-401-once", "{get} first 1 status(code=401)"),
        stops("read-back-401-always", "{get} always status(code=401)"),
        stops("read-back-400-of-html", "{get} always html(code=400)"),
        stops("read-back-invalid-json", "{get} first 2 invalid-json"),
        stops("read-back-without-a-body", "{get} first 2 empty"),
        stops("read-back-redirects", "{get} first 2 redirect"),
        stops("read-back-is-no-gzip", "{get} first 2 gzip-lie"),
        stops("read-back-beyond-the-cap", "{get} first 2 huge(bytes=200000)"),
        FaultCase(
            name: "read-back-404",
            script: "{get} first 1 status(code=404)",
            ending: .stops,
            endings: ["sipd-rekap": .delivers, "fhir-measurereport": .delivers, "http-template": .delivers]
        ),
    ]
}
