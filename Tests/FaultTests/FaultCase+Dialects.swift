// Fault behaviours that speak of one dialect's own words: members of its answers, its polls, its login.
// SPDX-License-Identifier: Apache-2.0

extension FaultCase {
    private static let rekap: Set<String> = ["sipd-rekap"]
    private static let dhis2: Set<String> = ["dhis2-dvs", "adx-xml"]
    private static let fhir: Set<String> = ["fhir-measurereport"]
    private static let fhirAsync: Set<String> = ["fhir-measurereport-async"]

    private static func only(_ kinds: Set<String>, _ name: String, _ script: String, _ ending: Ending) -> FaultCase {
        FaultCase(name: name, script: script, ending: ending, kinds: kinds)
    }

    static let ofRekap = [
        only(rekap, "unknown-status-word", "{put} first 1 set(member=status,value=MENUNGGU)", .stops),
        only(rekap, "202-without-an-id", "{put} first 1 drop(member=id_transaksi)", .stops),
        only(rekap, "202-without-a-status", "{put} first 1 drop(member=status)", .stops),
        only(rekap, "202-about-another-digest", "{put} first 1 set(member=digest,value=sha-256:00)", .stops),
        only(rekap, "poll-unknown-status", "{poll} first 1 set(member=status,value=MENUNGGU)", .stops),
        only(rekap, "poll-of-another-transaction", "{poll} first 1 set(member=id_transaksi,value=trx-99)", .stops),
        only(rekap, "poll-of-another-revision", "{poll} first 1 set(member=revisi,number=9)", .stops),
        only(rekap, "poll-ends-too-early", "{poll} first 1 set(member=status,value=SELESAI)", .delivers),
        only(rekap, "poll-refuses-falsely", "{poll} first 1 set(member=status,value=DITOLAK)", .stops),
        only(rekap, "poll-takes-some-rows", "{poll} first 1 set(member=status,value=SELESAI_SEBAGIAN)", .stops),
        FaultCase(
            name: "read-back-shows-another-digest",
            script: "{get} first 2 set(member=digest,value=sha-256:00)",
            ending: .stops,
            kinds: rekap,
            repeats: 1
        ),
        FaultCase(
            name: "read-back-shows-a-higher-revision",
            script: "{get} first 2 set(member=revisi,number=9)",
            ending: .stops,
            kinds: rekap,
            repeats: 1
        ),
        // Damaged on a kept connection alone: asked again over one of its own before anything is believed.
        only(rekap, "first-look-shows-another-digest", "{get} first 1 set(member=digest,value=sha-256:00)", .delivers),
        only(rekap, "read-back-without-a-digest", "{get} first 2 drop(member=digest)", .stops),
        only(rekap, "read-back-of-another-document", "{get} first 2 set(member=jenis,value=kader)", .stops),
    ]

    static let ofServ = [
        only(["sipd-serv", "http-template"], "reply-without-a-log", "{put} first 1 drop(member=log)", .stops),
        only(["sipd-serv"], "reply-with-code-500", "{put} first 1 set(member=code,number=500)", .stops),
        only(["sipd-serv", "http-template"], "read-back-without-its-list", "{get} first 1 drop(member=data)", .stops),
    ]

    static let ofDhis2 = [
        only(dhis2, "reply-without-a-summary", "{put} first 1 drop(member=response)", .stops),
        only(dhis2, "reply-in-the-old-list-form", "{put} first 1 list-form", .delivers),
        only(
            ["dhis2-dvs-async"],
            "job-of-an-unknown-status",
            "{poll} at 2 set(member=status,value=MENUNGGU)",
            .stops
        ),
        only(["dhis2-dvs-async"], "job-with-a-summary-without-counts", "{poll} at 2 drop(member=importCount)", .stops),
        only(["dhis2-dvs-async"], "job-without-an-id", "{put} first 1 set(member=response,value=x)", .stops),
        // Nobody knows the job any more: the values are looked for, and are there.
        only(["dhis2-dvs-async"], "job-never-ends", "{put} first 1 stall", .delivers),
    ]

    static let ofFhir = [
        FaultCase(name: "303-to-the-report", script: "{put} first 1 see-other", ending: .delivers, kinds: fhir),
        only(fhir, "report-that-came-back-is-another", "{put} first 1 drop(member=identifier)", .stops),
        only(
            fhir,
            "report-that-came-back-is-no-report",
            "{put} first 1 set(member=resourceType,value=Patient)",
            .stops
        ),
        only(fhir, "read-back-of-another-resource", "{get} first 1 set(member=resourceType,value=Patient)", .stops),
        only(fhirAsync, "202-lost", "{put} first 1 accepted+lose", .delivers),
        only(fhirAsync, "202-of-a-transaction-that-never-ends", "{put} first 1 stall", .delivers),
        only(fhirAsync, "poll-of-another-resource", "{poll} at 2 set(member=resourceType,value=Patient)", .stops),
        only(fhirAsync, "poll-without-the-identifier", "{poll} at 2 drop(member=identifier)", .stops),
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
        login("login-400-of-html", "token always html(code=400)", .stops),
        login("login-invalid-json", "token first 1 invalid-json", .stops),
        login("login-without-a-token", "token first 1 drop(member=access_token)", .stops),
        login("login-without-an-expiry", "token first 1 drop(member=expires_in)", .stops),
        login("login-that-expires-at-once", "token first 1 set(member=expires_in,number=0)", .stops),
        login("login-of-another-type", "token first 1 set(member=token_type,value=MAC)", .stops),
        login("login-redirects", "token first 1 redirect", .stops),
    ]

    private static func login(_ name: String, _ script: String, _ ending: Ending) -> FaultCase {
        FaultCase(name: name, script: script, ending: ending, kinds: rekap, hasLogin: true)
    }
}
