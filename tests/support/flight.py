"""Flight records, read by the numbers of docs/flight-records.md alone."""

import struct

LEFT, FAILED = 2, 3


def records(path):
    """(pid, [(sequence, label, phase), ...]) of a flight record, oldest first."""
    data = path.read_bytes()
    magic, version, first, size, capacity = struct.unpack_from("<8sIIII", data)
    assert magic == b"MSTRFLT\0" and version == 1, path
    found = []
    for index in range(capacity):
        stamp, sequence = struct.unpack_from("<QQ", data, first + index * size)
        label = data[first + index * size + 48:][:48].split(b"\0")[0].decode()
        if stamp % 4:
            found.append((stamp // 4, sequence, label, stamp % 4))
    return struct.unpack_from("<Q", data, 40)[0], [record[1:] for record in sorted(found)]
