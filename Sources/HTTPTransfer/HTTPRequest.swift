// One HTTP request as a plain value: where, what, how long, and how the peer is verified.
// SPDX-License-Identifier: Apache-2.0

/// A request for ``HTTPTransfer/send(_:)``. Nothing in it is read after `send` has returned.
package struct HTTPRequest: Sendable {
    /// The method, sent as written: `GET`, `PUT`, `POST`, `DELETE`, `HEAD`.
    package var method: String
    /// Absolute URL. `https` only, unless ``allowHTTP`` is set or a Unix socket is used. No user name, no secret.
    package var url: String
    /// Header lines in the order they are sent. A line break in a name or value is refused before anything is sent.
    package var headers: [(name: String, value: String)]
    /// The body; `nil` sends none. `PUT` and `POST` without a body send `Content-Length: 0`.
    package var body: [UInt8]?
    package var timeouts: HTTPTimeouts
    package var tls: HTTPTLS
    /// Path of a Unix socket to connect to instead of the URL's host; plain HTTP is then allowed.
    package var unixSocketPath: String?
    /// Proxy URL. `nil` means none: the proxy variables of the environment are never followed.
    package var proxy: String?
    /// Cap of the reply's body in bytes after decompression; one byte more ends the transfer with curl code 23.
    package var maxResponseBytes: Int
    /// Whether `http://` is allowed. Redirects are never followed, whatever this says.
    package var allowHTTP: Bool
    /// Uses a connection that carried nothing before and carries nothing after: for an answer that proves something, which no bytes left
    /// over from another request may stand in for.
    package var usesOwnConnection = false
    /// Receives the body piece by piece as it arrives; the response's own body then stays empty.
    /// Called on the transfer thread: hand the bytes over and return at once.
    package var onBody: (@Sendable ([UInt8]) -> Void)?

    package init(
        method: String = "GET",
        url: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil,
        timeouts: HTTPTimeouts = HTTPTimeouts(),
        tls: HTTPTLS = HTTPTLS(),
        unixSocketPath: String? = nil,
        proxy: String? = nil,
        maxResponseBytes: Int = 4 << 20,
        allowHTTP: Bool = false,
        onBody: (@Sendable ([UInt8]) -> Void)? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeouts = timeouts
        self.tls = tls
        self.unixSocketPath = unixSocketPath
        self.proxy = proxy
        self.maxResponseBytes = maxResponseBytes
        self.allowHTTP = allowHTTP
        self.onBody = onBody
    }
}

/// The time limits of one request.
package struct HTTPTimeouts: Sendable, Hashable {
    /// Name resolution, TCP and TLS together.
    package var connect: Duration
    /// The whole transfer, from the moment the transfer thread takes it.
    package var total: Duration
    /// A transfer slower than this many bytes a second …
    package var lowSpeedBytesPerSecond: Int
    /// … for this long ends with curl code 28.
    package var lowSpeed: Duration

    package init(
        connect: Duration = .seconds(10),
        total: Duration = .seconds(180),
        lowSpeedBytesPerSecond: Int = 10,
        lowSpeed: Duration = .seconds(60)
    ) {
        self.connect = connect
        self.total = total
        self.lowSpeedBytesPerSecond = lowSpeedBytesPerSecond
        self.lowSpeed = lowSpeed
    }
}

/// How the peer proves who it is, and how we do.
package struct HTTPTLS: Sendable, Hashable {
    /// A client certificate for mutual TLS, as PEM files.
    package struct ClientCertificate: Sendable, Hashable {
        package var certificateFile: String
        package var keyFile: String
        /// Passphrase of the key; empty for none.
        package var passphrase: String

        package init(certificateFile: String, keyFile: String, passphrase: String = "") {
            self.certificateFile = certificateFile
            self.keyFile = keyFile
            self.passphrase = passphrase
        }
    }

    package enum MinimumVersion: Sendable, Hashable { case tls12, tls13 }

    /// PEM file with the authorities to trust; `nil` uses the system's.
    package var caFile: String?
    package var clientCertificate: ClientCertificate?
    /// Public key pin, `sha256//…;sha256//…` with a backup pin; a mismatch is curl code 90, before any byte is sent.
    package var pin: String?
    package var minimumVersion: MinimumVersion

    package init(
        caFile: String? = nil,
        clientCertificate: ClientCertificate? = nil,
        pin: String? = nil,
        minimumVersion: MinimumVersion = .tls12
    ) {
        self.caFile = caFile
        self.clientCertificate = clientCertificate
        self.pin = pin
        self.minimumVersion = minimumVersion
    }
}
