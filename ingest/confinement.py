"""What a parsing process gives up before it sees a byte of a document. Irrevocable.

On every platform: memory, processor time and open files are limited; no file can be written to (a file size
of 0), nor a core dumped; an audit hook stops Python code from making sockets or processes.

On Linux also, where the kernel has it: no new privileges; Landlock, so that of all files only those of the
program can be opened, to read; seccomp, so that native code too can make no socket and no process, start no
program, and signal or trace nothing (x86-64 and AArch64). Where user namespaces are permitted, the parsing
server also enters a network namespace without a device, once for all its children.

What the kernel lacks is left out in silence: the limits, the scrubbed environment and the separate process
are what holds everywhere. It is no defence against a flaw of the kernel itself.
"""

import ctypes
import os
import platform
import resource
import struct
import sys
import sysconfig
from collections.abc import Callable
from errno import ENOSYS, EPERM
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38
_SIGKILL = 9
_CPU_GRACE = 2  # seconds between SIGXCPU and SIGKILL
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_LINUX = sys.platform == "linux"

# Landlock (linux/landlock.h): the numbers are the same on every architecture.
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_FS_RIGHTS_BY_ABI = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # how many access bits each version knows
_READ = 1 << 0 | 1 << 2 | 1 << 3  # execute (to map libraries), read a file, list a folder

# seccomp (linux/seccomp.h, linux/audit.h). Calls that answer EPERM, by number, in the same order for both
# architectures. clone is allowed for threads alone; clone3, whose flags a filter cannot read, is "not there"
# (ENOSYS), upon which the C library takes clone.
_FORBIDDEN_X86_64 = (
    41, 42, 43, 44, 46, 49, 50, 288, 307,  # sockets; a socketpair reaches nobody, and LiteParse has one
    59, 322, 57, 58,  # execve, execveat, fork, vfork
    62, 129, 200, 234, 297, 424,  # kill and its kin
    101, 310, 311, 438,  # ptrace, process_vm_*, pidfd_getfd
    155, 165, 161, 272, 308, 321, 298, 248, 250, 425, 426, 427, 323,  # mounts, bpf, keys, io_uring, ...
)  # fmt: skip
_FORBIDDEN_AARCH64 = (
    198, 200, 201, 202, 203, 206, 211, 242, 269,
    221, 281,
    129, 130, 131, 138, 240, 424,
    117, 270, 271, 438,
    39, 40, 41, 51, 97, 268, 280, 241, 217, 219, 425, 426, 427, 282,
)  # fmt: skip
_ARCHITECTURES = {  # audit number, clone, forbidden
    "x86_64": (0xC000003E, 56, _FORBIDDEN_X86_64),
    "aarch64": (0xC00000B7, 220, _FORBIDDEN_AARCH64),
}
_CLONE3, _CLONE_THREAD = 435, 0x10000

_FORBIDDEN_EVENTS = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system")


def leave_network() -> bool:
    """Enter a network namespace without a device. Call it while the process has one thread."""
    return _LINUX and _call("unshare", _CLONE_NEWUSER | _CLONE_NEWNET) == 0


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends. Linux only."""
    if _LINUX:
        _call("prctl", _PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)


def prepare() -> int | None:
    """A Landlock ruleset by which only program files can be opened, to read. Made once for all children.

    ``None`` where the kernel has no Landlock. The descriptor is for ``confine``.
    """
    version = _call("syscall", _LANDLOCK_CREATE, None, 0, 1) if _LINUX else 0
    if version < 1:
        return None
    handled = (1 << _FS_RIGHTS_BY_ABI.get(version, 16)) - 1
    attributes = ctypes.create_string_buffer(struct.pack("Q", handled))
    ruleset = _call("syscall", _LANDLOCK_CREATE, attributes, 8, 0)
    if ruleset < 0:
        return None
    for folder in _program_folders():
        handle = os.open(folder, os.O_PATH | os.O_CLOEXEC)
        beneath = ctypes.create_string_buffer(struct.pack("=Qi", _READ & handled, handle))
        _call("syscall", _LANDLOCK_ADD, ruleset, 1, beneath, 0)
        os.close(handle)
    return ruleset


def confine(ruleset: int | None, memory: int, cpu_seconds: int) -> None:
    """Apply all that the platform has. ``memory`` is bytes of address space on top of what is in use."""
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NOFILE, 64)
    _limit(resource.RLIMIT_CPU, cpu_seconds, _CPU_GRACE)
    _limit(resource.RLIMIT_AS, _address_space() + memory)
    if _LINUX:
        _call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if ruleset is not None:
            _call("syscall", _LANDLOCK_RESTRICT, ruleset, 0)
            os.close(ruleset)
        _seccomp()
    sys.addaudithook(_audit)


def _audit(event: str, _: tuple[Any, ...]) -> None:
    if event.startswith(_FORBIDDEN_EVENTS):
        raise PermissionError(f"a parser may not do this: {event}")


def _limit(kind: int, value: int, grace: int = 0) -> None:
    """The soft limit is ``value``, the hard one ``grace`` more, so that the soft one's signal is seen."""
    _, hard = resource.getrlimit(kind)
    most = value + grace if hard == resource.RLIM_INFINITY else min(value + grace, hard)
    resource.setrlimit(kind, (min(value, most), most))


def _address_space() -> int:
    """Bytes of address space in use: what the libraries map before any document is parsed."""
    if not _LINUX:
        return 1 << 30
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _program_folders() -> set[str]:
    paths = [*sysconfig.get_paths().values(), sys.base_prefix, "/usr", "/lib", "/lib64", "/dev/urandom"]
    paths.append(str(Path(__file__).parent))
    return {path for path in paths if Path(path).exists()}


def _seccomp() -> None:
    """Answer the forbidden system calls with EPERM, and kill a process that changes its architecture."""
    known = _ARCHITECTURES.get(platform.machine())
    if known is None:
        return
    architecture, clone, forbidden = known
    load, equal, at_least, any_bit, answer = 0x20, 0x15, 0x35, 0x45, 0x06
    kill, allow, errno = 0x80000000, 0x7FFF0000, 0x00050000
    count = len(forbidden)
    program = [  # (operation, steps to skip if true, steps to skip if false, operand)
        (load, 0, 0, 4),  # seccomp_data.arch
        (equal, 1, 0, architecture),
        (answer, 0, 0, kill),
        (load, 0, 0, 0),  # seccomp_data.nr
        (at_least, count + 6, 0, 0x40000000),  # x32: the same calls under other numbers
        (equal, 0, 1, _CLONE3),
        (answer, 0, 0, errno | ENOSYS),
        *((equal, count + 3 - place, 0, number) for place, number in enumerate(forbidden)),
        (equal, 0, 2, clone),
        (load, 0, 0, 16),  # seccomp_data.args[0], low half: the flags
        (any_bit, 0, 1, _CLONE_THREAD),
        (answer, 0, 0, allow),
        (answer, 0, 0, errno | EPERM),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in program))
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program), ctypes.addressof(code)))
    _call("prctl", _PR_SET_SECCOMP, 2, header, 0, 0)


_libc = ctypes.CDLL(None, use_errno=True) if _LINUX else None


def _call(function: str, *arguments: Any) -> int:
    """A C function's integer result; arguments are passed as wide as the kernel reads them."""
    target: Callable[..., int] = getattr(_libc, function)
    wide = (ctypes.c_long(a) if isinstance(a, int) else a for a in arguments)
    return target(*wide)
