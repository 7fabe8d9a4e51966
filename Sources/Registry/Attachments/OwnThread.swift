// Runs work that blocks on files on a thread of its own, away from the cooperative pool.
// SPDX-License-Identifier: Apache-2.0
internal import FailPoints
internal import Glibc

package enum OwnThread {
    /// Runs `work` on a new thread and gives back what it gives. The calls that a test has planned to fail fail there too.
    package static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        let plan = CallFault.plan
        return try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
            let job = Job {
                continuation.resume(with: Result { try CallFault.$plan.withValue(plan) { try work() } })
            }
            let pointer = Unmanaged.passRetained(job).toOpaque()
            var attributes = pthread_attr_t()
            pthread_attr_init(&attributes)
            defer { pthread_attr_destroy(&attributes) }
            pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
            var thread = pthread_t()
            let status = pthread_create(&thread, &attributes, threadBody, pointer)
            if status != 0 {
                Unmanaged<Job>.fromOpaque(pointer).release()
                continuation.resume(
                    throwing: RegistryError(.file, "No thread could be started for a file (errno \(status)).")
                )
            }
        }
    }
}

private final class Job: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private func threadBody(_ pointer: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let pointer { Unmanaged<Job>.fromOpaque(pointer).takeRetainedValue().run() }
    return nil
}
