"""The first pieces of a process may come from many threads at once."""

import subprocess
import sys
from pathlib import Path

THREADS = """
import sys, threading
from pathlib import Path
from evidence_store import Facts, Spool
sys.setswitchinterval(1e-6)
spool, together = Spool(Path(sys.argv[1])), threading.Barrier(16)
facts = Facts("v1/first", ".bin", "application/octet-stream")
def put(number):
    together.wait()
    spool.put(b"%d" % number, facts)
threads = [threading.Thread(target=put, args=(number,)) for number in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(spool.ready()))
"""


def test_many_first_pieces_at_once(tmp_path: Path) -> None:
    for number in range(8):
        run = subprocess.run(
            [sys.executable, "-c", THREADS, tmp_path / str(number)], capture_output=True, text=True, check=False
        )
        assert (run.returncode, run.stdout) == (0, "16\n"), run.stderr
