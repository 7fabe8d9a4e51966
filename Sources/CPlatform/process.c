// Pipes, child processes, limits and the question whether the kernel has Landlock.
// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int cplatform_pipe(int ends[2], int nonblocking) {
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    for (int end = 0; end < 2; end++) {
        if (!(nonblocking & (1 << end))) continue;
        int flags = fcntl(ends[end], F_GETFL);
        if (flags < 0 || fcntl(ends[end], F_SETFL, flags | O_NONBLOCK) != 0) {
            int failure = errno;
            close(ends[0]);
            close(ends[1]);
            return failure;
        }
    }
    return 0;
}

void cplatform_widen_pipe(int descriptor, int bytes) {
    (void)fcntl(descriptor, F_SETPIPE_SZ, bytes);
}

int cplatform_spawn(
    const char *path, char *const arguments[], char *const environment[], const char *directory, int input, int output,
    int error, pid_t *process) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int failure = posix_spawn_file_actions_init(&actions);
    if (failure != 0) return failure;
    failure = posix_spawnattr_init(&attributes);
    if (failure != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return failure;
    }

    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    // dup2 onto itself would keep the close-on-exec flag: the three must lie above the range they move to.
    int lifted[3] = {fcntl(input, F_DUPFD_CLOEXEC, 3), fcntl(output, F_DUPFD_CLOEXEC, 3), fcntl(error, F_DUPFD_CLOEXEC, 3)};
    for (int i = 0; i < 3 && failure == 0; i++) {
        failure = lifted[i] < 0 ? EMFILE : posix_spawn_file_actions_adddup2(&actions, lifted[i], i);
    }
    if (failure == 0) failure = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    if (failure == 0) failure = posix_spawn_file_actions_addchdir_np(&actions, directory);
    if (failure == 0) failure = posix_spawnattr_setsigmask(&attributes, &none);
    if (failure == 0) failure = posix_spawnattr_setsigdefault(&attributes, &all);
    if (failure == 0) failure = posix_spawnattr_setpgroup(&attributes, 0);
    if (failure == 0) {
        failure = posix_spawnattr_setflags(
            &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    }
    if (failure == 0) failure = posix_spawn(process, path, &actions, &attributes, arguments, environment);

    for (int i = 0; i < 3; i++) {
        if (lifted[i] >= 0) close(lifted[i]);
    }
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}

int cplatform_reap(pid_t process, int wait, int *exit_code, int *signal) {
    int status = 0;
    pid_t reaped;
    do {
        reaped = waitpid(process, &status, wait ? 0 : WNOHANG);
    } while (reaped < 0 && errno == EINTR);
    if (reaped < 0) return errno;
    if (reaped == 0) return EAGAIN;
    *exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    *signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return 0;
}

int cplatform_set_limit(int resource, uint64_t soft, uint64_t hard) {
    struct rlimit limit = {.rlim_cur = soft, .rlim_max = hard};
    return prlimit(0, (enum __rlimit_resource)resource, &limit, NULL) == 0 ? 0 : errno;
}

void cplatform_name_thread(const char *name) {
    char cut[16];
    strncpy(cut, name, sizeof cut - 1);
    cut[sizeof cut - 1] = 0;
    pthread_setname_np(pthread_self(), cut);
}

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif

int cplatform_landlock_abi(void) {
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1 /* LANDLOCK_CREATE_RULESET_VERSION */);
    return abi > 0 ? (int)abi : 0;
}

int cplatform_close_from(int first) {
    return close_range((unsigned)first, ~0U, 0) == 0 ? 0 : errno;
}
