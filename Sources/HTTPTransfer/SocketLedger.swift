// The sockets of the transfer thread, so that no request goes out on a connection that has ended or on which something waits.
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A peer that answers twice leaves bytes on a kept connection, and the next request, of whatever destination, would read them
/// as its own answer; one that resets an idle connection would leave it open whether a request that was never sent was acted
/// on. libcurl 7.88 does not look before it uses a connection again. Touched by the transfer thread alone.
final class SocketLedger {
    /// Open sockets, and whether they have carried a request.
    private var isUsed: [Int32: Bool] = [:]

    func open(_ family: Int32, _ type: Int32, _ number: Int32) -> Int32 {
        let descriptor = socket(family, type | Int32(SOCK_CLOEXEC.rawValue), number)
        if descriptor >= 0 { isUsed[descriptor] = false }
        return descriptor
    }

    func close(_ descriptor: Int32) -> Int32 {
        isUsed[descriptor] = nil
        return Glibc.close(descriptor)
    }

    /// Whether the connection from this local port may carry a request. A new one may; one that carried a request before may
    /// when its peer has neither ended it nor sent anything since. One that may not is shut down.
    func mayCarryRequest(localPort: Int32) -> Bool {
        guard localPort > 0, let entry = isUsed.first(where: { Self.localPort($0.key) == localPort }) else {
            return true
        }
        isUsed[entry.key] = true
        guard entry.value else { return true }
        var byte: UInt8 = 0
        let count = recv(entry.key, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        if count < 0, [EAGAIN, EINTR].contains(errno) { return true }
        shutdown(entry.key, Int32(SHUT_RDWR))
        return false
    }

    private static func localPort(_ descriptor: Int32) -> Int32? {
        var address = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let found = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        // The port lies at the same place for both families.
        guard found == 0, [AF_INET, AF_INET6].contains(Int32(address.sin6_family)) else { return nil }
        return Int32(UInt16(bigEndian: address.sin6_port))
    }
}
