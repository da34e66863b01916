"""Confines a sandbox process: denies it files, network, new processes and privileges. Complete on Linux only.

Two protections back each other up: seccomp allows only the system calls that computing needs, and Landlock denies files
and TCP even to those. Each is used if the kernel has it; `missing_protections` names those that the kernel lacks.
"""

import ctypes
import os
import platform
import resource
import signal
from collections.abc import Iterable
from struct import pack

#: Options of prctl(2).
_PDEATHSIG, _DUMPABLE, _SECCOMP, _NO_NEW_PRIVS = 1, 4, 22, 38
_FILTER = 2
_EFAULT, _EPERM = 14, 1

#: The system calls that are allowed, with their numbers on x86_64 and aarch64 (Linux: arch/x86/entry/syscalls/
#: syscall_64.tbl and include/uapi/asm-generic/unistd.h): memory, time, randomness, and descriptors that are open
#: already. None of them opens, connects or forks.
_CALLS: dict[str, tuple[int, int]] = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "fstat": (5, 80),
    "poll": (7, 73),  # aarch64 has ppoll alone
    "lseek": (8, 62),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "nanosleep": (35, 101),
    "getpid": (39, 172),
    "sendto": (44, 206),
    "recvfrom": (45, 207),
    "exit": (60, 93),
    "gettimeofday": (96, 169),
    "getrusage": (98, 165),
    "times": (100, 153),
    "sigaltstack": (131, 132),
    "gettid": (186, 178),
    "futex": (202, 98),
    "sched_getaffinity": (204, 123),
    "restart_syscall": (219, 128),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "exit_group": (231, 94),
    "set_robust_list": (273, 99),
    "getrandom": (318, 278),
    "membarrier": (324, 283),
    "rseq": (334, 293),
}
#: The system calls that are allowed depending on an argument: their numbers, the position of the argument, a mask, and
#: whether a bit of the mask must be set (True) or no bit (False). Executable memory (PROT_EXEC) is refused; new threads
#: (CLONE_THREAD) are allowed, for HEIC.
_ON_CONDITION: dict[str, tuple[tuple[int, int], int, int, bool]] = {
    "mmap": ((9, 222), 2, 4, False),
    "mprotect": ((10, 226), 2, 4, False),
    "clone": ((56, 220), 0, 0x10000, True),
}
#: clone3: a filter can't see its arguments. It fails with ENOSYS, so that libc falls back to clone.
_CLONE3 = 435

#: For each machine AUDIT_ARCH_* of linux/audit.h, and the index of its numbers in the tables above.
_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}

#: Instructions of classic BPF (linux/bpf_common.h), and the return values of a filter (linux/seccomp.h).
_LOAD, _IF_EQUAL, _IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050000 | _EPERM
_UNKNOWN = 0x00050000 | 38
#: Offsets in struct seccomp_data: number, machine, low half of the first argument; and the size of an argument.
_AT_NUMBER, _AT_MACHINE, _AT_ARGUMENTS, _ARGUMENT = 0, 4, 16, 8

#: Landlock (linux/landlock.h; the numbers are the same on all machines).
_CREATE_RULESET, _RESTRICT_SELF, _VERSION = 444, 446, 1
#: The number of bits of file rights since each version of Landlock; TCP rights came with version 4, scopes (abstract
#: sockets, signals) with version 6.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}
_TCP_FROM, _SCOPE_FROM = 4, 6

#: The rlimits that are set to 0: core files and bytes written to files. Without seccomp also the number of processes,
#: which forbids threads, too.
_NOTHING = (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE)

_libc = ctypes.CDLL(None, use_errno=True)


def confine() -> None:
    """Confines this process, which must have one thread, for good. Skips protections that the kernel lacks."""
    for limit in _NOTHING if _has_seccomp() else (*_NOTHING, resource.RLIMIT_NPROC):
        resource.setrlimit(limit, (0, 0))
    _prctl(_PDEATHSIG, signal.SIGKILL)
    _prctl(_DUMPABLE, 0)
    _prctl(_NO_NEW_PRIVS, 1)
    _landlock()
    _seccomp()


def missing_protections() -> list[str]:
    """Returns the names of the protections that this kernel, or the container around us, does not offer."""
    parts = {"seccomp": _has_seccomp(), "Landlock": _landlock_version() > 0}
    return [name for name, there in parts.items() if not there]


def _has_seccomp() -> bool:
    # a kernel that knows seccomp filters fails with EFAULT for a filter at a null address
    return platform.machine() in _MACHINES and _prctl(_SECCOMP, _FILTER) != 0 and ctypes.get_errno() == _EFAULT


def _landlock_version() -> int:
    return int(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION))


def _landlock() -> None:
    """Forbids all files, TCP, abstract sockets and signals to other processes, by a ruleset without any rule."""
    version = _landlock_version()
    if version < 1:
        return
    files = (1 << max(bits for since, bits in _FILE_RIGHTS.items() if since <= version)) - 1
    handled = pack("=QQQ", files, 3 if version >= _TCP_FROM else 0, 3 if version >= _SCOPE_FROM else 0)
    rules = int(_libc.syscall(_CREATE_RULESET, handled, ctypes.c_size_t(len(handled)), 0))
    if rules >= 0:
        _libc.syscall(_RESTRICT_SELF, rules, 0)
        os.close(rules)


def _seccomp() -> None:
    if platform.machine() not in _MACHINES:  # the numbers of its system calls are not known
        return
    program = b"".join(_program(*_MACHINES[platform.machine()]))
    code = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: the number of instructions, of 8 bytes each, and their address
    where = ctypes.create_string_buffer(pack("@HP", len(program) // 8, ctypes.addressof(code)))
    _prctl(_SECCOMP, _FILTER, ctypes.addressof(where))


def _program(machine: int, which: int) -> Iterable[bytes]:
    """Yields the filter: calls that are not listed fail with EPERM; a call with another machine's numbers kills the
    process."""
    yield from (_do(_LOAD, _AT_MACHINE), _do(_IF_EQUAL, machine, 1, 0), _do(_RETURN, _KILL), _do(_LOAD, _AT_NUMBER))
    yield from (_do(_IF_EQUAL, _CLONE3, 0, 1), _do(_RETURN, _UNKNOWN))
    for numbers, argument, bits, must in _ON_CONDITION.values():
        yield from (_do(_IF_EQUAL, numbers[which], 0, 4), _do(_LOAD, _AT_ARGUMENTS + argument * _ARGUMENT))
        yield from (_do(_IF_ANY_BIT, bits, int(must), int(not must)), _do(_RETURN, _REFUSE), _do(_RETURN, _ALLOW))
    for numbers in _CALLS.values():
        yield from (_do(_IF_EQUAL, numbers[which], 0, 1), _do(_RETURN, _ALLOW))
    yield _do(_RETURN, _REFUSE)


def _do(code: int, value: int, if_so: int = 0, if_not: int = 0) -> bytes:
    return pack("=HBBI", code, if_so, if_not, value)


def _prctl(option: int, *values: int) -> int:
    padded = (*values, 0, 0, 0, 0)[:4]
    return int(_libc.prctl(option, *(ctypes.c_ulong(value) for value in padded)))
