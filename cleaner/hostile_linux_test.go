package cleaner

import (
	"bufio"
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"
)

// The flags are of TestHostileChild, which BenchmarkHostile runs in a process for each construction, so that a peak of
// memory is of one.
var (
	hostileName = flag.String("hostile", "", "measure this construction of testdata/hostile.txt")
	hostileFrom = flag.Int("hostile-from", 64<<10, "at this size, bytes, and at all that are twice as large")
	hostileTo   = flag.Int("hostile-to", 8<<20, "up to this size")
)

// TestHostileChild measures the construction that BenchmarkHostile asks for.
func TestHostileChild(t *testing.T) {
	for _, c := range constructions(t) {
		if c.name != *hostileName {
			continue
		}
		Clean(c.page(1000), Options{}) // what is made once, when first needed
		for size := *hostileFrom; size <= *hostileTo; size *= 2 {
			p := c.page(size)
			took := time.Duration(0)
			var err error
			for tries := 0; tries < 5 && (tries == 0 || size < 1<<20); tries++ { // short times are noise: the least of five
				start := processTime()
				_, err = Clean(p, Options{})
				if t := processTime() - start; tries == 0 || t < took {
					took = t
				}
				if took > time.Second {
					break
				}
			}
			var u unix.Rusage
			if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
				t.Fatal(err)
			}
			fmt.Printf("hostile\t%d\t%d\t%d\t%v\n", size, took.Nanoseconds(), u.Maxrss, err)
		}
	}
}

// processTime is the processor time that this process has used, all threads together.
func processTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		panic(err)
	}
	return time.Duration(t.Nano())
}

// hostileResult is what one construction costs.
type hostileResult struct {
	name  string
	took  []time.Duration // by size
	peak  int             // kB of memory, of the whole process
	error string          // of the largest page
}

// worse returns how many times more than the growth of the page the time has grown, counted from a size at which it can
// be measured.
func (r *hostileResult) worse() float64 {
	const floor = 5 * time.Millisecond
	last := len(r.took) - 1
	return float64(r.took[last]) / float64(max(r.took[0], floor)) / float64(int(1)<<last)
}

// BenchmarkHostile cleans each construction at sizes that double and prints what it costs: processor time, how much more
// than linear it grows, and the process's peak of memory. Names after HOSTILE= choose some.
func BenchmarkHostile(b *testing.B) {
	only := strings.Fields(os.Getenv("HOSTILE"))
	var results []hostileResult
	for _, c := range constructions(b) {
		if len(only) > 0 && !slices.Contains(only, c.name) {
			continue
		}
		r := hostileResult{name: c.name}
		cmd := exec.Command(os.Args[0], "-test.run", "^TestHostileChild$", "-test.timeout", "3m", "-hostile", c.name)
		out, err := cmd.Output()
		if err != nil {
			r.error = "FAILED: " + err.Error()
		}
		for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
			f := strings.Split(s.Text(), "\t")
			if f[0] != "hostile" {
				continue
			}
			ns, _ := strconv.ParseInt(f[2], 10, 64)
			r.took = append(r.took, time.Duration(ns))
			r.peak, _ = strconv.Atoi(f[3])
			r.error = cmp.Or(r.error, strings.TrimPrefix(f[4], "<nil>"))
		}
		if len(r.took) == 0 {
			b.Errorf("%s: %s", r.name, r.error)
			continue
		}
		results = append(results, r)
	}
	slices.SortFunc(results, func(x, y hostileResult) int { return cmp.Compare(y.took[len(y.took)-1], x.took[len(x.took)-1]) })
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "\n64 kB\t1 MB\t8 MB\tworse than linear\tpeak MB\tconstruction\t\n")
	worst, slowest, peak := 0.0, time.Duration(0), 0
	for _, r := range results {
		last := r.took[len(r.took)-1]
		middle := r.took[min(4, len(r.took)-1)]
		fmt.Fprintf(w, "%.1f ms\t%.0f ms\t%.0f ms\tx %.2f\t%d\t %s %s\t\n", ms(r.took[0]), ms(middle), ms(last), r.worse(), r.peak>>10, r.name, r.error)
		worst, slowest, peak = max(worst, r.worse()), max(slowest, last), max(peak, r.peak)
	}
	w.Flush()
	b.ReportMetric(worst, "x-linear")
	b.ReportMetric(slowest.Seconds(), "s-slowest")
	b.ReportMetric(float64(peak>>10), "MB-peak")
	b.ReportMetric(float64(len(results)), "constructions")
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
