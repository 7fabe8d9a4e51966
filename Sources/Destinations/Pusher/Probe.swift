// Asks a destination about a planned document without storing anything on either side: a dry run there, and a read-back.
// SPDX-License-Identifier: Apache-2.0

package import HTTPTransfer

/// The questions of ``DryRun`` that need the network. Nothing is written to the outbox; no PUT is made.
package struct Probe: Sendable {
    /// What was asked, and what came of it.
    package struct Answer: Sendable {
        package var act: PushAct
        package var kind: DocumentKind?
        /// Class of the answer, or the finding of a read-back: `SAME`, `ABSENT`, `BEHIND`, …
        package var evidence: AttemptEvidence
        package var errors: [Outcome.RowError] = []
    }

    private let settings: DestinationSettings
    private let exporter: any Exporter
    private let transfer: HTTPTransfer

    package init(settings: DestinationSettings, exporter: any Exporter, transfer: HTTPTransfer) {
        self.settings = settings
        self.exporter = exporter
        self.transfer = transfer
    }

    /// Logs in once, then asks about each document. A refused login is the only answer then.
    package func ask(_ documents: [OutboundDocument]) async -> [Answer] {
        guard !exporter.isByHand else { return [] }
        let push = DocumentPush(settings: settings, exporter: exporter, transfer: transfer)
        let session: Session
        switch await Login(settings: settings, exporter: exporter, push: push).run(generation: 0) {
        case .success(let granted): session = granted
        case .failure(let refusal):
            let unsent = HTTPResult.failure(.init(curlCode: 0, phase: .beforeSend, message: "no answer to keep"))
            return [Answer(act: .login, evidence: refusal.outcome.evidence(unsent, []))]
        }
        var answers: [Answer] = []
        for document in documents {
            if let check = exporter.check(document, session.credential) {
                let result = await push.send(check)
                let outcome = exporter.classify(.check, result, document, transaction: nil)
                let evidence = outcome.evidence(result, session.secrets)
                answers.append(Answer(act: .check, kind: document.kind, evidence: evidence, errors: outcome.errors))
            }
            if exporter.canReadBack {
                let (finding, pages) = await push.readBack(document, session.credential)
                guard let last = pages.last else { continue }
                let evidence = finding.evidence(last, session.secrets)
                answers.append(Answer(act: .readBack, kind: document.kind, evidence: evidence))
            }
        }
        return answers
    }
}
