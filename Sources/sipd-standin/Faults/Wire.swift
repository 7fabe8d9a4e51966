// Writes to a connection below HTTP: what a broken server, a broken proxy or a broken network would put there.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Hummingbird
import NIOCore

/// The socket under a request.
struct Wire: Sendable {
    let channel: any Channel
    let hangSeconds: Int

    /// Bytes as they are, past every encoder.
    func send(_ bytes: some Sequence<UInt8> & Sendable) async throws {
        let buffer = ByteBuffer(bytes: bytes)
        let channel = channel
        try await channel.eventLoop.flatSubmit {
            let exit = RawExit()
            do {
                try channel.pipeline.syncOperations.addHandler(exit, position: .first)
                return exit.write(buffer, on: channel.eventLoop)
            } catch {
                return channel.eventLoop.makeFailedFuture(error)
            }
        }.get()
    }

    /// Ends the connection with FIN; what is returned never gets out.
    func close() async -> Response {
        try? await channel.close()
        return Response(status: .serviceUnavailable)
    }

    /// Ends the connection with RST.
    func reset() async -> Response {
        if let socket = channel as? any SocketOptionProvider {
            try? await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        return await close()
    }

    /// Keeps the connection until the peer goes or the time is up.
    func hang() async throws -> Response {
        let end = ContinuousClock.now + .seconds(hangSeconds)
        while channel.isActive, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(50)) }
        return await close()
    }

    static func head(_ answer: Answer, _ lines: [String]) -> [UInt8] {
        var text = "HTTP/1.1 \(answer.status) Standin\r\nContent-Type: \(answer.type)\r\n"
        for (name, value) in answer.headers { text += "\(name): \(value)\r\n" }
        for line in lines { text += line + "\r\n" }
        return Array((text + "\r\n").utf8)
    }
}

/// Stands next to the socket and writes from there.
private final class RawExit: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        context.write(data, promise: promise)
    }

    /// On the event loop. Takes itself out when the bytes have gone.
    func write(_ buffer: ByteBuffer, on loop: any EventLoop) -> EventLoopFuture<Void> {
        guard let context else { return loop.makeFailedFuture(ChannelError.ioOnClosedChannel) }
        let promise = loop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: promise)
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        return promise.futureResult
    }
}
