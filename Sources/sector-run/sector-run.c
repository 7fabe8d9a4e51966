// Confines this process, then becomes a sector worker: limits, Landlock, seccomp, three descriptors, four variables.
// SPDX-License-Identifier: Apache-2.0
//
// sector-run [--memory BYTES] [--allow DIRECTORY]... [--allow-unconfined] --sector DIRECTORY [--] PROGRAM [ARGUMENT...]
//
// Exit status before the worker runs: 64 wrong usage, 71 a call failed, 77 the kernel offers no confinement,
// 126 the program cannot be executed. Everything it has to say is one line on stderr beginning "E!" or "W!".
#define _GNU_SOURCE
#include "confine.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

void refuse(int status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("E! sector-run: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(status);
}

static void limit(int resource, rlim_t most, const char *name) {
    struct rlimit bound = {.rlim_cur = most, .rlim_max = most};
    if (setrlimit(resource, &bound) != 0) refuse(EXIT_CALL, "limit %s: %s", name, strerror(errno));
}

// The worker sees four variables and nothing of the daemon's own environment.
static char **environment(const char *sector) {
    static char language[64], zone[64], folder[4200];
    static char *variables[] = {language, zone, "SWIFT_BACKTRACE=enable=no", folder, NULL};
    const char *given_language = getenv("LANG"), *given_zone = getenv("TZ");
    snprintf(language, sizeof language, "LANG=%s", given_language ? given_language : "C.UTF-8");
    snprintf(zone, sizeof zone, "TZ=%s", given_zone ? given_zone : "UTC");
    snprintf(folder, sizeof folder, "POSYANDUD_SECTOR_DIR=%s", sector);
    return variables;
}

int main(int count, char **arguments) {
    struct confinement cage = {0};
    unsigned long long memory = 256ULL << 20;
    int next = 1, unconfined_allowed = 0;
    for (; next < count && strncmp(arguments[next], "--", 2) == 0; next++) {
        const char *option = arguments[next];
        if (strcmp(option, "--") == 0) {
            next++;
            break;
        }
        if (strcmp(option, "--allow-unconfined") == 0) {
            unconfined_allowed = 1;
            continue;
        }
        if (next + 1 >= count) refuse(EXIT_WRONG_USAGE, "%s needs a value", option);
        const char *value = arguments[++next];
        char *end = NULL;
        if (strcmp(option, "--memory") == 0) {
            memory = strtoull(value, &end, 10);
            if (*value == 0 || *end != 0) refuse(EXIT_WRONG_USAGE, "--memory wants bytes, got %s", value);
        } else if (strcmp(option, "--sector") == 0) {
            cage.sector = value;
        } else if (strcmp(option, "--allow") == 0) {
            if (cage.allowed_count == MOST_ALLOWED) refuse(EXIT_WRONG_USAGE, "more than %d --allow", MOST_ALLOWED);
            cage.allowed[cage.allowed_count++] = value;
        } else {
            refuse(EXIT_WRONG_USAGE, "unknown option %s", option);
        }
    }
    if (cage.sector == NULL || next >= count) refuse(EXIT_WRONG_USAGE, "--sector DIRECTORY and a program are needed");
    cage.program = arguments[next];

    if (close_range(3, ~0U, 0) != 0) refuse(EXIT_CALL, "close_range: %s", strerror(errno));
    limit(RLIMIT_AS, memory, "address space");
    limit(RLIMIT_NOFILE, 64, "descriptors");
    limit(RLIMIT_CORE, 0, "core");
    limit(RLIMIT_FSIZE, 0, "file size");
    limit(RLIMIT_MSGQUEUE, 0, "message queues");

    char **variables = environment(cage.sector);
    if (confine_files(&cage)) {
        confine_calls();
    } else if (unconfined_allowed) {
        fputs("W! sector-run: this kernel has no Landlock; the worker runs unconfined, as configured\n", stderr);
    } else {
        refuse(EXIT_NO_CONFINEMENT, "this kernel has no Landlock: programs are refused");
    }
    // A program that is just being installed is busy for a moment.
    for (int attempt = 0; attempt < 100; attempt++) {
        execve(cage.program, arguments + next, variables);
        if (errno != ETXTBSY) break;
        usleep(10 * 1000);
    }
    refuse(EXIT_NOT_EXECUTABLE, "%s: %s", cage.program, strerror(errno));
}
