// Gives tokens for client credentials and judges the ones that come back.
// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation

/// JWT with HS256 under a key of this run: after a restart every token is refused, as a client must expect.
struct TokenOffice: Sendable {
    enum Verdict: Sendable, Equatable {
        case good(kodepemda: String?)
        case missing, expired, invalid
    }

    let clientID: String
    let clientSecret: String
    let staticBearer: String?
    let seconds: Int
    let kodepemda: String?
    private let key = SymmetricKey(size: .bits256)

    init(clientID: String, clientSecret: String, staticBearer: String?, seconds: Int, kodepemda: String?) {
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.staticBearer = staticBearer
        self.seconds = seconds
        self.kodepemda = kodepemda
    }

    /// The token for a form of `grant_type`, `client_id`, `client_secret`; `nil` when it is refused.
    func token(form: [String: String], now: Date) -> String? {
        guard form["grant_type"] == "client_credentials", form["client_id"] == clientID,
            form["client_secret"] == clientSecret
        else { return nil }
        let claims: [String: Node] = [
            "iss": .string("sipd-standin"), "sub": .string(clientID),
            "exp": .integer(Int(now.timeIntervalSince1970) + seconds),
            "tahun": .integer(Calendar(identifier: .gregorian).component(.year, from: now)),
            "kodepemda": .string(kodepemda ?? "*"), "scope": .string("rekap"),
        ]
        let head = Self.base64URL(Data("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".utf8))
        let text = head + "." + Self.base64URL(Node.object(claims).bytes)
        return text + "." + Self.base64URL(Data(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key)))
    }

    func judge(_ authorization: String?, now: Date) -> Verdict {
        guard let authorization, authorization.hasPrefix("Bearer ") else { return .missing }
        let token = String(authorization.dropFirst(7))
        if let staticBearer, token == staticBearer { return .good(kodepemda: kodepemda) }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let signature = Self.bytes(base64URL: parts[2]),
            HMAC<SHA256>.isValidAuthenticationCode(
                signature,
                authenticating: Data("\(parts[0]).\(parts[1])".utf8),
                using: key
            ), let claims = Self.bytes(base64URL: parts[1]).flatMap(Node.read), let expiry = claims["exp"]?.integer
        else { return .invalid }
        return Double(expiry) > now.timeIntervalSince1970 ? .good(kodepemda: kodepemda) : .expired
    }

    private static func base64URL(_ data: Data) -> String {
        data.base64EncodedString().replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }

    private static func bytes(base64URL text: String) -> Data? {
        let plain = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        return Data(base64Encoded: plain + String(repeating: "=", count: (4 - plain.count % 4) % 4))
    }
}
