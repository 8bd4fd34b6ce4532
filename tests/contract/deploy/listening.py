#!/usr/bin/python3
"""Where the processes of an installation listen, as the kernel has it: a line "program address:port" for each socket of TCP
and UDP, a line "program unix:path" for each other.

  listening.py FOLDER

Of an installation are the processes that have its folder on their command line, and all that these have started.
"""

import glob
import ipaddress
import os
import re
import struct
import sys

LISTENS, RECEIVES, ACCEPTS = "0A", "07", 0x10000


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""  # a process that has just ended


def processes(folder):
    """The numbers of all of an installation."""
    numbers = {int(name) for name in os.listdir("/proc") if name.isdigit()} - {os.getpid(), os.getppid()}
    found = {number for number in numbers if os.fsencode(folder) in read(f"/proc/{number}/cmdline")}
    parents = {number: int(match[1]) for number in numbers
               if (match := re.search(rb"^PPid:\t(\d+)$", read(f"/proc/{number}/status"), re.M))}
    while children := {number for number, parent in parents.items() if parent in found} - found:
        found |= children
    return found


def owners(numbers):
    """The programs that hold a socket, by its inode."""
    held = {}
    for number in numbers:
        for path in glob.glob(f"/proc/{number}/fd/*"):
            try:
                target = os.readlink(path)
            except OSError:
                continue
            if match := re.fullmatch(r"socket:\[(\d+)\]", target):
                held.setdefault(match[1], set()).add(read(f"/proc/{number}/comm").decode().strip())
    return held


def address(text):
    """Of /proc/net: words of 32 bits, each in the order of this machine."""
    host, port = text.split(":")
    words = struct.pack(f"={len(host) // 8}I", *(int(host[i:i + 8], 16) for i in range(0, len(host), 8)))
    ip = ipaddress.ip_address(words)
    return f"{getattr(ip, 'ipv4_mapped', None) or ip}:{int(port, 16)}"


def listening(held):
    for line in read("/proc/net/unix").decode().splitlines()[1:]:
        parts = line.split(maxsplit=7)
        for program in held.get(parts[6], ()) if int(parts[3], 16) & ACCEPTS else ():
            yield f"{program} unix:{parts[7]}"
    for table, state in (("tcp", LISTENS), ("tcp6", LISTENS), ("udp", RECEIVES), ("udp6", RECEIVES)):
        for line in read(f"/proc/net/{table}").decode().splitlines()[1:]:
            parts = line.split()
            for program in held.get(parts[9], ()) if parts[3] == state else ():
                yield f"{program} {address(parts[1])}"


def main():
    for line in sorted(set(listening(owners(processes(sys.argv[1]))))):
        print(line)


if __name__ == "__main__":
    main()
