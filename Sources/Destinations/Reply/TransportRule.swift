// What a transfer without a complete answer means, by libcurl's code and by whether bytes had left.
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTransfer

/// Transport errors come before body and status: whatever had arrived of them says nothing.
enum TransportRule {
    /// Certificate, pin, CA file, client key: the peer is not who we were told, or our own settings are wrong.
    private static let trust: Set<Int> = [51, 53, 54, 58, 59, 60, 64, 66, 77, 80, 82, 83, 90, 91]
    /// Our own request or settings: unsupported scheme, bad URL, bad option, bad argument.
    private static let configuration: Set<Int> = [1, 3, 4, 5, 43, 48]
    /// An answer that cannot be an answer: not HTTP, over our cap, unknown encoding.
    private static let notAnAnswer: Set<Int> = [8, 23, 61, 100]

    /// `readsOnly`: the request changes nothing at the peer, so its outcome cannot be unknown.
    static func classify(_ error: HTTPTransferError, readsOnly: Bool) -> Outcome {
        let isUnknown = error.phase == .bytesSent && !readsOnly
        let code = "curl-\(error.curlCode)"
        let detail = Scrub.words(error.message)
        if trust.contains(error.curlCode) || configuration.contains(error.curlCode)
            || notAnAnswer.contains(error.curlCode)
        {
            return Outcome(.contractDrift, code: code, detail: detail, isUnknown: isUnknown)
        }
        return Outcome(.retryLater, code: code, detail: detail, isUnknown: isUnknown)
    }
}

extension HTTPResult? {
    /// What a read-back without an answer means; it changes nothing at the peer.
    var unanswered: Outcome {
        guard case .failure(let error) = self else { return Outcome(.retryLater, code: "no-answer") }
        return TransportRule.classify(error, readsOnly: true)
    }
}
