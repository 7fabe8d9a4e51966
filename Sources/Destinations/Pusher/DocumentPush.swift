// One claimed document: ask the question that is due, take the answer for what it is.
// SPDX-License-Identifier: Apache-2.0

internal import FailPoints
internal import HTTPTransfer

/// The I/O around the pure functions of an exporter.
struct DocumentPush: Sendable {
    let settings: DestinationSettings
    let exporter: any Exporter
    let transfer: HTTPTransfer

    /// Sends, polls or reads back.
    func run(_ claim: Claim, _ session: Session?) async -> Answer {
        let secrets = session?.secrets ?? []
        switch claim.action {
        case .readBack, .none:
            FailPoint.hit("push.read-back-before")
            if !exporter.canReadBack {
                return claim.answer(.found(.notOffered), ReadBackFinding.notOffered.evidence(.nothingSent, secrets))
            }
            let (finding, pages) = await readBack(claim.outbound, session?.credential)
            if pages.last?.wasRecalled == true { return claim.withdrawn }
            return claim.answer(.found(finding), finding.evidence(pages.last ?? .nothingSent, secrets))
        case .send:
            FailPoint.hit("push.put-before")
            if let check = exporter.check(claim.outbound, session?.credential), settings.checksFirst {
                let result = await send(check)
                FailPoint.hit("push.check-answered")
                if result.wasRecalled { return claim.withdrawn }
                let outcome = exporter.classify(.check, result, claim.outbound, transaction: nil)
                guard outcome.kind == .ackFinal else {
                    return claim.answer(.answered(outcome), outcome.evidence(result, secrets))
                }
            }
            let result = await send(exporter.request(claim.outbound, session?.credential))
            FailPoint.hit("push.put-answered")
            return answered(claim, .put, result, secrets)
        case .poll:
            FailPoint.hit("push.poll-before")
            guard let transaction = claim.transaction else {
                let lost = Outcome(.retryLater, code: "no-transaction", isUnknown: true)
                return claim.answer(.answered(lost), lost.evidence(.nothingSent, secrets))
            }
            let result = await send(exporter.poll(transaction, claim.outbound, session?.credential))
            FailPoint.hit("push.poll-answered")
            return answered(claim, .poll, result, secrets)
        }
    }

    /// What the destination holds. It makes a document acknowledged or sends it again, so no answer to another request may stand in for
    /// it: it comes over a connection of its own. Where a dialect's answer is the document's own or says otherwise
    /// (``Exporter/readBackIsBound``), a kept connection is asked first, and believed when it says that the document is held.
    func readBack(
        _ document: OutboundDocument,
        _ credential: Credential?
    ) async -> (finding: ReadBackFinding, pages: [HTTPResult]) {
        if exporter.readBackIsBound {
            let result = await send(exporter.readBack(document, page: 0, credential))
            FailPoint.hit("push.read-back-answered")
            let finding = exporter.reconcile([result], document)
            if finding.needsNoSecondLook { return (finding, [result]) }
        }
        return await readPages(document, credential)
    }

    /// Page after page, each over a connection of its own, until the finding stands. More pages than that are no list of ours.
    private func readPages(
        _ document: OutboundDocument,
        _ credential: Credential?
    ) async -> (finding: ReadBackFinding, pages: [HTTPResult]) {
        var pages: [HTTPResult] = []
        while true {
            var request = exporter.readBack(document, page: pages.count, credential)
            request.usesOwnConnection = true
            let result = await send(request)
            FailPoint.hit("push.read-back-answered")
            pages.append(result)
            let finding = exporter.reconcile(pages, document)
            guard case .more = finding else { return (finding, pages) }
            if pages.count == Self.mostPages {
                let endless = Outcome(.contractDrift, code: "read-back-endless", detail: "the list has no end")
                return (.unreadable(endless), pages)
            }
        }
    }

    private static let mostPages = 1_000

    private func answered(_ claim: Claim, _ act: PushAct, _ result: HTTPResult, _ secrets: [String]) -> Answer {
        if result.wasRecalled { return claim.withdrawn }
        let outcome = exporter.classify(act, result, claim.outbound, transaction: claim.transaction)
        return claim.answer(.answered(outcome), outcome.evidence(result, secrets))
    }

    func send(_ request: HTTPRequest, outOfTurn: Bool = false) async -> HTTPResult {
        do throws(HTTPTransferError) {
            return .success(try await transfer.send(request, outOfTurn: outOfTurn))
        } catch {
            return .failure(error)
        }
    }
}

extension Claim {
    func answer(_ event: PushEvent, _ evidence: AttemptEvidence) -> Answer {
        Answer(claim: self, event: event, evidence: evidence)
    }

    /// No request went out because the login gave no token.
    func refused(_ outcome: Outcome) -> Answer {
        answer(.loginFailed(outcome), outcome.evidence(.nothingSent, []))
    }

    /// No request went out because its turn did not come.
    var withdrawn: Answer {
        answer(
            .withdrawn,
            AttemptEvidence(.nothingSent, outcome: "NOT_SENT", code: "withdrawn", detail: "", secrets: [])
        )
    }
}

extension HTTPResult {
    /// The request was taken back before its turn: nothing went out.
    fileprivate var wasRecalled: Bool {
        if case .failure(let error) = self { error.wasRecalled } else { false }
    }

    fileprivate static var nothingSent: HTTPResult {
        .failure(HTTPTransferError(curlCode: 0, phase: .beforeSend, message: "nothing was sent"))
    }
}

extension Outcome {
    func evidence(_ result: HTTPResult, _ secrets: [String]) -> AttemptEvidence {
        AttemptEvidence(result, outcome: kind.rawValue, code: code, detail: detail, secrets: secrets)
    }
}

extension ReadBackFinding {
    /// Held as it was sent, or no answer at all: then it is asked again later anyway.
    fileprivate var needsNoSecondLook: Bool {
        switch self {
        case .same: true
        case .unreadable(let outcome): outcome.kind == .retryLater
        default: false
        }
    }

    func evidence(_ result: HTTPResult, _ secrets: [String]) -> AttemptEvidence {
        switch self {
        case .unreadable(let outcome): outcome.evidence(result, secrets)
        case .more: AttemptEvidence(result, outcome: "MORE", code: "more", detail: "", secrets: secrets)
        case .notOffered:
            AttemptEvidence(result, outcome: "NOT_OFFERED", code: "no-read-back", detail: "", secrets: secrets)
        case .same: AttemptEvidence(result, outcome: "SAME", code: "same", detail: "", secrets: secrets)
        case .absent: AttemptEvidence(result, outcome: "ABSENT", code: "absent", detail: "", secrets: secrets)
        case .behind(let revision):
            AttemptEvidence(result, outcome: "BEHIND", code: "behind", detail: "revision \(revision)", secrets: secrets)
        case .ahead(let revision):
            AttemptEvidence(result, outcome: "AHEAD", code: "ahead", detail: "revision \(revision)", secrets: secrets)
        case .different(let digest):
            AttemptEvidence(result, outcome: "DIFFERENT", code: "different", detail: digest, secrets: secrets)
        }
    }
}
