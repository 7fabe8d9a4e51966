// Landlock: which files a worker may read and execute.
// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

// The kernel's structures and bits, which the headers of Debian 12 know only in part; the size says the ABI.
struct ruleset_attributes {
    uint64_t files, network, scopes;
};
struct path_rule {
    uint64_t access;
    int32_t parent;
} __attribute__((packed));
enum { RULE_PATH_BENEATH = 1, CREATE_RULESET_VERSION = 1 };
static const uint64_t EXECUTE = 1 << 0, READ_FILE = 1 << 2, READ_DIRECTORY = 1 << 3;

static uint64_t file_rights(long abi) {
    int bits = abi >= 5 ? 16 : abi >= 3 ? 15 : abi == 2 ? 14 : 13;
    return ((uint64_t)1 << bits) - 1;
}

// A rule for a path that need not exist. Files take no directory rights.
static void allow(int ruleset, const char *path, uint64_t access) {
    int descriptor = open(path, O_PATH | O_CLOEXEC);
    if (descriptor < 0) return;
    struct stat what;
    if (fstat(descriptor, &what) != 0) refuse(EXIT_CALL, "stat %s: %s", path, strerror(errno));
    if (!S_ISDIR(what.st_mode)) access &= ~READ_DIRECTORY;
    struct path_rule rule = {.access = access, .parent = descriptor};
    if (syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) != 0) {
        refuse(EXIT_CALL, "landlock rule for %s: %s", path, strerror(errno));
    }
    close(descriptor);
}

static int begins_with(const char *path, const char *directory) {
    size_t length = strlen(directory);
    return strncmp(path, directory, length) == 0 && (path[length] == '/' || directory[length - 1] == '/');
}

// An interpreter may be executed where programs of the system live or the configuration allows, not where a sector says.
static void allow_interpreter(int ruleset, const struct confinement *cage, const char *path) {
    char real[PATH_MAX];
    if (realpath(path, real) == NULL) return;
    int trusted = begins_with(real, "/usr/bin") || begins_with(real, "/usr/local/bin") || begins_with(real, "/bin");
    for (int i = 0; i < cage->allowed_count; i++) trusted |= begins_with(real, cage->allowed[i]);
    if (trusted) allow(ruleset, real, EXECUTE | READ_FILE);
}

// A program that begins with "#!" needs its interpreter: "#!/usr/bin/python3", "#!/usr/bin/env python3".
static void allow_script(int ruleset, const struct confinement *cage) {
    char line[512], found[PATH_MAX];
    int descriptor = open(cage->program, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) refuse(EXIT_NOT_EXECUTABLE, "%s: %s", cage->program, strerror(errno));
    ssize_t length = read(descriptor, line, sizeof line - 1);
    close(descriptor);
    if (length < 3 || line[0] != '#' || line[1] != '!') return;
    line[length] = 0;
    line[strcspn(line, "\n")] = 0;
    char *rest = NULL, *interpreter = strtok_r(line + 2, " \t\r", &rest);
    if (interpreter == NULL) return;
    allow_interpreter(ruleset, cage, interpreter);
    const char *name = strrchr(interpreter, '/');
    char *wanted = strtok_r(NULL, " \t\r", &rest);
    if (name == NULL || strcmp(name, "/env") != 0 || wanted == NULL || strchr(wanted, '/') != NULL) return;
    static const char *const directories[] = {"/bin", "/usr/bin"}; // where env looks without PATH
    for (int i = 0; i < 2; i++) {
        snprintf(found, sizeof found, "%s/%s", directories[i], wanted);
        allow_interpreter(ruleset, cage, found);
    }
}

int confine_files(const struct confinement *cage) {
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
    if (abi < 1) return 0;
    // Network ports from ABI 4 on, signals and abstract sockets from ABI 6 on; seccomp refuses them on older kernels.
    struct ruleset_attributes attributes = {.files = file_rights(abi), .network = 3, .scopes = 3};
    size_t size = abi >= 6 ? sizeof attributes : abi >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
    if (ruleset < 0) refuse(EXIT_CALL, "landlock_create_ruleset: %s", strerror(errno));

    static const char *const libraries[] = {"/usr/lib", "/usr/lib64", "/lib", "/lib64"};
    static const char *const readable[] = {"/etc/ld.so.cache", "/usr/share/zoneinfo", "/dev/null", "/dev/urandom"};
    for (int i = 0; i < 4; i++) allow(ruleset, libraries[i], EXECUTE | READ_FILE | READ_DIRECTORY);
    for (int i = 0; i < 4; i++) allow(ruleset, readable[i], READ_FILE | READ_DIRECTORY);
    for (int i = 0; i < cage->allowed_count; i++) {
        allow(ruleset, cage->allowed[i], EXECUTE | READ_FILE | READ_DIRECTORY);
    }
    allow(ruleset, cage->sector, EXECUTE | READ_FILE | READ_DIRECTORY);
    allow(ruleset, cage->program, EXECUTE | READ_FILE);
    allow_script(ruleset, cage);

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) refuse(EXIT_CALL, "no_new_privs: %s", strerror(errno));
    if (syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) {
        refuse(EXIT_CALL, "landlock_restrict_self: %s", strerror(errno));
    }
    close(ruleset);
    return 1;
}
