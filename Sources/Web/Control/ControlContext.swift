// Who is at the operators' socket, and whether they may use it.
// SPDX-License-Identifier: Apache-2.0
import CPlatform
import Glibc
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Registry

/// The context of a request on the control socket: it knows the connection, and so the caller.
struct ControlContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    /// The Unix user who calls and her groups; set by ``PeerMiddleware``.
    var account = Account(name: "", groups: [])
    /// Root, the daemon's user or a member of the operators' group. Being one gives no right to see an identity.
    var isOperator = false
    /// Name of the Unix user who calls.
    var actor: String { account.name }

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}

/// `struct ucred` of Linux, which Swift's Glibc does not import.
private struct PeerCredentials {
    var process: Int32 = 0
    var user: UInt32 = .max
    var group: UInt32 = .max
}

/// Lets root, the daemon's own user and the members of one group in; who has a role of `access` may only look and read the
/// trail; everyone else gets 403.
struct PeerMiddleware: RouterMiddleware {
    typealias Context = ControlContext
    let group: String
    let access: AccessGrants
    let log: Logger

    @concurrent
    func handle(
        _ request: Request,
        context: ControlContext,
        next: @concurrent (Request, ControlContext) async throws -> Response
    ) async throws -> Response {
        guard let options = context.channel as? any SocketOptionProvider else {
            return Answer.json(Self.refusal("unknown").json, status: .forbidden)
        }
        let peer: PeerCredentials = try await options.unsafeGetSocketOption(
            level: .init(rawValue: SOL_SOCKET),
            name: .init(rawValue: SO_PEERCRED)
        ).get()
        let account = Accounts.account(of: peer.user)
        let name = account.name
        let isOperator = Accounts.mayOperate(peer.user, group: group)
        let maySeek = !access.grants(of: account).isEmpty && LookingPaths.allow(request)
        guard isOperator || maySeek else {
            log.warning("control request refused", metadata: ["actor": "\(name)"])
            return Answer.json(Self.refusal(name).json, status: .forbidden)
        }
        var context = context
        context.account = account
        context.isOperator = isOperator
        do {
            return try await next(request, context)
        } catch let error as HTTPError {
            throw error
        } catch {
            let problem = ControlError(error)
            return Answer.json(problem.json, status: problem.status)
        }
    }

    private static func refusal(_ name: String) -> ControlError {
        ControlError(
            status: .forbidden,
            code: "forbidden",
            message: "user \(name) may not operate this node",
            hint: "run as root, or add the user to the group named in `control.group`"
        )
    }
}

/// What somebody may ask who operates nothing but has a role of `access`. Each of these routes checks the role itself.
private enum LookingPaths {
    static func allow(_ request: Request) -> Bool {
        let parts = request.uri.path.split(separator: "/").map(String.init)
        guard parts.count >= 3, parts[0] == "control", parts[1] == "v1" else { return false }
        switch (request.method, parts.dropFirst(2).first, Array(parts.dropFirst(4))) {
        case (.get, "access-log", []): return parts.count == 3
        case (.get, "audit", []): return parts == ["control", "v1", "audit", "access"]
        case (.post, "cases", ["identity"]), (.post, "cases", ["export"]), (.get, "cases", ["attachments"]): return true
        case (.post, "cases", let rest): return rest.count == 3 && rest[0] == "attachments" && rest[2] == "read"
        default: return false
        }
    }
}

/// Users and groups of this computer.
enum Accounts {
    static func account(of user: UInt32) -> Account {
        guard let entry = entry(of: user) else { return Account(name: "uid \(user)", groups: []) }
        // Root's groups are everybody's; a role is never hers by accident.
        if user == 0 { return Account(name: entry.name, groups: []) }
        return Account(name: entry.name, groups: groups(of: entry).compactMap(name(ofGroup:)))
    }

    static func mayOperate(_ user: UInt32, group: String) -> Bool {
        if user == 0 || user == geteuid() { return true }
        guard !group.isEmpty, let wanted = id(ofGroup: group), let entry = entry(of: user) else { return false }
        return groups(of: entry).contains(wanted)
    }

    private static func groups(of entry: (name: String, group: gid_t)) -> [gid_t] {
        var count: Int32 = 256
        var groups = [gid_t](repeating: 0, count: Int(count))
        guard getgrouplist(entry.name, entry.group, &groups, &count) >= 0 else { return [] }
        return Array(groups.prefix(Int(count)))
    }

    private static func name(ofGroup id: gid_t) -> String? {
        var record = Glibc.group()
        var result: UnsafeMutablePointer<Glibc.group>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        guard getgrgid_r(id, &record, &buffer, buffer.count, &result) == 0, result != nil else { return nil }
        return String(cString: record.gr_name)
    }

    private static func entry(of user: UInt32) -> (name: String, group: gid_t)? {
        var record = passwd()
        var result: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        guard getpwuid_r(user, &record, &buffer, buffer.count, &result) == 0, result != nil else { return nil }
        return (String(cString: record.pw_name), record.pw_gid)
    }

    static func id(ofGroup name: String) -> gid_t? {
        var record = Glibc.group()
        var result: UnsafeMutablePointer<Glibc.group>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        guard getgrnam_r(name, &record, &buffer, buffer.count, &result) == 0, result != nil else { return nil }
        return record.gr_gid
    }
}
