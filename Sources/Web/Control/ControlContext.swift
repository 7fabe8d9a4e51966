// Who is at the operators' socket, and whether they may use it.
// SPDX-License-Identifier: Apache-2.0
import CPlatform
import Glibc
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// The context of a request on the control socket: it knows the connection, and so the caller.
struct ControlContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    /// Name of the Unix user who calls; set by ``PeerMiddleware``.
    var actor = ""

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

/// Lets root, the daemon's own user and the members of one group in; everyone else gets 403.
struct PeerMiddleware: RouterMiddleware {
    typealias Context = ControlContext
    let group: String
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
        let name = Accounts.name(of: peer.user)
        guard Accounts.mayOperate(peer.user, group: group) else {
            log.warning("control request refused", metadata: ["actor": "\(name)"])
            return Answer.json(Self.refusal(name).json, status: .forbidden)
        }
        var context = context
        context.actor = name
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

/// Users and groups of this computer.
enum Accounts {
    static func name(of user: UInt32) -> String {
        entry(of: user)?.name ?? "uid \(user)"
    }

    static func mayOperate(_ user: UInt32, group: String) -> Bool {
        if user == 0 || user == geteuid() { return true }
        guard !group.isEmpty, let wanted = id(ofGroup: group), let entry = entry(of: user) else { return false }
        var count: Int32 = 256
        var groups = [gid_t](repeating: 0, count: Int(count))
        guard getgrouplist(entry.name, entry.group, &groups, &count) >= 0 else { return false }
        return groups.prefix(Int(count)).contains(wanted)
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
