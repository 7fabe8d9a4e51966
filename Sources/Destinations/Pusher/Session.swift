// What proves our identity to a destination for a while: a token, or a fixed header.
// SPDX-License-Identifier: Apache-2.0

internal import FailPoints
internal import HTTPTransfer

/// A credential in use, and until when.
struct Session: Sendable {
    var credential: Credential?
    /// Values that must not appear in anything kept: secret and token.
    var secrets: [String]
    /// Used until then; `nil` sets no end.
    var expires: ContinuousClock.Instant?
    /// Rises with each login, so that an answer to an old token does not throw a new one away.
    var generation: Int

    func isGood(_ now: ContinuousClock.Instant) -> Bool { expires.map { now < $0 } ?? true }
}

/// How a session begins.
struct Login: Sendable {
    let settings: DestinationSettings
    let exporter: any Exporter
    let push: DocumentPush

    /// Reads the secret and logs in where the destination has a login. Never retries: the caller decides.
    func run(generation: Int) async -> Result<Session, LoginRefusal> {
        do throws(DestinationsError) {
            switch settings.authentication {
            case .none:
                return .success(Session(credential: nil, secrets: [], expires: nil, generation: generation))
            case .header(let name, let format, let file):
                let secret = try SecretFile.read(file)
                let value = Self.fill(format, secret)
                return .success(
                    Session(
                        credential: Credential(header: name, value: value),
                        secrets: [secret],
                        expires: nil,
                        generation: generation
                    )
                )
            case .clientCredentials(_, _, let file):
                return await token(try SecretFile.read(file), generation)
            }
        } catch {
            return .failure(LoginRefusal(outcome: Outcome(.auth, code: "secret", detail: error.message)))
        }
    }

    private func token(_ secret: String, _ generation: Int) async -> Result<Session, LoginRefusal> {
        guard let request = exporter.login(secret: secret) else {
            return .failure(LoginRefusal(outcome: Outcome(.auth, code: "no-login", detail: "the dialect has no login")))
        }
        FailPoint.hit("push.login-before")
        let result = await push.send(request, outOfTurn: true)
        FailPoint.hit("push.login-answered")
        switch exporter.granted(result) {
        case .refused(let outcome): return .failure(LoginRefusal(outcome: outcome))
        case .granted(let token, let seconds):
            // A tenth before its end, so that it does not expire on the way.
            return .success(
                Session(
                    credential: Credential(header: "Authorization", value: "Bearer \(token)"),
                    secrets: [secret, token],
                    expires: .now + .milliseconds(seconds * 900),
                    generation: generation
                )
            )
        }
    }

    static func fill(_ format: String, _ secret: String) -> String {
        guard let place = format.range(of: "{secret}") else { return format }
        return format.replacingCharacters(in: place, with: secret)
    }
}

/// Why there is no session.
struct LoginRefusal: Error, Sendable {
    var outcome: Outcome
}

extension String {
    fileprivate func range(of marker: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(marker) { return start..<index(start, offsetBy: marker.count) }
            start = index(after: start)
        }
        return nil
    }

    fileprivate func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
        String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
    }
}
