"""Reads the file of safetensors_sample.cc from standard input and checks what must be in it."""

import struct
import sys

import safetensors

EXPECTED = {
    "bias": ("F64", [2], struct.pack("<2d", 1.5, -2.5)),
    "conv.weight": ("F32", [2, 3], struct.pack("<6f", 0, 1, 2, 3, 4, 5)),
    "empty": ("F32", [0, 4], b""),
    "half": ("BF16", [3], struct.pack("<3H", 0x3F80, 0x4000, 0x4040)),
    "mask": ("U8", [3], bytes([1, 0, 1])),
    "name \"with\" \\ and é": ("I32", [1], struct.pack("<i", -7)),
    "num_batches_tracked": ("I64", [], struct.pack("<q", 42)),
}

contents = sys.stdin.buffer.read()
found = {
    name: (tensor["dtype"], list(tensor["shape"]), bytes(tensor["data"]))
    for name, tensor in safetensors.deserialize(contents)
}
if found != EXPECTED:
    sys.exit(f"expected {EXPECTED}\nfound    {found}")
print("same tensors")
