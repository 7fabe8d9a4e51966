// One transfer while libcurl works on it: the easy handle, the bytes that must outlive it, and what has arrived.
// SPDX-License-Identifier: Apache-2.0

internal import CCurl
internal import CLibCurl

/// Owned and touched by the transfer thread alone, from `prepare` until it is finished.
final class ActiveTransfer {
    /// All header lines of an answer together; libcurl's own limit is higher.
    static let maxHeaderBytes = 64 << 10

    let id: UInt64
    let request: HTTPRequest
    let easy: CurlCalls.Easy
    private var headerList: CurlCalls.List?
    private var bodyBytes: UnsafeMutableBufferPointer<UInt8>?
    private let errorBuffer: UnsafeMutablePointer<CChar>

    private var headerBytes = 0
    private var headers: [(name: String, value: String)] = []
    private var body: [UInt8] = []
    private var bodyCount = 0
    /// Set when this side ended the transfer: what libcurl then reports as code 23.
    private var refusal: String?
    private let sockets: SocketLedger
    /// The kept connection had ended or held bytes that nobody had asked for: nothing was sent, and the request is due on a
    /// new one.
    private(set) var wasUnfit = false
    /// Requests that libcurl was about to write for this transfer.
    private var requests = 0
    /// libcurl wanted to send again what the peer may have acted on, after a kept connection had ended without an answer.
    private var endedUnanswered = false

    /// Throws `beforeSend`: nothing was sent when a handle cannot be made or an option is refused.
    /// `isFresh` uses no kept connection. `sockets` outlives every handle.
    init(id: UInt64, request: HTTPRequest, sockets: SocketLedger, isFresh: Bool = false) throws(HTTPTransferError) {
        guard let easy = CurlCalls.makeEasy() else {
            throw HTTPTransferError(curlCode: 2, phase: .beforeSend, message: "no handle could be made")
        }
        self.id = id
        self.request = request
        self.easy = easy
        self.sockets = sockets
        errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        try prepare()
        try prepareSockets(isFresh: isFresh)
    }

    deinit {
        CurlCalls.cleanUp(easy: easy)
        CurlCalls.free(headerList)
        bodyBytes?.deallocate()
        errorBuffer.deallocate()
    }

    // MARK: Options

    private func prepare() throws(HTTPTransferError) {
        try check(CurlCalls.set(easy, CURLOPT_ERRORBUFFER, pointer: errorBuffer))
        try check(CurlCalls.set(easy, CURLOPT_NOSIGNAL, 1))
        try check(CurlCalls.set(easy, CURLOPT_QUICK_EXIT, 1))
        try check(CurlCalls.set(easy, CURLOPT_URL, request.url))
        try prepareLimits()
        try prepareIdentity()
        try prepareMessage()
        try prepareSinks()
    }

    private func prepareLimits() throws(HTTPTransferError) {
        let times = request.timeouts
        try check(CurlCalls.set(easy, CURLOPT_CONNECTTIMEOUT_MS, times.connect.wholeMilliseconds))
        try check(CurlCalls.set(easy, CURLOPT_TIMEOUT_MS, times.total.wholeMilliseconds))
        try check(CurlCalls.set(easy, CURLOPT_LOW_SPEED_LIMIT, times.lowSpeedBytesPerSecond))
        try check(CurlCalls.set(easy, CURLOPT_LOW_SPEED_TIME, max(1, times.lowSpeed.wholeMilliseconds / 1000)))
        try check(CurlCalls.set(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)))
        try check(CurlCalls.set(easy, CURLOPT_MAXAGE_CONN, 60))
        try check(CurlCalls.set(easy, CURLOPT_MAXLIFETIME_CONN, 600))
        try check(CurlCalls.set(easy, CURLOPT_TCP_KEEPALIVE, 1))
        try check(CurlCalls.set(easy, CURLOPT_FOLLOWLOCATION, 0))
        let plain = request.allowHTTP || request.unixSocketPath != nil
        try check(CurlCalls.set(easy, CURLOPT_PROTOCOLS_STR, plain ? "http,https" : "https"))
        try check(CurlCalls.set(easy, CURLOPT_REDIR_PROTOCOLS_STR, "https"))
        try check(CurlCalls.set(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1))
        try check(CurlCalls.set(easy, CURLOPT_NETRC, 0))
        try check(CurlCalls.set(easy, CURLOPT_PROXY, request.proxy ?? ""))
        if let path = request.unixSocketPath {
            try check(CurlCalls.set(easy, CURLOPT_UNIX_SOCKET_PATH, path))
        }
    }

    private func prepareIdentity() throws(HTTPTransferError) {
        let tls = request.tls
        let minimum = tls.minimumVersion == .tls13 ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2
        try check(CurlCalls.set(easy, CURLOPT_SSLVERSION, Int(minimum)))
        try check(CurlCalls.set(easy, CURLOPT_SSL_VERIFYPEER, 1))
        try check(CurlCalls.set(easy, CURLOPT_SSL_VERIFYHOST, 2))
        try check(CurlCalls.set(easy, CURLOPT_CA_CACHE_TIMEOUT, 600))
        if let file = tls.caFile { try check(CurlCalls.set(easy, CURLOPT_CAINFO, file)) }
        if let pin = tls.pin { try check(CurlCalls.set(easy, CURLOPT_PINNEDPUBLICKEY, pin)) }
        if let certificate = tls.clientCertificate {
            try check(CurlCalls.set(easy, CURLOPT_SSLCERT, certificate.certificateFile))
            try check(CurlCalls.set(easy, CURLOPT_SSLKEY, certificate.keyFile))
            if !certificate.passphrase.isEmpty {
                try check(CurlCalls.set(easy, CURLOPT_KEYPASSWD, certificate.passphrase))
            }
        }
    }

    private func prepareMessage() throws(HTTPTransferError) {
        try refuseControlCharacters(request.url, "URL")
        try refuseControlCharacters(request.method, "method")
        if let body = request.body ?? (request.method == "PUT" || request.method == "POST" ? [] : nil) {
            let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, body.count))
            _ = buffer.initialize(from: body)
            bodyBytes = buffer  // POSTFIELDS is not copied: the bytes live as long as the handle
            try check(CurlCalls.set(easy, CURLOPT_POST, 1))
            try check(CurlCalls.set(easy, CURLOPT_POSTFIELDSIZE_LARGE, offset: body.count))
            try check(CurlCalls.set(easy, CURLOPT_POSTFIELDS, pointer: UnsafeMutableRawPointer(buffer.baseAddress)))
        } else if request.method == "HEAD" {
            try check(CurlCalls.set(easy, CURLOPT_NOBODY, 1))
        } else {
            try check(CurlCalls.set(easy, CURLOPT_HTTPGET, 1))
        }
        if request.method != "HEAD" {
            try check(CurlCalls.set(easy, CURLOPT_CUSTOMREQUEST, request.method))
        }
        try check(CurlCalls.set(easy, CURLOPT_ACCEPT_ENCODING, ""))
        for header in request.headers {
            try refuseControlCharacters(header.name, "header name")
            try refuseControlCharacters(header.value, "header value")
            try appendHeader(header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
        }
        try appendHeader("Expect:")
        if bodyBytes != nil, !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            try appendHeader("Content-Type:")
        }
        try check(CurlCalls.set(easy, CURLOPT_HTTPHEADER, list: headerList))
    }

    private func prepareSinks() throws(HTTPTransferError) {
        let me = Unmanaged.passUnretained(self).toOpaque()
        try check(CurlCalls.set(easy, CURLOPT_WRITEDATA, pointer: me))
        try check(CurlCalls.set(easy, CURLOPT_HEADERDATA, pointer: me))
        try check(
            CurlCalls.set(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
                guard let bytes, let context else { return 0 }
                let transfer = Unmanaged<ActiveTransfer>.fromOpaque(context).takeUnretainedValue()
                return transfer.take(UnsafeRawBufferPointer(start: bytes, count: size * count))
            }
        )
        try check(
            CurlCalls.set(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
                guard let bytes, let context else { return 0 }
                let transfer = Unmanaged<ActiveTransfer>.fromOpaque(context).takeUnretainedValue()
                return transfer.takeHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
            }
        )
    }

    private func prepareSockets(isFresh: Bool) throws(HTTPTransferError) {
        let ledger = Unmanaged.passUnretained(sockets).toOpaque()
        try check(CurlCalls.set(easy, CURLOPT_FRESH_CONNECT, isFresh || request.usesOwnConnection ? 1 : 0))
        try check(CurlCalls.set(easy, CURLOPT_FORBID_REUSE, request.usesOwnConnection ? 1 : 0))
        try check(CurlCalls.set(easy, CURLOPT_OPENSOCKETDATA, pointer: ledger))
        try check(CurlCalls.set(easy, CURLOPT_CLOSESOCKETDATA, pointer: ledger))
        try check(CurlCalls.set(easy, CURLOPT_PREREQDATA, pointer: Unmanaged.passUnretained(self).toOpaque()))
        try check(
            CurlCalls.set(
                easy,
                opener: { context, _, address in
                    guard let context, let address else { return -1 }
                    let ledger = Unmanaged<SocketLedger>.fromOpaque(context).takeUnretainedValue()
                    return ledger.open(address.pointee.family, address.pointee.socktype, address.pointee.protocol)
                }
            )
        )
        try check(
            CurlCalls.set(
                easy,
                closer: { context, descriptor in
                    guard let context else { return -1 }
                    return Unmanaged<SocketLedger>.fromOpaque(context).takeUnretainedValue().close(descriptor)
                }
            )
        )
        try check(
            CurlCalls.set(
                easy,
                beforeRequest: { context, _, _, _, localPort in
                    guard let context else { return Int32(CURL_PREREQFUNC_OK) }
                    let transfer = Unmanaged<ActiveTransfer>.fromOpaque(context).takeUnretainedValue()
                    transfer.requests += 1
                    if transfer.requests > 1, !["GET", "HEAD"].contains(transfer.request.method) {
                        transfer.endedUnanswered = true
                        return Int32(CURL_PREREQFUNC_ABORT)
                    }
                    if transfer.sockets.mayCarryRequest(localPort: localPort) { return Int32(CURL_PREREQFUNC_OK) }
                    transfer.wasUnfit = true
                    return Int32(CURL_PREREQFUNC_ABORT)
                }
            )
        )
    }

    private func appendHeader(_ line: String) throws(HTTPTransferError) {
        guard let longer = CurlCalls.append(line, to: headerList) else { throw refused(CURLE_OUT_OF_MEMORY) }
        headerList = longer
    }

    private func refuseControlCharacters(_ text: String, _ what: String) throws(HTTPTransferError) {
        if text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            throw HTTPTransferError(curlCode: 43, phase: .beforeSend, message: "control character in \(what)")
        }
    }

    private func check(_ code: CURLcode) throws(HTTPTransferError) {
        if code != CURLE_OK { throw refused(code) }
    }

    private func refused(_ code: CURLcode) -> HTTPTransferError {
        HTTPTransferError(curlCode: Int(code.rawValue), phase: .beforeSend, message: CurlCalls.words(for: code))
    }

    // MARK: What arrives

    private func take(_ bytes: UnsafeRawBufferPointer) -> Int {
        bodyCount += bytes.count
        guard bodyCount <= request.maxResponseBytes else {
            refusal = "the answer is larger than \(request.maxResponseBytes) bytes"
            return 0
        }
        if let onBody = request.onBody {
            onBody([UInt8](bytes))
        } else {
            body.append(contentsOf: bytes)
        }
        return bytes.count
    }

    private func takeHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
        headerBytes += bytes.count
        guard headerBytes <= Self.maxHeaderBytes else {
            refusal = "the answer's header is larger than \(Self.maxHeaderBytes) bytes"
            return 0
        }
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            headers.removeAll()  // an interim answer (100, 103) came before this one
        } else if let colon = line.firstIndex(of: ":") {
            headers.append((String(line[..<colon]), trimmed(line[line.index(after: colon)...])))
        }
        return bytes.count
    }

    private func trimmed(_ text: Substring) -> String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\n" || $0 == "\r\n" }
        guard let first = text.firstIndex(where: { !isBlank($0) }), let last = text.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(text[first...last])
    }

    // MARK: The end

    /// The result once libcurl has reported `code` for this handle.
    func result(_ code: CURLcode) -> Result<HTTPResponse, HTTPTransferError> {
        guard !endedUnanswered else {
            return .failure(
                HTTPTransferError(curlCode: 52, phase: .bytesSent, message: "the connection ended without an answer")
            )
        }
        guard code == CURLE_OK else {
            return .failure(failure(Int(code.rawValue), refusal ?? errorText() ?? CurlCalls.words(for: code)))
        }
        guard let status = CurlCalls.long(easy, CURLINFO_RESPONSE_CODE), status > 0 else {
            return .failure(failure(27, "the status could not be read"))
        }
        let retryAfter = CurlCalls.offset(easy, CURLINFO_RETRY_AFTER)
        return .success(
            HTTPResponse(
                status: status,
                headers: headers,
                body: body,
                retryAfterSeconds: retryAfter.flatMap { $0 > 0 ? $0 : nil }
            )
        )
    }

    /// An end that this side decided: `code` 42 for a cancellation, 2 when the engine itself failed.
    func failure(_ code: Int, _ message: String) -> HTTPTransferError {
        let status = CurlCalls.long(easy, CURLINFO_RESPONSE_CODE).flatMap { $0 > 0 ? $0 : nil }
        let sent = CurlCalls.long(easy, CURLINFO_REQUEST_SIZE)  // unreadable counts as sent: the cautious side
        return HTTPTransferError(
            curlCode: code,
            phase: sent == 0 ? .beforeSend : .bytesSent,
            message: message,
            status: status
        )
    }

    private func errorText() -> String? {
        errorBuffer[0] == 0 ? nil : String(cString: errorBuffer)
    }
}

extension Duration {
    /// Whole milliseconds, at least 1, because libcurl reads 0 as "no limit".
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        let milliseconds = seconds.multipliedReportingOverflow(by: 1000)
        guard !milliseconds.overflow, milliseconds.partialValue < Int64(Int32.max) else { return Int(Int32.max) }
        return max(1, Int(milliseconds.partialValue) + Int(attoseconds / 1_000_000_000_000_000))
    }
}
