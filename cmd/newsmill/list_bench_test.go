package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// BenchmarkList times whole processes that open a database and answer: newsmill list, and others that people wait for, with the
// start of the program. The database is the one that NEWSMILL_BENCH_DB names, such as what BenchmarkSearch of package storage
// leaves in NEWSMILL_BENCH_DIR: NEWSMILL_BENCH_DB=/var/tmp/bench-500000.db go test ./cmd/newsmill -run - -bench List -benchtime 1x -v.
func BenchmarkList(b *testing.B) {
	db := os.Getenv("NEWSMILL_BENCH_DB")
	if db == "" {
		b.Skip("NEWSMILL_BENCH_DB names no database")
	}
	program := filepath.Join(b.TempDir(), "newsmill")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	for b.Loop() {
		for _, args := range [][]string{
			{"--version"},
			{"list"},
			{"list", "--limit", "20", "--json"},
			{"list", "--source", "source-0"},
			{"list", "--lang", "zh"},
			{"list", "--unique"},
			{"search", "climate"},
			{"show", "100"},
			{"stats"},
		} {
			var took, busy []time.Duration
			for range 15 {
				cmd := exec.Command(program, append(args, "--db", db)...)
				start := time.Now()
				if out, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v: %v: %s", args, err, out)
				}
				took = append(took, time.Since(start))
				busy = append(busy, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
			}
			slices.Sort(took)
			slices.Sort(busy)
			b.Logf("newsmill %-28v median %6.1f ms, worst %6.1f; of processor time %6.1f and %6.1f", args, milliseconds(took[7]), milliseconds(took[14]), milliseconds(busy[7]), milliseconds(busy[14]))
			if len(args) == 1 && args[0] == "list" {
				b.ReportMetric(milliseconds(took[7]), "list-ms-median")
				b.ReportMetric(milliseconds(busy[7]), "list-cpu-ms-median")
			}
		}
	}
	b.ReportMetric(0, "ns/op")
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
