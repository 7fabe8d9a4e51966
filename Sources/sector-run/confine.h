// What the three files of sector-run tell each other.
// SPDX-License-Identifier: Apache-2.0
#ifndef SECTOR_RUN_CONFINE_H
#define SECTOR_RUN_CONFINE_H

enum { MOST_ALLOWED = 16 };
enum { EXIT_WRONG_USAGE = 64, EXIT_CALL = 71, EXIT_NO_CONFINEMENT = 77, EXIT_NOT_EXECUTABLE = 126 };

struct confinement {
    const char *sector;                // the worker's own folder
    const char *program;               // what is executed
    const char *allowed[MOST_ALLOWED]; // further runtime libraries, from the configuration
    int allowed_count;
};

// Landlock: read and execute in the sector's folder and the runtime libraries, nothing else, no write anywhere.
// Returns 0 when this kernel has no Landlock; ends the process when a call that should work fails.
int confine_files(const struct confinement *cage);

// seccomp: no sockets, no new processes, no signals to and no memory of others, no change of modes, owners or names.
void confine_calls(void);

// Prints one line and ends the process.
void refuse(int status, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));

#endif
