"""Checks an exported log with hashlib and the openssl command alone.

verify.py <dir> <vkey> <older checkpoint file or -> [<vkey of the SM3 chain>]
"""
import base64
import hashlib
import os
import struct
import subprocess
import sys
import tempfile

WIDTH = 256


def fail(why):
    print("REJECTED:", why)
    sys.exit(1)


def sha(data):
    return hashlib.sha256(data).digest()


def mth(hashes):
    """Root over leaf hashes, RFC 6962 section 2.1."""
    if not hashes:
        return sha(b"")
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return sha(b"\x01" + mth(hashes[:k]) + mth(hashes[k:]))


def tile_path(kind, index, width):
    text = str(index).zfill(-(-len(str(index)) // 3) * 3)
    groups = [text[i : i + 3] for i in range(0, len(text), 3)]
    name = "/".join(["x" + group for group in groups[:-1]] + groups[-1:])
    return f"tile/{kind}/{name}" + ("" if width == WIDTH else f".p/{width}")


def read(root, path):
    try:
        with open(os.path.join(root, path), "rb") as file:
            return file.read()
    except FileNotFoundError:
        fail(f"{path} is missing")


def openssl(key_der, message, signature, options):
    with tempfile.TemporaryDirectory() as dir:
        paths = [os.path.join(dir, name) for name in ("key", "text", "signature")]
        for path, content in zip(paths, (key_der, message, signature)):
            with open(path, "wb") as file:
                file.write(content)
        key, text, signed = paths
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", key]
        return subprocess.run(command + ["-rawin", "-in", text, "-sigfile", signed] + options, capture_output=True).returncode == 0


def der_signature(raw):
    def integer(number):
        digits = number.lstrip(b"\x00")
        digits = b"\x00" + digits if digits[:1] > b"\x7f" else digits
        return b"\x02" + bytes([len(digits)]) + digits

    body = integer(raw[:32]) + integer(raw[32:])
    return b"\x30" + bytes([len(body)]) + body


def open_note(note, vkey):
    """Size and hash of a three-line note that this key signed."""
    name, key_id, encoded = vkey.split("+", 2)
    key = base64.b64decode(encoded)
    if sha(name.encode() + b"\n" + key)[:4].hex() != key_id:
        fail("the vkey is not well formed")
    text, _, signatures = note.decode().rpartition("\n\n")
    text += "\n"
    for line in signatures.splitlines():
        dash, signer, signed = line.split(" ")
        signed = base64.b64decode(signed)
        if dash != "\u2014" or signer != name or signed[:4].hex() != key_id:
            continue
        if key[0] == 1:
            der = bytes.fromhex("302a300506032b6570032100") + key[1:]
            valid = openssl(der, text.encode(), signed[4:], [])
        else:
            mark = b"guanyi sm2-with-sm3 v1\n"
            if key[:1] + key[1 : 1 + len(mark)] != b"\xff" + mark:
                fail("unknown signature scheme")
            options = ["-digest", "sm3", "-pkeyopt", "distid:1234567812345678"]
            valid = openssl(key[1 + len(mark) :], text.encode(), der_signature(signed[4:]), options)
        if not valid:
            fail("a signature is wrong")
        origin, size, value = text.split("\n")[:3]
        if origin != name:
            fail("a note of another log")
        return int(size), base64.b64decode(value)
    fail("the note is not signed by this key")


def bundle(content, first):
    entries = []
    while content:
        if len(content) < 2 or len(content) < 2 + struct.unpack(">H", content[:2])[0]:
            fail(f"the bundle from entry {first} on is damaged")
        end = 2 + struct.unpack(">H", content[:2])[0]
        entries.append(content[2:end])
        content = content[end:]
    return entries


def main(root, vkey, older, sm3_vkey=None):
    size, signed_root = open_note(read(root, "checkpoint"), vkey)
    leaves, entries = [], []
    for first in range(0, size, WIDTH):
        width = min(WIDTH, size - first)
        part = bundle(read(root, tile_path("entries", first // WIDTH, width)), first)
        tile = read(root, tile_path(0, first // WIDTH, width))
        for i in range(max(width, len(part))):
            if i >= width or i >= len(part) or sha(b"\x00" + part[i]) != tile[32 * i : 32 * i + 32]:
                fail(f"entry {first + i}")
            leaves.append(tile[32 * i : 32 * i + 32])
        entries += part
    if mth(leaves) != signed_root:
        fail("the root over all entries is not the signed one")
    if older != "-":
        with open(older, "rb") as file:
            old_size, old_root = open_note(file.read(), vkey)
        if old_size > size or mth(leaves[:old_size]) != old_root:
            fail("the log does not continue the older checkpoint")
    if sm3_vkey and "sm3" in hashlib.algorithms_available:
        chain_size, head = open_note(read(root, "sm3-head"), sm3_vkey)
        chain = bytes(32)
        for entry in entries[:chain_size]:
            chain = hashlib.new("sm3", chain + hashlib.new("sm3", entry).digest()).digest()
        if chain != head:
            fail("the SM3 chain does not lead to its head")
        print("SM3 chain checked")
    print(f"ACCEPTED: {size} entries")


main(*sys.argv[1:])
