// Files that a power cut leaves whole.
// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int ask(cplatform_fault fault) { return fault == NULL ? 0 : fault(); }

int cplatform_sync_directory(const char *path, cplatform_fault fault) {
    int failure = ask(fault);
    if (failure != 0) return failure;
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return errno;
    failure = ask(fault);
    if (failure == 0 && fsync(descriptor) != 0) failure = errno;
    close(descriptor);
    return failure;
}

static int write_all(int descriptor, const char *bytes, size_t count, cplatform_fault fault) {
    while (count > 0) {
        int failure = ask(fault);
        if (failure != 0) return failure;
        ssize_t written = write(descriptor, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        bytes += written;
        count -= (size_t)written;
    }
    return 0;
}

int cplatform_write_durably(const char *path, const void *bytes, size_t count, mode_t mode, cplatform_fault fault) {
    char temporary[PATH_MAX], directory[PATH_MAX];
    int length = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    if (length < 0 || (size_t)length >= sizeof temporary) return ENAMETOOLONG;
    strcpy(directory, path);
    char *slash = strrchr(directory, '/');
    if (slash == NULL) strcpy(directory, ".");
    else slash[slash == directory] = 0;

    int failure = ask(fault);
    if (failure != 0) return failure;
    int descriptor = mkostemp(temporary, O_CLOEXEC);
    if (descriptor < 0) return errno;
    failure = write_all(descriptor, bytes, count, fault);
    if (failure == 0) failure = ask(fault);
    if (failure == 0 && fchmod(descriptor, mode) != 0) failure = errno;
    if (failure == 0) failure = ask(fault);
    if (failure == 0 && fsync(descriptor) != 0) failure = errno;
    if (close(descriptor) != 0 && failure == 0) failure = errno;
    if (failure == 0) failure = ask(fault);
    if (failure == 0 && rename(temporary, path) != 0) failure = errno;
    if (failure != 0) {
        unlink(temporary);
        return failure;
    }
    return cplatform_sync_directory(directory, fault);
}
