// seccomp: which system calls a worker is refused.
// SPDX-License-Identifier: Apache-2.0
//
// Landlock knows files by path. It does not know sockets before 6.7, signals before 6.12, nor ever modes, owners, times
// and names of files, memory of other processes or System V objects: the worker has the daemon's user id, so those are
// refused here, with EPERM, or ENOSYS where the C library then takes an older call that can be judged by its arguments.
#define _GNU_SOURCE
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "sector-run knows x86_64 and aarch64"
#endif

static const int refused[] = {
    // network, in every form
    SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4, SYS_sendto, SYS_sendmsg,
    SYS_sendmmsg, SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register,
    // memory and signals of other processes
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_process_madvise, SYS_kcmp, SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo, SYS_pidfd_open, SYS_pidfd_send_signal, SYS_pidfd_getfd, SYS_perf_event_open, SYS_userfaultfd,
    // files by other ways than open: names, modes, owners, times, attributes, programs out of memory
    SYS_truncate, SYS_linkat, SYS_symlinkat, SYS_unlinkat, SYS_renameat2, SYS_mkdirat, SYS_mknodat, SYS_fchmod,
    SYS_fchmodat, SYS_fchown, SYS_fchownat, SYS_utimensat, SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr, SYS_removexattr,
    SYS_lremovexattr, SYS_fremovexattr, SYS_execveat, SYS_memfd_create, SYS_name_to_handle_at, SYS_open_by_handle_at,
    SYS_inotify_init1, SYS_fanotify_init,
    // System V and POSIX objects shared with the daemon's user
    SYS_shmget, SYS_shmat, SYS_shmctl, SYS_semget, SYS_semctl, SYS_semtimedop, SYS_msgget, SYS_msgctl, SYS_msgsnd,
    SYS_msgrcv, SYS_mq_open, SYS_mq_unlink, SYS_add_key, SYS_request_key, SYS_keyctl,
    // the machine; a worker of a daemon that was started as root in a test tree is still only a worker
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_unshare, SYS_setns, SYS_move_mount, SYS_open_tree, SYS_fsopen,
    SYS_fsmount, SYS_bpf, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_reboot, SYS_swapon,
    SYS_swapoff, SYS_syslog, SYS_acct, SYS_quotactl, SYS_settimeofday, SYS_clock_settime, SYS_clock_adjtime, SYS_adjtimex,
    SYS_sethostname, SYS_setdomainname, SYS_personality, SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid,
    SYS_setresuid, SYS_setresgid, SYS_setgroups, SYS_capset, SYS_setpriority, SYS_ioprio_set, SYS_sched_setscheduler,
    SYS_sched_setattr, SYS_sched_setaffinity, SYS_vhangup,
#if defined(__x86_64__)
    SYS_fork, SYS_vfork, SYS_creat, SYS_link, SYS_symlink, SYS_unlink, SYS_rename, SYS_renameat, SYS_mkdir, SYS_rmdir,
    SYS_mknod, SYS_chmod, SYS_chown, SYS_lchown, SYS_utime, SYS_utimes, SYS_futimesat, SYS_inotify_init, SYS_uselib,
    SYS_iopl, SYS_ioperm, SYS_modify_ldt,
#endif
};
// clone3 and openat2 carry their flags in memory, where a filter cannot look.
static const int missing[] = {SYS_clone3, SYS_openat2};

enum { REFUSED_COUNT = sizeof refused / sizeof refused[0], MISSING_COUNT = sizeof missing / sizeof missing[0] };
enum { WRITING = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY) };

static struct sock_filter filter[2 * (REFUSED_COUNT + MISSING_COUNT) + 64];
static unsigned short length;

static void add(struct sock_filter instruction) { filter[length++] = instruction; }
static void load(size_t offset) { add((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset)); }
static void answer(uint32_t action) { add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action)); }
static void jump(int kind, uint32_t value, uint8_t if_true, uint8_t if_false) {
    add((struct sock_filter)BPF_JUMP(BPF_JMP | kind | BPF_K, value, if_true, if_false));
}
// The low half of an argument; the kernel reads these arguments as 32 bits.
static size_t argument(int index) { return offsetof(struct seccomp_data, args) + 8 * (size_t)index; }

static const uint32_t ALLOW = SECCOMP_RET_ALLOW, REFUSE = SECCOMP_RET_ERRNO | EPERM, MISSING = SECCOMP_RET_ERRNO | ENOSYS;

// `call` is allowed when its argument has, or with `wanted` 0 has not, one of the bits.
static void by_bits(uint32_t call, int index, uint32_t bits, int wanted) {
    jump(BPF_JEQ, call, 0, 4);
    load(argument(index));
    jump(BPF_JSET, bits, wanted ? 1 : 0, wanted ? 0 : 1);
    answer(REFUSE);
    answer(ALLOW);
}

// `call` is allowed when its argument is this process.
static void by_process(uint32_t call, int index, uint32_t process, int zero_too) {
    jump(BPF_JEQ, call, 0, zero_too ? 5 : 4);
    load(argument(index));
    if (zero_too) jump(BPF_JEQ, 0, 2, 0);
    jump(BPF_JEQ, process, 1, 0);
    answer(REFUSE);
    answer(ALLOW);
}

void confine_calls(void) {
    uint32_t self = (uint32_t)getpid(); // stays the same across execve
    load(offsetof(struct seccomp_data, arch));
    jump(BPF_JEQ, OUR_ARCHITECTURE, 1, 0);
    answer(SECCOMP_RET_KILL_PROCESS);
    load(offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
    jump(BPF_JGE, 0x40000000, 0, 1); // the x32 numbers of the same calls
    answer(SECCOMP_RET_KILL_PROCESS);
#endif
    for (int i = 0; i < MISSING_COUNT; i++) {
        jump(BPF_JEQ, (uint32_t)missing[i], 0, 1);
        answer(MISSING);
    }
    for (int i = 0; i < REFUSED_COUNT; i++) {
        jump(BPF_JEQ, (uint32_t)refused[i], 0, 1);
        answer(REFUSE);
    }
    // Each of these answers when the call is its own, else leaves the call's number loaded for the next.
    by_process(SYS_kill, 0, self, 0);
    by_process(SYS_tgkill, 0, self, 0);
    by_process(SYS_tkill, 0, self, 0);
    by_process(SYS_prlimit64, 0, self, 1);
    by_bits(SYS_clone, 0, CLONE_THREAD, 1);
    by_bits(SYS_openat, 2, WRITING, 0);
#if defined(__x86_64__)
    by_bits(SYS_open, 1, WRITING, 0);
#endif
    answer(ALLOW);

    struct sock_fprog program = {.len = length, .filter = filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) refuse(EXIT_CALL, "no_new_privs: %s", strerror(errno));
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) {
        refuse(EXIT_CALL, "seccomp: %s", strerror(errno));
    }
}
