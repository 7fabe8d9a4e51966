// A thread that runs one closure.
// SPDX-License-Identifier: Apache-2.0

import CPlatform
import Glibc

/// Starts detached threads. Blocking calls belong on one, never on the cooperative pool.
enum WorkerThread {
    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void

        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// SIGPIPE is blocked on the thread: a worker that stops reading is an error value, not the end of the daemon.
    static func start(named name: String, _ run: @escaping @Sendable () -> Void) throws(PluginHostError) {
        let body = Unmanaged.passRetained(Body(name: name, run: run))
        var thread = pthread_t()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        defer { pthread_attr_destroy(&attributes) }
        let failure = pthread_create(
            &thread,
            &attributes,
            { argument in
                guard let argument else { return nil }
                let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                cplatform_name_thread(body.name)
                var pipe = sigset_t()
                sigemptyset(&pipe)
                sigaddset(&pipe, SIGPIPE)
                pthread_sigmask(SIG_BLOCK, &pipe, nil)
                body.run()
                return nil
            },
            body.toOpaque()
        )
        if failure != 0 {
            body.release()
            throw PluginHostError(.launch, "no thread for \(name): \(String(cString: strerror(failure)))")
        }
    }
}
