// What the hub answers to a batch or to the question for the mark.
// SPDX-License-Identifier: Apache-2.0
import HTTPTransfer

/// Every documented answer, and none at all.
enum HubReply: Sendable {
    /// 200: committed up to the mark.
    case taken(Mark, duplicates: Int)
    /// 409 gap.
    case gap(Mark)
    /// 202: put aside until its turn.
    case waiting(Mark)
    /// 413: a smaller batch, please.
    case tooLarge
    /// 400 or 401: the bytes were damaged on the way.
    case damaged(String)
    /// 429 and 503, with the seconds to wait.
    case later(Int)
    /// Any answer after which a device stops and asks the operator.
    case stop(String)
    /// No answer: the batch may have been taken or not.
    case lost
    /// Nothing left this machine.
    case unsent

    struct Mark: Sendable, Equatable {
        var hwm: Int
        /// SHA-256 of the message at the mark, hexadecimal; nil at 0.
        var head: String?
    }

    init(_ result: Result<HTTPResponse, HTTPTransferError>) {
        switch result {
        case .failure(let error): self = error.phase == .beforeSend ? .unsent : .lost
        case .success(let response): self.init(response)
        }
    }

    private init(_ response: HTTPResponse) {
        guard let body = try? JSON(response.body) else {
            self = response.status >= 500 ? .later(response.retryAfterSeconds ?? 1) : .stop("HTTP \(response.status)")
            return
        }
        let mark = Mark(hwm: body["hwm"]?.int ?? -1, head: body["head"]?.string)
        let code = body["error"]?.string ?? "HTTP \(response.status)"
        switch (response.status, code) {
        case (200, _) where mark.hwm >= 0: self = .taken(mark, duplicates: body.int("duplicates"))
        case (202, _) where mark.hwm >= 0: self = .waiting(mark)
        case (409, "gap") where mark.hwm >= 0: self = .gap(mark)
        case (413, _): self = .tooLarge
        case (400, _), (401, _): self = .damaged(code)
        case (429, _), (503, _), (500, _), (502, _), (504, _): self = .later(response.retryAfterSeconds ?? 1)
        default: self = .stop("HTTP \(response.status) \(code)")
        }
    }
}
