// A client of a witness by other hands: the tree and proofs of golang.org/x/mod/sumdb/tlog, cosignatures verified by filippo.io/torchwood.
//
// Usage: witness URL LOG-PRIVATE-KEY WITNESS-VKEY
package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type tree struct {
	hashes []tlog.Hash
	roots  []tlog.Hash
}

func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		out[i] = t.hashes[index]
	}
	return out, nil
}

func grow(size int, label string) *tree {
	t := &tree{roots: []tlog.Hash{{}}}
	for i := 0; i < size; i++ {
		added, err := tlog.StoredHashes(int64(i), []byte(fmt.Sprintf("%s %d", label, i)), t)
		check(err)
		t.hashes = append(t.hashes, added...)
		root, err := tlog.TreeHash(int64(i+1), t)
		check(err)
		t.roots = append(t.roots, root)
	}
	return t
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	url := os.Args[1]
	signer, err := note.NewSigner(os.Args[2])
	check(err)
	logVerifier, err := torchwood.NewVerifierFromSigner(os.Args[2])
	check(err)
	witness, err := torchwood.NewCosignatureVerifier(os.Args[3])
	check(err)
	policy := torchwood.ThresholdPolicy(3, torchwood.OriginPolicy(signer.Name()),
		torchwood.SingleVerifierPolicy(logVerifier), torchwood.SingleVerifierPolicy(witness))

	checkpoint := func(t *tree, size int) []byte {
		root := base64.StdEncoding.EncodeToString(t.roots[size][:])
		signed, err := note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%d\n%s\n", signer.Name(), size, root)}, signer)
		check(err)
		return signed
	}
	post := func(t *tree, old, size int) (*http.Response, []byte, []byte) {
		body := &bytes.Buffer{}
		fmt.Fprintf(body, "old %d\n", old)
		if old > 0 && old < size {
			proof, err := tlog.ProveTree(int64(size), int64(old), t)
			check(err)
			for _, hash := range proof {
				fmt.Fprintf(body, "%s\n", base64.StdEncoding.EncodeToString(hash[:]))
			}
		}
		signed := checkpoint(t, size)
		fmt.Fprintf(body, "\n%s", signed)
		response, err := http.Post(strings.TrimSuffix(url, "/")+"/add-checkpoint", "application/octet-stream", body)
		check(err)
		answer, err := io.ReadAll(response.Body)
		check(err)
		return response, answer, signed
	}
	expect := func(what string, status int, response *http.Response) {
		if response.StatusCode != status {
			check(fmt.Errorf("%s: expected status %d, got %d", what, status, response.StatusCode))
		}
	}

	good, fork := grow(700, "leaf"), grow(700, "other")
	old, cosigned := 0, 0
	for _, size := range []int{1, 2, 3, 4, 7, 8, 9, 255, 256, 257, 699, 700, 700} {
		response, answer, signed := post(good, old, size)
		expect(fmt.Sprintf("from %d to %d", old, size), 200, response)
		verified, _, err := torchwood.VerifyCheckpoint(append(signed, answer...), policy)
		check(err)
		if verified.N != int64(size) || verified.Hash != good.roots[size] {
			check(fmt.Errorf("another checkpoint of size %d was cosigned", size))
		}
		old = size
		cosigned++
	}
	response, answer, _ := post(good, 3, 700)
	expect("from an older size", 409, response)
	if response.Header.Get("Content-Type") != "text/x.tlog.size" || string(answer) != "700\n" {
		check(fmt.Errorf("409 with %q of type %q", answer, response.Header.Get("Content-Type")))
	}
	response, _, _ = post(fork, 700, 700)
	expect("another root of one size", 422, response)
	fmt.Printf("%d checkpoints cosigned\n", cosigned)
}
