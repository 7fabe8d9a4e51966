// The two HTTP servers of a node: the network listener for kiosks, the Unix socket for operators.
// SPDX-License-Identifier: Apache-2.0
import Glibc
import Hummingbird
package import Logging
import NIOCore
import Registry
package import ServiceLifecycle

package enum WebServers {
    /// The listener for kiosks, monitoring and the status page.
    /// - Parameters:
    ///   - port: 0 lets the system choose.
    ///   - onListening: called with the port once it accepts connections.
    package static func kiosk(
        _ services: NodeServices,
        host: String,
        port: Int,
        log: Logger,
        onListening: @escaping @Sendable (Int) async -> Void
    ) -> any Service {
        Application(
            router: KioskRoutes(services: services).router(),
            configuration: .init(address: .hostname(host, port: port), serverName: "posyandud"),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? port) },
            logger: log
        )
    }

    /// The operators' socket. It is made with mode 0660 and the given group (0666 when roles are given in `access`); who calls
    /// is checked for each request.
    package static func control(_ services: NodeServices, socket: String, log: Logger) -> any Service {
        unlink(socket)
        let group = services.controlGroup
        let isForSeekers = !services.access.grants.isEmpty
        return Application(
            router: ControlRoutes(services: services).router(),
            configuration: .init(address: .unixDomainSocket(path: socket), serverName: "posyandud"),
            onServerRunning: { _ in
                if !group.isEmpty, let problem = give(socket, to: group) {
                    log.error("\(problem); until then only root and the daemon's own user reach \(socket)")
                }
                // Who has a role but operates nothing must reach it too; each request is checked by peer credentials.
                chmod(socket, isForSeekers ? 0o666 : 0o660)
            },
            logger: log
        )
    }

    /// - Returns: why the group's members cannot open the socket, with what to do; `nil` when they can.
    private static func give(_ socket: String, to group: String) -> String? {
        guard let id = Accounts.id(ofGroup: group) else {
            return "there is no group `\(group)`: run systemd-sysusers, or set control.group"
        }
        guard chown(socket, uid_t.max, id) == 0 else {
            return "the control socket could not be given to the group `\(group)` (errno \(errno)): "
                + "the daemon's user has to be its member, and the unit has to allow chown"
        }
        return nil
    }
}
