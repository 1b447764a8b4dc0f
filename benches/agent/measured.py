"""Runs a command that has to succeed, and tells how long it took, and how long it kept processors busy, in seconds, and the
most that was resident, in MB.

    python3 -I -S measured.py COMMAND [ARGUMENT ...]

A program of its own, since a process begins with the memory of whoever starts it: this one is small.
"""

import os
import sys
import time

began = time.monotonic()
process = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)])
_, status, usage = os.wait4(process, 0)
print(f"\n{time.monotonic() - began} {usage.ru_utime + usage.ru_stime} {usage.ru_maxrss / 1000}")
sys.exit(1 if status else 0)
