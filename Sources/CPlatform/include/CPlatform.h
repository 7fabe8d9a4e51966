// Calls of Linux, zlib and systemd that Swift cannot make itself: variadic, missing from the Glibc module, or struct-heavy.
// SPDX-License-Identifier: Apache-2.0
#ifndef CPLATFORM_H
#define CPLATFORM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Functions return 0 on success and an errno value on failure, unless their comment says otherwise.

// ---- processes (process.c)

/// A pipe whose ends close on exec. `nonblocking` is a mask: 1 = the reading end, 2 = the writing end.
int cplatform_pipe(int ends[2], int nonblocking);

/// Asks for a larger pipe buffer; harmless when the user's share of pipe memory is used up.
void cplatform_widen_pipe(int descriptor, int bytes);

/// Starts `path` with descriptors 0-2 taken from the arguments and every other descriptor closed, default signal
/// handling, an empty signal mask, a process group of its own, and `directory` as its working directory.
int cplatform_spawn(
    const char *path, char *const arguments[], char *const environment[], const char *directory, int input, int output,
    int error, pid_t *process);

/// Reaps a child. Returns 0 and fills `exit_code` (-1 when a signal ended it) and `signal` (0 when none did); EAGAIN when
/// `wait` is 0 and it still runs.
int cplatform_reap(pid_t process, int wait, int *exit_code, int *signal);

/// Sets soft and hard limit of this process for one `RLIMIT_` resource.
int cplatform_set_limit(int resource, uint64_t soft, uint64_t hard);

/// Has all threads take memory from two arenas of the C library instead of one each: what one frees another uses. Call it before threads start.
void cplatform_share_arenas(void);

/// Gives back what only the start needed: free memory of the C library, and pages of code, which are read again from their file
/// when they run again.
void cplatform_drop_start_memory(void);

/// Names the calling thread (cut to 15 bytes), for `ps` and `top`.
void cplatform_name_thread(const char *name);

/// The Landlock ABI of the running kernel; 0 when it is missing, switched off, or refused by a system call filter.
int cplatform_landlock_abi(void);

/// Closes every descriptor from `first` on.
int cplatform_close_from(int first);

// ---- sockets and service manager (peer.c)

/// Who is at the other end of a Unix socket (SO_PEERCRED).
int cplatform_peer(int descriptor, uid_t *user, gid_t *group, pid_t *process);

/// Sends `state` ("READY=1", "WATCHDOG=1", "STATUS=…") to the service manager named by NOTIFY_SOCKET; 0 and no effect
/// when there is none.
int cplatform_notify(const char *state);

// ---- files (durable.c)

/// Asked before each call that can fail: 0, or the errno value with which that call has to fail. May be NULL.
typedef int (*cplatform_fault)(void);

/// Writes a file so that a power cut leaves the old bytes or the new ones: temporary file, fsync, rename, fsync of the
/// directory. `path` must contain a slash or be relative to the working directory.
int cplatform_write_durably(const char *path, const void *bytes, size_t count, mode_t mode, cplatform_fault fault);

/// Makes the entries of a directory durable.
int cplatform_sync_directory(const char *path, cplatform_fault fault);

// ---- gzip (gzip.c)

enum cplatform_gzip {
    CPLATFORM_GZIP_OK = 0,
    CPLATFORM_GZIP_CORRUPT = 1,   // not gzip, damaged, cut short, or followed by other bytes
    CPLATFORM_GZIP_TOO_LARGE = 2, // more than the cap
    CPLATFORM_GZIP_NO_MEMORY = 3,
};

/// Decompresses a whole gzip file, of one or more members, into memory that the caller frees with `free`. Never
/// allocates more than twice what came out so far, nor more than `cap` + 1 bytes. Returns `enum cplatform_gzip`.
int cplatform_gunzip(const void *bytes, size_t count, size_t cap, void **output, size_t *output_count);

/// Compresses into one gzip member without time or name, so that equal bytes give equal files. `level` 1-9. The caller
/// frees `output`. Returns `enum cplatform_gzip`.
int cplatform_gzip(const void *bytes, size_t count, int level, void **output, size_t *output_count);

#endif
