// What a person does about a stop: one sentence for every state and reason, none without.
// SPDX-License-Identifier: Apache-2.0

/// Words for `posyanductl push status` and `push show`. Total: a code nobody thought of gets the advice of its state.
package enum Remedy {
    /// For a document that a person has to look at; `nil` when it goes its way by itself.
    package static func words(document id: Int64, row: PushRow) -> String? {
        if !row.state.isStopped, !row.state.isFinal, row.isFailing { return failing(id, row) }
        return words(document: id, state: row.state, reason: row.reason)
    }

    /// For a document that is tried again by itself, so far in vain.
    private static func failing(_ id: Int64, _ row: PushRow) -> String {
        let again = "It is tried again by itself, ever less often; posyanductl push show \(id) has the words."
        return switch row.reason {
        case "html":
            "A page came instead of an answer, \(row.failures) failures in a row: something in front of the destination (proxy, "
                + "maintenance, a wanted client certificate) speaks for it. \(again)"
        default:
            "The destination failed \(row.failures) times in a row (\(row.reason ?? "no reason")). \(again) Ask its operators if it stays so."
        }
    }

    /// The part that state and reason alone decide.
    static func words(document id: Int64, state: DocumentState, reason: String?) -> String? {
        let show = "posyanductl push show \(id)"
        let retry = "posyanductl push retry \(id)"
        switch state {
        case .planned, .sending, .pending, .verifying, .uncertain, .acknowledged, .superseded: return nil
        case .windowClosed:
            return "The window is closed. Ask for an extension, then \(retry); or hand the figures in otherwise, then "
                + "posyanductl push ack-by-hand \(id) --proof PROOF."
        case .stale:
            return "The destination holds a higher revision. Freeze the period anew: the next plan goes above it."
        case .partial:
            return
                "Some rows were refused: \(show) names them. Correct the mapping or the data; the next revision is sent by itself."
        case .held: return held(id, reason)
        case .rejected:
            switch reason {
            case "masalah/revisi-bentrok":
                return
                    "The destination holds other bytes under this revision. Find out who wrote them; a new revision replaces them."
            case "http-413", "masalah/terlalu-besar":
                return
                    "Too large for the destination: lower max_rows in its file and plan anew, or have its limit raised, then \(retry)."
            case "http-404", "http-405", "http-410":
                return "The path is not there: check base_url in the destination's file, then \(retry)."
            default:
                return
                    "The content was refused: \(show) has the destination's words. Correct the mapping or the data; the next "
                    + "revision is sent by itself. If the fault was theirs: \(retry)."
            }
        }
    }

    private static func held(_ id: Int64, _ reason: String?) -> String {
        let proof = "posyanductl push ack-by-hand \(id) --proof PROOF"
        return switch reason {
        case "announced-not-stored":
            "The destination said it took this and does not show it. Ask its operators, then posyanductl push retry \(id)."
        case "stale-not-shown":
            "The destination refuses this as outdated (409 or 412) and shows nothing newer. Ask its operators what it holds under "
                + "this period, then posyanductl push retry \(id)."
        case "no-read-back":
            "The destination took it and cannot show it. Ask its operators whether they have it, then \(proof)."
        case PushRow.byHand:
            "A person carries it: posyanductl push export --document \(id) --out FILE, hand it in, then \(proof)."
        default: "A person holds it: posyanductl push release \(id)."
        }
    }

    /// For a destination that failed so often that its breaker is open.
    package static func words(destination name: String, failures: Int) -> String {
        "It failed \(failures) times in a row and is tried again by itself, ever less often. posyanductl push list tells why of each "
            + "document; posyanductl destination resume \(name) tries it now."
    }

    /// For a destination that is paused with the code of an outcome or a person's words.
    package static func words(destination name: String, paused code: String) -> String {
        let resume = "posyanductl destination resume \(name)"
        // A code is one word; what a person gives as a reason ends with who it was.
        if code.hasSuffix(")"), code.contains(" (") { return "A person paused it. When the reason is gone: \(resume)." }
        if code.hasPrefix("login-4") || ["http-401", "http-403", "gateway-auth"].contains(code) {
            return
                "Our proof of identity is refused. Renew the secret with the destination's operators, then \(resume)."
        }
        if code == "secret" {
            return
                "Our secret cannot be read: secret_file in the destination's file names a credential of the unit "
                + "(LoadCredentialEncrypted=) or a file that only the daemon reads. Correct it, restart, then \(resume)."
        }
        if code == "html-400" {
            return
                "A page came instead of an answer: something in front of the destination refuses our requests. posyanductl push show "
                + "has its words. If the destination wants a client certificate, check client_cert and client_key in the tls section "
                + "of its file, else base_url; then \(resume)."
        }
        if let curl = Int(code.trimmingPrefix("curl-")), code.hasPrefix("curl-") {
            switch curl {
            case 51, 60, 83, 90, 91:
                return
                    "The destination's certificate is not the one we trust. Ask its operators by another way whether it changed, "
                    + "correct ca_file or pin, then \(resume)."
            case 53, 54, 58, 59, 64, 66, 77, 80, 82:
                return
                    "A certificate, key or CA file of ours cannot be used. Correct the tls section of its file, then \(resume)."
            case 3, 4, 5, 43, 48:
                return "The destination's file is wrong (URL, proxy or option). Correct it, then \(resume)."
            default:
                return
                    "The answer was no answer of HTTP. Ask the destination's operators what stands there, then \(resume)."
            }
        }
        if code.hasPrefix("http-3") {
            return
                "The destination sends us elsewhere, and we never follow. If it moved, correct base_url, then \(resume)."
        }
        return
            "The destination answers as its contract does not say (\(code)). Read its reply with posyanductl push show, ask its "
            + "operators or correct its file, then \(resume)."
    }
}
