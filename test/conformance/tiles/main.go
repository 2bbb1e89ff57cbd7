// Reads a tile tree with the Go team's own client of tiled logs, golang.org/x/mod/sumdb/tlog.
//
// Usage: tiles FOLDER VKEY OLDER…: FOLDER holds checkpoint and tile/; OLDER are files with checkpoints that were published before.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

// folder reads tiles as C2SP tlog-tiles names them: without the height, entries for data.
type folder string

func (folder) Height() int { return 8 }

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		path := strings.Replace(strings.Replace(tile.Path(), "tile/8/", "tile/", 1), "tile/data/", "tile/entries/", 1)
		bytes, err := os.ReadFile(filepath.Join(string(f), path))
		if err != nil {
			return nil, err
		}
		data[i] = bytes
	}
	return data, nil
}

func (folder) SaveTiles([]tlog.Tile, [][]byte) {}

func open(path string, verifiers note.Verifiers) tlog.Tree {
	signed := must(note.Open(must(os.ReadFile(path)), verifiers))
	lines := strings.Split(signed.Text, "\n")
	return tlog.Tree{N: must(strconv.ParseInt(lines[1], 10, 64)), Hash: must(tlog.ParseHash(lines[2]))}
}

func entries(bundle []byte) [][]byte {
	var list [][]byte
	for len(bundle) > 0 {
		end := 2 + int(binary.BigEndian.Uint16(bundle))
		list = append(list, bundle[2:end])
		bundle = bundle[end:]
	}
	return list
}

func main() {
	files := folder(os.Args[1])
	verifiers := note.VerifierList(must(note.NewVerifier(os.Args[2])))
	tree := open(filepath.Join(os.Args[1], "checkpoint"), verifiers)
	reader := tlog.TileHashReader(tree, files)
	for n := int64(0); n < tree.N; n += 1 + tree.N/997 {
		tile := tlog.Tile{H: 8, L: -1, N: n / 256, W: int(min(256, tree.N-n/256*256))}
		bundle := must(files.ReadTiles([]tlog.Tile{tile}))[0]
		leaf := tlog.RecordHash(entries(bundle)[n%256])
		if err := tlog.CheckRecord(must(tlog.ProveRecord(tree.N, n, reader)), tree.N, tree.Hash, n, leaf); err != nil {
			must(0, fmt.Errorf("record %d: %w", n, err))
		}
	}
	for _, path := range os.Args[3:] {
		older := open(path, verifiers)
		if err := tlog.CheckTree(must(tlog.ProveTree(tree.N, older.N, reader)), tree.N, tree.Hash, older.N, older.Hash); err != nil {
			must(0, fmt.Errorf("%s: %w", path, err))
		}
		// Its own partial tiles are there, too.
		must(tlog.ProveRecord(older.N, older.N-1, tlog.TileHashReader(older, files)))
	}
	fmt.Printf("%d records, %d older checkpoints\n", tree.N, len(os.Args)-3)
}
