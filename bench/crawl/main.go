// Command crawl measures what newsmill crawl adds to the sum of its parts, and how it compares with a Scrapy spider:
// all fetch the same pages of a replayed web, one after the other, each in a process of its own with the same cores. The
// server is another process. Times are wall time and processor time; the latter tells more on a machine that is shared.
//
//	go run -C bench ./crawl -replay ../../shared/replay -pages 2000
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	_ "embed"
)

//go:embed spider.py
var spider []byte

// What a crawl may take at most, as a multiple of its parts; and how many times as many pages a second as Scrapy it
// stores at least. Both are by the clock: a crawl uses all cores, and inserting and Scrapy one.
const (
	mostOfParts   = 1.2
	leastOfScrapy = 3.0
)

// inFlight is the number of requests at a time, of each of the crawlers.
const inFlight = 32

func main() {
	log.SetFlags(0)
	log.SetPrefix("crawl: ")
	replay := flag.String("replay", "../../shared/replay", "folder of the replayed web")
	pages := flag.Int("pages", 20_000, "pages to fetch, of 50 hosts")
	listen := flag.String("listen", "127.0.0.1:18989", "address for the replayed web")
	keep := flag.String("keep", "", "keep the files in this folder")
	part := flag.String("part", "", "be one of the parts that are measured: fetch, insert")
	flag.Parse()
	var err error
	switch *part {
	case "fetch":
		err = fetchAll(flag.Args())
	case "insert":
		err = insertAll(flag.Args())
	default:
		err = compare(*replay, *listen, *keep, *pages)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// bench is where a comparison happens.
type bench struct {
	folder, proxy string
	pages         int
}

// cost is what a process took.
type cost struct {
	wall, cpu time.Duration
	peak      int64 // bytes of memory
}

func compare(replay, listen, keep string, pages int) error {
	b := &bench{folder: keep, proxy: "http://" + listen, pages: pages}
	if keep == "" {
		dir, err := os.MkdirTemp("", "bench-crawl")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		b.folder = dir
	} else if err := os.MkdirAll(keep, 0o755); err != nil {
		return err
	}
	stop, err := b.serve(replay, listen)
	if err != nil {
		return err
	}
	defer stop()
	if err := b.build("newsmill", "..", "./cmd/newsmill"); err != nil {
		return err
	}
	return b.measure()
}

func (b *bench) path(name string) string { return filepath.Join(b.folder, name) }

func (b *bench) build(name, module, pkg string) error {
	to, err := filepath.Abs(b.path(name))
	if err != nil {
		return err
	}
	out, err := exec.Command("go", "build", "-C", module, "-o", to, pkg).CombinedOutput()
	if err != nil {
		return fmt.Errorf("build %s: %w\n%s", name, err, out)
	}
	return nil
}

// serve starts the replayed web and fetches the lists of addresses from it.
func (b *bench) serve(replay, listen string) (stop func(), err error) {
	if err := b.build("replay", replay, "."); err != nil {
		return nil, fmt.Errorf("%w: give the folder of the replayed web with -replay", err)
	}
	cmd := exec.Command(b.path("replay"), "-sets", "", "-scale", "50", "-scale-pages", fmt.Sprint(b.pages), "-listen", listen, "-ca", b.path("ca"))
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	stop = func() {
		_ = cmd.Process.Kill() // it has nothing to lose
		_ = cmd.Wait()
	}
	for range 100 {
		if err = b.download("/hosts.txt?set=scale", "hosts.txt"); err == nil {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if err == nil {
		err = b.download(fmt.Sprintf("/scale/urls.txt?n=%d", b.pages), "urls.txt")
	}
	if err != nil {
		stop()
		return nil, err
	}
	return stop, nil
}

func (b *bench) download(from, to string) error {
	res, err := http.Get(b.proxy + from)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s%s: %s", b.proxy, from, res.Status)
	}
	file, err := os.Create(b.path(to))
	if err != nil {
		return err
	}
	_, err = io.Copy(file, res.Body)
	return errors.Join(err, file.Close())
}

// measure runs the parts and the whole, and prints the table.
func (b *bench) measure() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	newsmill := b.path("newsmill")
	// Not measured: the bytes that newsmill clean is given.
	if _, err := run(exec.Command(self, "-part", "fetch", b.proxy, b.path("urls.txt"), b.path("pages.jsonl"))); err != nil {
		return err
	}
	colly, err := run(exec.Command(self, "-part", "fetch", b.proxy, b.path("urls.txt")))
	if err != nil {
		return err
	}
	clean, err := run(exec.Command(newsmill, "clean", "--from", "jsonl", b.path("pages.jsonl")))
	if err != nil {
		return err
	}
	db := b.path("crawl.db")
	crawl, err := run(exec.Command(newsmill, "crawl", "--quiet", "--from", b.path("hosts.txt"), "--proxy", b.proxy, "--delay", "0", "--db", db))
	if err != nil {
		return err
	}
	insert, err := runInsert(exec.Command(self, "-part", "insert", db, b.path("bare.db")))
	if err != nil {
		return err
	}
	if insert.articles != b.pages {
		return fmt.Errorf("newsmill stored %d of %d pages", insert.articles, b.pages)
	}
	scrapy, err := b.scrapy()
	if err != nil {
		return err
	}
	parts := cost{wall: colly.wall + clean.wall + insert.wall, cpu: colly.cpu + clean.cpu + insert.cpu}
	fmt.Printf("%d pages of 50 hosts, %d in flight, %d cores\n\n", b.pages, inFlight, runtime.GOMAXPROCS(0))
	fmt.Println("| | wall s | processor s | pages/s | peak MB |")
	fmt.Println("|---|---:|---:|---:|---:|")
	b.print("bare Colly fetches them", colly)
	b.print("newsmill clean, the same bytes", clean)
	b.print("prepared statements, the same rows", insert.cost)
	b.print("sum of these", parts)
	b.print("newsmill crawl", crawl)
	if scrapy.wall > 0 {
		b.print("Scrapy, paragraphs to SQLite", scrapy)
	}
	fmt.Println()
	passed := compareAtMost("newsmill crawl / sum of its parts", ratio(crawl.wall, parts.wall), ratio(crawl.cpu, parts.cpu))
	if scrapy.wall > 0 {
		passed = compareAtLeast("pages a second, newsmill crawl / Scrapy", ratio(scrapy.wall, crawl.wall), ratio(scrapy.cpu, crawl.cpu)) && passed
	} else {
		fmt.Println("skipped: Scrapy is not installed (Debian: apt-get install python3-scrapy)")
	}
	if !passed {
		return errors.New("too slow")
	}
	return nil
}

// scrapy runs the spider; nothing where Scrapy is not installed.
func (b *bench) scrapy() (cost, error) {
	program, err := exec.LookPath("scrapy")
	if err != nil {
		return cost{}, nil
	}
	if err := os.WriteFile(b.path("spider.py"), spider, 0o644); err != nil {
		return cost{}, err
	}
	db := b.path("scrapy.db")
	c, err := run(exec.Command(program, "runspider", b.path("spider.py"), "-a", "urls="+b.path("urls.txt"), "-a", "db="+db, "-a", "proxy="+b.proxy))
	if err != nil {
		return cost{}, err
	}
	n, err := countRows(db, "pages")
	if err == nil && n != b.pages {
		err = fmt.Errorf("Scrapy stored %d of %d pages", n, b.pages)
	}
	return c, err
}

// run runs a part to its end.
func run(cmd *exec.Cmd) (cost, error) {
	var complaints strings.Builder
	cmd.Stderr = &complaints
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return cost{}, fmt.Errorf("%s: %w\n%s", cmd, err, complaints.String())
	}
	wall := time.Since(start)
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return cost{wall, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), usage.Maxrss << 10}, nil
}

// inserted is what the part "insert" says of itself: it reads before it writes, and only writing counts.
type inserted struct {
	cost
	articles int
}

func runInsert(cmd *exec.Cmd) (inserted, error) {
	var out strings.Builder
	cmd.Stdout = &out
	c, err := run(cmd)
	if err != nil {
		return inserted{}, err
	}
	in := inserted{cost: c}
	var wall, cpu int64
	if _, err := fmt.Sscan(out.String(), &wall, &cpu, &in.articles); err != nil {
		return inserted{}, fmt.Errorf("%s: %w", cmd, err)
	}
	in.wall, in.cpu = time.Duration(wall), time.Duration(cpu)
	return in, nil
}

func (b *bench) print(name string, c cost) {
	peak := ""
	if c.peak > 0 {
		peak = fmt.Sprintf("%.0f", float64(c.peak)/(1<<20))
	}
	fmt.Printf("| %s | %.1f | %.1f | %.0f | %s |\n", name, c.wall.Seconds(), c.cpu.Seconds(), float64(b.pages)/c.wall.Seconds(), peak)
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

func compareAtMost(what string, wall, cpu float64) bool {
	return verdict(what, wall, cpu, fmt.Sprintf("at most %.1f", mostOfParts), wall <= mostOfParts)
}

func compareAtLeast(what string, wall, cpu float64) bool {
	return verdict(what, wall, cpu, fmt.Sprintf("at least %.1f", leastOfScrapy), wall >= leastOfScrapy)
}

func verdict(what string, wall, cpu float64, wanted string, ok bool) bool {
	word := "ok"
	if !ok {
		word = "FAILED"
	}
	fmt.Printf("%-6s %s: %.2f, %s (by processor time %.2f)\n", word, what, wall, wanted, cpu)
	return ok
}

// lines reads a list.
func lines(name string) ([]string, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var all []string
	scan := bufio.NewScanner(file)
	for scan.Scan() {
		all = append(all, scan.Text())
	}
	return all, scan.Err()
}
