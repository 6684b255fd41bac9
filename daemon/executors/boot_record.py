"""Which boot of the machine the attempts of a state directory belong to.

Within one boot the page cache survives every death of the daemon, so an attempt without a claim certainly never
began. A power loss can take the claim of a job that did run; such an attempt must not be started a second time. The
record says under which boot jobs were last started. It is written, with fsync, before the first start of a new
boot: until then, and through any number of crashes, recovery sees that the boot has changed.
"""

import os
from pathlib import Path

_KERNEL_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class BootRecord:
    """The file `<state directory>/boot_id`, compared with the machine's present boot."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / "boot_id"
        self.present = _KERNEL_BOOT_ID.read_text().strip()
        self._recorded = self._path.read_text().strip() if self._path.exists() else ""

    @property
    def changed(self) -> bool:
        """Whether jobs were started under another boot, and none yet under this one."""
        return self._recorded not in ("", self.present)

    def confirm(self) -> None:
        """Record the present boot durably. To be called before a start and after everything old is recovered."""
        if self._recorded == self.present:
            return
        draft = self._path.with_suffix(".new")
        with draft.open("w") as file:
            file.write(self.present + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
        _sync_directory(self._path.parent)
        self._recorded = self.present


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
