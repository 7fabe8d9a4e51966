// One destination as configuration gives it: where it is, how we prove who we are, and its limits.
// SPDX-License-Identifier: Apache-2.0

package import HTTPTransfer
package import PluginKit

/// A destination of summaries. Everything an endpoint may differ in is here; nothing of it is code.
package struct DestinationSettings: Sendable {
    /// How the destination knows us. Secrets are named by file and read when they are needed, never kept in settings.
    package enum Authentication: Sendable, Hashable {
        /// OAuth2 client credentials: a login call gives a token that is used until shortly before it expires.
        case clientCredentials(tokenPath: String, clientID: String, secretFile: String)
        /// A fixed secret in a header; `format` holds `{secret}`, as in `Bearer {secret}`.
        case header(name: String, format: String, secretFile: String)
        case none
    }

    /// Unique name, as in `posyanductl push status`.
    package var name: String
    /// Which exporter speaks to it: `sipd-rekap`.
    package var kind: String
    /// Scheme, host and port, and a path prefix if there is one; no slash at the end.
    package var baseURL: String
    package var authentication: Authentication
    /// `pengirim.opd` of a document: the office that answers for the figures.
    package var sendingOffice: String
    /// `pengirim.versi`: version of this program.
    package var systemVersion: String
    /// In force where ``mappings`` is empty.
    package var mapping: ExporterMapping
    /// Versions of the mapping by date; not two on one day.
    package var mappings: [DatedMapping] = []
    /// Document kinds that are sent, in no order.
    package var kinds: Set<DocumentKind>
    /// Counts from 1 to this number less one are left out; 0 leaves out none.
    package var suppressBelow: Int
    /// Indicators that add up to another, beyond those that their names and numbers tell (``Families``).
    package var addsUp: [AddsUp] = []
    package var tls: HTTPTLS
    package var timeouts: HTTPTimeouts
    package var proxy: String?
    /// Whether `http://` is allowed; for a stand-in on the same machine only.
    package var allowHTTP: Bool
    package var maxResponseBytes: Int
    package var limits: PushLimits
    package var dialect: DialectSettings

    package init(
        name: String,
        kind: String = "sipd-rekap",
        baseURL: String,
        authentication: Authentication,
        sendingOffice: String,
        systemVersion: String,
        mapping: ExporterMapping,
        kinds: Set<DocumentKind> = Set(DocumentKind.all),
        suppressBelow: Int = 0,
        tls: HTTPTLS = HTTPTLS(),
        timeouts: HTTPTimeouts = HTTPTimeouts(),
        proxy: String? = nil,
        allowHTTP: Bool = false,
        maxResponseBytes: Int = 4 << 20,
        limits: PushLimits = PushLimits(),
        dialect: DialectSettings = DialectSettings()
    ) {
        self.name = name
        self.kind = kind
        self.baseURL = baseURL
        self.authentication = authentication
        self.sendingOffice = sendingOffice
        self.systemVersion = systemVersion
        self.mapping = mapping
        self.kinds = kinds
        self.suppressBelow = suppressBelow
        self.tls = tls
        self.timeouts = timeouts
        self.proxy = proxy
        self.allowHTTP = allowHTTP
        self.maxResponseBytes = maxResponseBytes
        self.limits = limits
        self.dialect = dialect
    }

    /// The mapping for figures whose period ends on that day.
    package func mapping(on day: CivilDate) throws(PlanError) -> ExporterMapping {
        if mappings.isEmpty { return mapping }
        guard let dated = mappings.first(where: { $0.isValid(on: day) }) else {
            throw PlanError(.unusable, "destination \(name) has no mapping that is valid on \(day)")
        }
        return dated.mapping
    }

    var checksFirst: Bool { dialect.checksFirst }

    /// A request to this destination with its limits and its proof of identity, nothing in the URL but the path.
    func request(
        _ method: String,
        _ path: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil
    ) -> HTTPRequest {
        HTTPRequest(
            method: method,
            url: baseURL + path,
            headers: headers,
            body: body,
            timeouts: timeouts,
            tls: tls,
            proxy: proxy,
            maxResponseBytes: maxResponseBytes,
            allowHTTP: allowHTTP
        )
    }
}
