"""Become a command that dies with the process that started it: `python tether.py STARTER_PID COMMAND [ARGUMENT]...`.

A Java program cannot ask the kernel for this. What is asked for here outlives exec (prctl(2), PR_SET_PDEATHSIG).
The kernel means the thread that started us: it must live as long as the command is wanted.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>

if __name__ == "__main__":
    starter, command = int(sys.argv[1]), sys.argv[2:]
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != starter:
        sys.exit("the starter ended before its command began")
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted
