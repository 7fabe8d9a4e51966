// Gives one actor a thread of its own, so that blocking libpq calls never hold a thread of the cooperative pool.
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Runs the jobs of one actor, in order, on a thread of its own (stack 1 MiB).
final class ThreadExecutor: SerialExecutor, @unchecked Sendable {  // `jobs`, `last` and `thread` are guarded by `lock`
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var jobs: [UnownedJob] = []
    private var last: (@Sendable () -> Void)?
    private var thread = pthread_t()

    private init() {
        pthread_mutex_init(lock, nil)
        pthread_cond_init(wake, nil)
    }

    /// An executor whose thread runs; the thread keeps it alive until `stop`.
    static func start() throws(PostgresError) -> ThreadExecutor {
        let executor = ThreadExecutor()
        let status = executor.startThread()
        guard status == 0 else {
            throw PostgresError(
                .configuration,
                "No thread could be started for a database connection (errno \(status)).",
                hint: "raise TasksMax= or LimitNPROC="
            )
        }
        return executor
    }

    private func startThread() -> Int32 {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, 1 << 20)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let unmanaged = Unmanaged.passRetained(self)
        var thread = pthread_t()
        let status = pthread_create(&thread, &attributes, threadBody, unmanaged.toOpaque())
        if status != 0 { unmanaged.release() }
        return status
    }

    deinit {
        pthread_cond_destroy(wake)
        pthread_mutex_destroy(lock)
        wake.deallocate()
        lock.deallocate()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        pthread_mutex_lock(lock)
        jobs.append(job)
        pthread_cond_signal(wake)
        pthread_mutex_unlock(lock)
    }

    /// Ends the thread after the jobs that wait, with `last` as its final work. Does not wait for that.
    func stop(_ last: @escaping @Sendable () -> Void) {
        pthread_mutex_lock(lock)
        self.last = last
        pthread_cond_signal(wake)
        pthread_mutex_unlock(lock)
    }

    func checkIsolated() {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        precondition(pthread_equal(thread, pthread_self()) != 0, "not on the thread of this database connection")
    }

    fileprivate func run() {
        pthread_mutex_lock(lock)
        thread = pthread_self()
        pthread_mutex_unlock(lock)
        while true {
            pthread_mutex_lock(lock)
            while jobs.isEmpty, last == nil { pthread_cond_wait(wake, lock) }
            let batch = jobs
            jobs = []
            let final = batch.isEmpty ? last : nil
            pthread_mutex_unlock(lock)
            if let final { return final() }
            for job in batch { job.runSynchronously(on: asUnownedSerialExecutor()) }
        }
    }
}

/// What the thread runs; `argument` is the retained executor.
private func threadBody(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<ThreadExecutor>.fromOpaque(argument).takeRetainedValue().run()
    return nil
}
