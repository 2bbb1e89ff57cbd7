// Checks a log with the Go team's own packages: golang.org/x/mod/sumdb/note for the signatures, …/tlog for the tree.
//
// Usage: conformance FOLDER, which holds vkey, records.jsonl, *.checkpoint (sizes rising by name), *.receipt, and for each checkpoint after the
// first *.consistency: the proof from the one before, base64 hashes, one a line.
package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"sort"
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

func require(holds bool, what string) {
	if !holds {
		fmt.Fprintln(os.Stderr, "does not hold:", what)
		os.Exit(1)
	}
}

type hashes []tlog.Hash

// ReadHashes makes the stored hashes a tlog.HashReader.
func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	list := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		list[i] = h[index]
	}
	return list, nil
}

type checkpoint struct {
	origin string
	size   int64
	root   tlog.Hash
}

func open(bytes []byte, verifiers note.Verifiers) checkpoint {
	signed := must(note.Open(bytes, verifiers))
	lines := strings.Split(signed.Text, "\n")
	require(len(lines) == 4 && lines[3] == "", "a checkpoint of three lines")
	return checkpoint{lines[0], must(strconv.ParseInt(lines[1], 10, 64)), hash(lines[2])}
}

func hash(text string) tlog.Hash {
	decoded := must(base64.StdEncoding.DecodeString(text))
	require(len(decoded) == tlog.HashSize, "a hash of 32 bytes")
	return tlog.Hash(decoded)
}

func hashLines(text string) []tlog.Hash {
	var list []tlog.Hash
	for _, line := range strings.Split(text, "\n") {
		if line != "" {
			list = append(list, hash(line))
		}
	}
	return list
}

func files(folder, pattern string) []string {
	list := must(filepath.Glob(filepath.Join(folder, pattern)))
	sort.Strings(list)
	return list
}

func main() {
	folder := os.Args[1]
	vkey := strings.TrimSpace(string(must(os.ReadFile(filepath.Join(folder, "vkey")))))
	verifier := must(note.NewVerifier(vkey))
	verifiers := note.VerifierList(verifier)

	var stored hashes
	records := bytes.Split(bytes.TrimSuffix(must(os.ReadFile(filepath.Join(folder, "records.jsonl"))), []byte("\n")), []byte("\n"))
	for i, record := range records {
		stored = append(stored, must(tlog.StoredHashes(int64(i), record, stored))...)
	}

	var before checkpoint
	checkpoints := files(folder, "*.checkpoint")
	for _, path := range checkpoints {
		now := open(must(os.ReadFile(path)), verifiers)
		require(now.origin == verifier.Name(), "the key's name is the origin")
		require(must(tlog.TreeHash(now.size, stored)) == now.root, "the root is that of the records")
		if before.size > 0 {
			proof := hashLines(string(must(os.ReadFile(strings.TrimSuffix(path, "checkpoint") + "consistency"))))
			require(tlog.CheckTree(proof, now.size, now.root, before.size, before.root) == nil, "the consistency proof")
		}
		before = now
	}

	receipts := files(folder, "*.receipt")
	for _, path := range receipts {
		record, proof, found := strings.Cut(string(must(os.ReadFile(path))), "\nc2sp.org/tlog-proof@v1\nindex ")
		require(found, "a receipt")
		head, signed, found := strings.Cut(proof, "\n\n")
		require(found, "a note in the receipt")
		number, steps, _ := strings.Cut(head, "\n")
		tree := open([]byte(signed), verifiers)
		index := must(strconv.ParseInt(number, 10, 64))
		leaf := tlog.RecordHash([]byte(record))
		require(tlog.CheckRecord(hashLines(steps), tree.size, tree.root, index, leaf) == nil, "the inclusion proof of "+path)
	}
	fmt.Printf("%d records, %d checkpoints, %d receipts\n", len(records), len(checkpoints), len(receipts))
}
