// Memory of this process: arenas of the C library, and what only the start needed.
// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CPlatform.h"

#include <elf.h>
#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

void cplatform_share_arenas(void) { mallopt(M_ARENA_MAX, 2); }

// Code is mapped read-only from its file: a page that is dropped is read again when it is needed.
static int drop_code(struct dl_phdr_info *object, size_t size, void *context) {
    (void)size, (void)context;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X) || (part->p_flags & PF_W)) continue;
        uintptr_t from = object->dlpi_addr + part->p_vaddr;
        uintptr_t to = from + part->p_filesz;
        from = from / page * page;
        madvise((void *)from, to - from, MADV_DONTNEED);
    }
    return 0;
}

void cplatform_drop_start_memory(void) {
    malloc_trim(0);
    dl_iterate_phdr(drop_code, NULL);
}
