"""Filesystems: a ledger must not lie on a network, where neither locks nor shared memory can be trusted."""

import re
from pathlib import Path

#: Types as Linux names them. SQLite's WAL needs memory that all its readers share: https://www.sqlite.org/wal.html
_NETWORK = frozenset(
    {
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "ocfs2", "gfs2", "lustre", "glusterfs", "beegfs", "davfs",
        "fuse.sshfs", "fuse.rclone", "fuse.s3fs", "fuse.gcsfuse", "fuse.davfs2", "fuse.glusterfs", "fuse.ceph", "fuse.juicefs",
    }
)  # fmt: skip
_MOUNTS = Path("/proc/self/mountinfo")


def mounts() -> str:
    """The machine's own mounts (proc_pid_mountinfo(5)); empty where the system does not tell."""
    return _MOUNTS.read_text("utf-8", "surrogateescape") if _MOUNTS.exists() else ""


def network_filesystem(path: Path, mountinfo: str) -> str | None:
    """The type of the network filesystem that `path` (absolute) lies on; None if it is a local one."""
    found = [(point, kind) for point, kind in map(_mount, mountinfo.splitlines()) if path.is_relative_to(point)]
    if not found:
        return None
    _, (_, kind) = max(enumerate(found), key=lambda each: (len(each[1][0].parts), each[0]))
    return kind if kind in _NETWORK else None


def _mount(line: str) -> tuple[Path, str]:
    """Mount point and type of a line; spaces in it are written as octal escapes."""
    before, _, after = line.partition(" - ")
    point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal.group(1), 8)), before.split(" ")[4])
    return Path(point), after.split(" ")[0]
