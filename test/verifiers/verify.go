// Checks an exported log with nothing but golang.org/x/mod/sumdb (note, tlog), unmodified:
//
//	verify <dir> <vkey> [<older checkpoint file>]
//
// The only adaptation is the path: that package writes tile/8/<L>/…, C2SP writes tile/<L>/….
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const width = 256

type files struct{ dir string }

func (f files) Height() int                         { return 8 }
func (f files) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, t := range tiles {
		data, err := os.ReadFile(filepath.Join(f.dir, strings.Replace(t.Path(), "tile/8/", "tile/", 1)))
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}

func fail(format string, a ...interface{}) {
	fmt.Printf("REJECTED: "+format+"\n", a...)
	os.Exit(1)
}

func openCheckpoint(path, vkey string) tlog.Tree {
	text, err := os.ReadFile(path)
	if err != nil {
		fail("%v", err)
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		fail("vkey: %v", err)
	}
	n, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		fail("checkpoint: %v", err)
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		fail("checkpoint of another log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		fail("size: %v", err)
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		fail("root")
	}
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], root)
	return tree
}

func bundle(dir string, n int64, w int) [][]byte {
	tile := tlog.Tile{H: 8, L: -1, N: n, W: w}
	path := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
	data, err := os.ReadFile(filepath.Join(dir, path))
	if err != nil {
		fail("%v", err)
	}
	var entries [][]byte
	for len(data) > 0 {
		if len(data) < 2 {
			fail("bundle %d ends within a length", n)
		}
		length := int(binary.BigEndian.Uint16(data))
		if len(data) < 2+length {
			fail("bundle %d ends within an entry", n)
		}
		entries = append(entries, data[2:2+length])
		data = data[2+length:]
	}
	return entries
}

func main() {
	dir, vkey := os.Args[1], os.Args[2]
	tree := openCheckpoint(filepath.Join(dir, "checkpoint"), vkey)
	hashes := tlog.TileHashReader(tree, files{dir})

	if len(os.Args) > 3 {
		older := openCheckpoint(os.Args[3], vkey)
		proof, err := tlog.ProveTree(tree.N, older.N, hashes)
		if err != nil {
			fail("consistency: %v", err)
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, older.N, older.Hash); err != nil {
			fail("consistency: %v", err)
		}
	}
	for from := int64(0); from < tree.N; from += width {
		count := tree.N - from
		if count > width {
			count = width
		}
		entries := bundle(dir, from/width, int(count))
		indexes := make([]int64, count)
		for i := range indexes {
			indexes[i] = tlog.StoredHashIndex(0, from+int64(i))
		}
		leaves, err := hashes.ReadHashes(indexes)
		if err != nil {
			fail("tiles from entry %d: %v", from, err)
		}
		for i, leaf := range leaves {
			if i >= len(entries) || tlog.RecordHash(entries[i]) != leaf {
				fail("entry %d", from+int64(i))
			}
		}
		if len(entries) > len(leaves) {
			fail("entry %d is too many", from+count)
		}
		proof, err := tlog.ProveRecord(tree.N, from, hashes)
		if err != nil {
			fail("proof of %d: %v", from, err)
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, from, leaves[0]); err != nil {
			fail("proof of %d: %v", from, err)
		}
	}
	fmt.Printf("ACCEPTED: %d entries\n", tree.N)
}
