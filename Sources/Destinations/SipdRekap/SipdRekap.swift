// The exporter `sipd-rekap/1`: one PUT per natural key and revision, a transaction to poll, a read-back to believe.
// SPDX-License-Identifier: Apache-2.0

package import HTTPTransfer
internal import PluginKit

/// Speaks the contract of `docs/sipd-rekap.openapi.yaml` (`docs/interop.md` §8).
package struct SipdRekap: Exporter {
    package static let kind = "sipd-rekap"
    static let schema = "posyandu6spm.rekap/1"

    package let settings: DestinationSettings

    package init(settings: DestinationSettings) {
        self.settings = settings
    }

    /// The answer has the digest of the bytes, and they name the key and the revision.
    package var readBackIsBound: Bool { true }

    // MARK: Requests

    package func login(secret: String) -> HTTPRequest? {
        guard case .clientCredentials(let path, let clientID, _) = settings.authentication else { return nil }
        let form =
            "grant_type=client_credentials&client_id=\(PathText.encoded(clientID))&client_secret=\(PathText.encoded(secret))"
        return settings.request(
            "POST",
            path,
            headers: [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")],
            body: Array(form.utf8)
        )
    }

    package func request(_ document: OutboundDocument, _ credential: Credential?) -> HTTPRequest {
        settings.request(
            "PUT",
            Self.path(document.key),
            headers: headers(credential) + [
                ("Content-Type", "application/json"),
                ("Idempotency-Key", "\"\(document.idempotencyKey)\""),
                ("Content-Digest", document.contentDigest),
            ],
            body: document.bytes
        )
    }

    package func poll(
        _ transaction: String,
        _ document: OutboundDocument,
        _ credential: Credential?
    ) -> HTTPRequest {
        settings.request("GET", "/v1/transaksi/\(transaction)", headers: headers(credential))
    }

    package func readBack(_ document: OutboundDocument, page: Int, _ credential: Credential?) -> HTTPRequest {
        settings.request("GET", Self.path(document.key), headers: headers(credential))
    }

    private func headers(_ credential: Credential?) -> [(name: String, value: String)] {
        let accept = (name: "Accept", value: "application/json, application/problem+json")
        guard let credential else { return [accept] }
        return [(credential.header, credential.value), accept]
    }

    static func path(_ key: NaturalKey) -> String { "/v1/rekap/\(key.kodepemda)/\(key.period)/\(key.kind)" }

    // MARK: Login

    package func granted(_ result: HTTPResult) -> LoginResult {
        switch result {
        case .failure(let error):
            return .refused(TransportRule.classify(error, readsOnly: true))
        case .success(let response):
            guard response.status == 200, let reply = Reply.object(response),
                let token = reply["access_token"]?.string, !token.isEmpty, token.utf8.count <= 8192,
                token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
                reply["token_type"]?.string?.lowercased() == "bearer",
                let seconds = reply["expires_in"]?.integer, seconds > 0
            else { return .refused(refusedLogin(response)) }
            return .granted(token: token, seconds: min(seconds, 7 * 86_400))
        }
    }

    /// A login is never repeated on a refusal: 4xx of the token endpoint is AUTH, whatever it says. A page with 400 is none of its.
    private func refusedLogin(_ response: HTTPResponse) -> Outcome {
        let outcome = StatusRule.classify(response, readsOnly: true)
        switch response.status {
        case 400 where outcome.kind == .contractDrift: return outcome
        case 400, 401, 403: return Outcome(.auth, code: "login-\(response.status)", detail: outcome.detail)
        case 200..<300 where outcome.kind == .contractDrift:
            return Outcome(.contractDrift, code: "login-reply", detail: "the token reply has another shape")
        default: return outcome
        }
    }
}
