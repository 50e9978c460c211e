"""Which filesystem a path lies on, by what Linux says of its mounts."""

from pathlib import Path

import pytest

from pipeline.ledger.filesystems import mounts, network_filesystem

MOUNTS = r"""
22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
30 22 0:25 / /tmp rw,nosuid shared:2 - tmpfs tmpfs rw
36 22 0:40 / /mnt/share rw shared:3 - cifs //server/share rw,vers=3.0
37 22 0:41 / /mnt/with\040space rw - nfs4 server:/export rw
38 36 0:42 / /mnt/share/local rw - xfs /dev/vdb1 rw
39 22 0:43 / /home/me/remote rw master:1 propagate_from:2 - fuse.sshfs me@host:/ rw
40 22 0:44 / /over rw - ext4 /dev/vdc rw
41 40 0:45 / /over rw - nfs server:/over rw
""".strip()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/ledger.sqlite", None),
        ("/tmp/ledger.sqlite", None),
        ("/mnt/share/ledger.sqlite", "cifs"),
        ("/mnt/shared/ledger.sqlite", None),
        ("/mnt/with space/a/ledger.sqlite", "nfs4"),
        ("/mnt/share/local/ledger.sqlite", None),
        ("/home/me/remote/ledger.sqlite", "fuse.sshfs"),
        ("/over/ledger.sqlite", "nfs"),
    ],
)
def test_the_innermost_and_last_mount_counts(path, kind):
    assert network_filesystem(Path(path), MOUNTS) == kind


def test_a_system_that_does_not_tell_is_taken_for_local():
    assert network_filesystem(Path("/ledger.sqlite"), "") is None


def test_this_machines_own_mounts_can_be_read(tmp_path):
    assert network_filesystem(tmp_path, mounts()) is None
