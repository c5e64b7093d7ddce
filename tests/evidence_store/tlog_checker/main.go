// Command tlog_checker checks the ledger of an unzipped bundle with the tools of Go's checksum database, which know
// nothing of Takan: golang.org/x/mod/sumdb/note and tlog.
//
// Usage: tlog_checker LEDGER_FOLDER VKEY [EARLIER_CHECKPOINT CONSISTENCY_PROOF]
//
// It prints what it found and exits with 1 when anything does not fit.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type proofs struct {
	Origin  string
	Size    int64
	Entries []struct {
		Index int64
		Path  []tlog.Hash
	}
}

type checkpoint struct {
	origin string
	tree   tlog.Tree
}

func main() {
	if len(os.Args) != 3 && len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: tlog_checker LEDGER_FOLDER VKEY [EARLIER_CHECKPOINT CONSISTENCY_PROOF]")
		os.Exit(2)
	}
	if err := check(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, "tlog_checker:", err)
		os.Exit(1)
	}
}

func check(folder, vkey string, earlier []string) error {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	keys := note.VerifierList(verifier)
	now, err := opened(filepath.Join(folder, "checkpoint"), keys)
	if err != nil {
		return err
	}
	fmt.Printf("checkpoint of %s, size %d, signed by %s\n", now.origin, now.tree.N, verifier.Name())
	count, err := included(folder, now)
	if err != nil {
		return err
	}
	fmt.Printf("%d entries included\n", count)
	if len(earlier) == 0 {
		return nil
	}
	old, err := opened(earlier[0], keys)
	if err != nil {
		return err
	}
	if old.origin != now.origin {
		return fmt.Errorf("the earlier checkpoint is of %s", old.origin)
	}
	if err := consistent(earlier[1], old.tree, now.tree); err != nil {
		return err
	}
	fmt.Printf("consistent with the checkpoint of size %d\n", old.tree.N)
	return nil
}

// opened reads a checkpoint (C2SP tlog-checkpoint) whose note must be signed by one of the keys. tlog.ParseTree knows
// the checksum database's own first line only, so the three lines are read here.
func opened(file string, keys note.Verifiers) (checkpoint, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return checkpoint{}, err
	}
	signed, err := note.Open(data, keys)
	if err != nil {
		return checkpoint{}, fmt.Errorf("%s: %w", file, err)
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) < 4 {
		return checkpoint{}, fmt.Errorf("%s is no checkpoint", file)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return checkpoint{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return checkpoint{}, err
	}
	return checkpoint{lines[0], tlog.Tree{N: size, Hash: root}}, nil
}

func included(folder string, now checkpoint) (int, error) {
	data, err := os.ReadFile(filepath.Join(folder, "proofs.json"))
	if err != nil {
		return 0, err
	}
	var listed proofs
	if err := json.Unmarshal(data, &listed); err != nil {
		return 0, err
	}
	if listed.Origin != now.origin || listed.Size != now.tree.N {
		return 0, fmt.Errorf("proofs.json is about %s with %d entries", listed.Origin, listed.Size)
	}
	for _, entry := range listed.Entries {
		leaf, err := os.ReadFile(filepath.Join(folder, "entries", fmt.Sprintf("%09d.json", entry.Index)))
		if err != nil {
			return 0, err
		}
		err = tlog.CheckRecord(entry.Path, now.tree.N, now.tree.Hash, entry.Index, tlog.RecordHash(leaf))
		if err != nil {
			return 0, fmt.Errorf("entry %d: %w", entry.Index, err)
		}
	}
	return len(listed.Entries), nil
}

func consistent(file string, old, now tlog.Tree) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var proof tlog.TreeProof
	for _, line := range strings.Fields(string(data)) {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		proof = append(proof, hash)
	}
	if err := tlog.CheckTree(proof, now.N, now.Hash, old.N, old.Hash); err != nil {
		return fmt.Errorf("consistency of %d and %d: %w", old.N, now.N, err)
	}
	return nil
}
