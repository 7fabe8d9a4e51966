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
    /// Where a dialect must end otherwise.
    var endings: [String: Ending] = [:]
    /// Dialects that the case speaks of; all when empty.
    var kinds: Set<String> = []
    /// How often the destination may have met what it had already.
    var repeats = 0
    /// How often it may have taken effect: more than once only when it is the destination that processes twice.
    var effects = 1
    /// The stop can only be ended by a newer revision.
    var needsRevision: Set<String> = []
    var hasLogin = false

    func ending(_ kind: String) -> Ending { endings[kind] ?? ending }

    func concerns(_ dialect: FaultDialect) -> Bool {
        (kinds.isEmpty || kinds.contains(dialect.kind)) && (dialect.poll != nil || !script.contains("{poll}"))
    }
}

extension FaultCase {
    private static let rekap: Set<String> = ["sipd-rekap"]
    private static let values: Set<String> = ["sipd-serv", "dhis2-dvs"]

    private static func delivers(_ name: String, _ script: String, repeats: Int = 0) -> FaultCase {
        FaultCase(name: name, script: script, ending: .delivers, repeats: repeats)
    }

    private static func stops(_ name: String, _ script: String, repeats: Int = 0) -> FaultCase {
        FaultCase(name: name, script: script, ending: .stops, repeats: repeats)
    }

    static let all =
        refusedPushes + brokenPushes + deeds + unknownOutcomes + damagedAnswers + polls + readBacks + logins

    /// The push is answered, and not acted on.
    static let refusedPushes: [FaultCase] =
        [408, 425, 500, 502, 503, 504, 507, 520].map { delivers("put-\($0)", "{put} first 2 status(code=\($0))") }
        + [400, 404, 405, 410, 413, 414, 415, 418, 422, 501, 599].map {
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
            delivers("put-200-of-html", "{put} first 2 html"),
            delivers("put-502-of-html", "{put} first 2 html(code=502)"),
            delivers("put-404-of-html", "{put} first 1 html(code=404)"),
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
        delivers("put-fails-five-ways-in-a-row", "{put} sequence reset 503 html 500 close"),
    ]

    /// The push is acted on in another way than it is acknowledged.
    static let deeds = [
        delivers("acknowledged-and-lost-once", "{put} first 1 lose"),
        stops("acknowledged-and-lost-always", "{put} always lose"),
        stops("204-with-nothing-stored", "{put} first 1 lose+no-content"),
        FaultCase(
            name: "stored-as-something-else",
            script: "{put} first 1 tamper",
            ending: .stops,
            endings: ["sipd-serv": .delivers, "dhis2-dvs": .delivers],
            effects: 2,
            needsRevision: rekap
        ),
        stops("window-closed", "{put} always closed"),
        FaultCase(name: "processed-twice", script: "{put} first 1 twice", ending: .delivers, repeats: 1, effects: 2),
        FaultCase(
            name: "transaction-never-ends",
            script: "{put} first 1 stall",
            ending: .tries,
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
        delivers("stored-and-200-of-html", "{put} first 1 html-after-commit"),
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
        delivers("answer-that-drips", "{put} first 1 drip(bytes=1,every-ms=100)"),
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
            kinds: ["sipd-rekap", "dhis2-dvs"]
        ),
        stops("answer-without-a-body", "{put} first 1 empty"),
        FaultCase(
            name: "answer-204-and-stored",
            script: "{put} first 1 no-content",
            ending: .stops,
            endings: ["sipd-rekap": .delivers]
        ),
        delivers("answer-with-a-lying-content-type", "{put} first 1 wrong-type"),
        stops("answer-beyond-the-cap", "{put} first 1 huge(bytes=200000)"),
        stops("answer-with-a-flood-of-headers", "{put} first 1 header-flood"),
        delivers("answer-after-many-100-continue", "{put} first 1 continue-many"),
        delivers("answer-that-comes-twice", "{put} first 1 two-answers"),
        FaultCase(
            name: "unknown-status-word",
            script: "{put} first 1 set(member=status,value=MENUNGGU)",
            ending: .stops,
            kinds: rekap
        ),
        FaultCase(
            name: "202-without-an-id",
            script: "{put} first 1 drop(member=id_transaksi)",
            ending: .stops,
            kinds: rekap
        ),
        FaultCase(
            name: "202-without-a-status",
            script: "{put} first 1 drop(member=status)",
            ending: .stops,
            kinds: rekap
        ),
        FaultCase(
            name: "202-about-another-digest",
            script: "{put} first 1 set(member=digest,value=sha-256:00)",
            ending: .stops,
            kinds: rekap
        ),
        FaultCase(
            name: "reply-without-a-log",
            script: "{put} first 1 drop(member=log)",
            ending: .stops,
            kinds: ["sipd-serv"]
        ),
        FaultCase(
            name: "reply-with-code-500",
            script: "{put} first 1 set(member=code,number=500)",
            ending: .stops,
            kinds: ["sipd-serv"]
        ),
        FaultCase(
            name: "reply-without-a-summary",
            script: "{put} first 1 drop(member=response)",
            ending: .stops,
            kinds: ["dhis2-dvs"]
        ),
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
        stops("poll-invalid-json", "{poll} first 1 invalid-json"),
        stops("poll-unknown-status", "{poll} first 1 set(member=status,value=MENUNGGU)"),
        stops("poll-of-another-transaction", "{poll} first 1 set(member=id_transaksi,value=trx-99)"),
        stops("poll-of-another-revision", "{poll} first 1 set(member=revisi,number=9)"),
        delivers("poll-ends-too-early", "{poll} first 1 set(member=status,value=SELESAI)"),
        stops("poll-refuses-falsely", "{poll} first 1 set(member=status,value=DITOLAK)"),
        stops("poll-takes-some-rows", "{poll} first 1 set(member=status,value=SELESAI_SEBAGIAN)"),
        stops("poll-redirects", "{poll} first 1 redirect"),
    ]

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
        stops("read-back-invalid-json", "{get} first 1 invalid-json"),
        stops("read-back-without-a-body", "{get} first 1 empty"),
        stops("read-back-redirects", "{get} first 1 redirect"),
        stops("read-back-is-no-gzip", "{get} first 1 gzip-lie"),
        stops("read-back-beyond-the-cap", "{get} first 1 huge(bytes=200000)"),
        FaultCase(
            name: "read-back-404",
            script: "{get} first 1 status(code=404)",
            ending: .stops,
            endings: ["sipd-rekap": .delivers]
        ),
        FaultCase(
            name: "read-back-shows-another-digest",
            script: "{get} first 1 set(member=digest,value=sha-256:00)",
            ending: .stops,
            kinds: rekap,
            repeats: 1
        ),
        FaultCase(
            name: "read-back-shows-a-higher-revision",
            script: "{get} first 1 set(member=revisi,number=9)",
            ending: .stops,
            kinds: rekap,
            repeats: 1
        ),
        FaultCase(
            name: "read-back-without-a-digest",
            script: "{get} first 1 drop(member=digest)",
            ending: .stops,
            kinds: rekap
        ),
        FaultCase(
            name: "read-back-of-another-document",
            script: "{get} first 1 set(member=jenis,value=kader)",
            ending: .stops,
            kinds: rekap
        ),
        FaultCase(
            name: "read-back-without-its-list",
            script: "{get} first 1 drop(member=data)",
            ending: .stops,
            kinds: ["sipd-serv"]
        ),
    ]

    static let logins = [
        login("login-500", "token first 2 500", .delivers),
        login("login-503", "token first 2 503", .delivers),
        login("login-reset", "token first 2 reset", .delivers),
        login("login-hangs", "token first 1 hang", .delivers),
        login("login-html", "token first 1 html", .delivers),
        login("login-truncated", "token first 1 truncate", .delivers),
        login("login-refused", "token always status(code=401)", .stops),
        login("login-400", "token always status(code=400)", .stops),
        login("login-invalid-json", "token first 1 invalid-json", .stops),
        login("login-without-a-token", "token first 1 drop(member=access_token)", .stops),
        login("login-without-an-expiry", "token first 1 drop(member=expires_in)", .stops),
        login("login-of-another-type", "token first 1 set(member=token_type,value=MAC)", .stops),
        login("login-redirects", "token first 1 redirect", .stops),
    ]

    private static func login(_ name: String, _ script: String, _ ending: Ending) -> FaultCase {
        FaultCase(name: name, script: script, ending: ending, kinds: rekap, hasLogin: true)
    }
}
