// Command bench runs newsmill's cleaner and its peers over the same pages in the same process, and prints how good
// and how fast each is. It is a module of its own so that the peers' dependencies stay out of newsmill's.
//
//	go run -C bench . -corpus ../../shared/corpus
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("bench: ")
	corpus := flag.String("corpus", "../../shared/corpus", "folder of the sets, with score.py")
	sets := flag.String("sets", "fundus-dev,traf-dev,wcxb-dev", "sets to score, with commas")
	rounds := flag.Int("rounds", 3, "how often each page is timed; the fastest round counts")
	keep := flag.String("keep", "", "keep the predictions in this folder")
	flag.Parse()

	work := *keep
	if work == "" {
		dir, err := os.MkdirTemp("", "bench")
		if err != nil {
			log.Fatal(err)
		}
		defer os.RemoveAll(dir)
		work = dir
	}
	var times []timing
	scores := map[string]map[string]score{} // set, tool
	for set := range strings.SplitSeq(*sets, ",") {
		pages, err := loadSet(filepath.Join(*corpus, set))
		if err != nil {
			log.Fatalf("%s: %v: give the corpus folder with -corpus", set, err)
		}
		scores[set] = map[string]score{}
		for _, t := range tools {
			predictions := filepath.Join(work, set+"-"+strings.ReplaceAll(t.name, " ", "-")+".jsonl")
			spent, err := runTool(t, pages, *rounds, predictions)
			if err != nil {
				log.Fatal(err)
			}
			times = append(times, timing{set, t.name, spent})
			if t.extract == nil {
				continue
			}
			if scores[set][t.name], err = scoreFile(*corpus, set, predictions); err != nil {
				log.Fatal(err)
			}
		}
	}
	printQuality(strings.Split(*sets, ","), scores)
	printSpeed(times)
}

// page is a captured page with its address.
type page struct {
	id, url string
	body    []byte
}

func loadSet(folder string) ([]page, error) {
	truth, err := os.Open(filepath.Join(folder, "truth.jsonl"))
	if err != nil {
		return nil, err
	}
	defer truth.Close()
	var pages []page
	for lines := json.NewDecoder(truth); ; {
		var line struct{ ID, URL string }
		if err := lines.Decode(&line); err == io.EOF {
			return pages, nil
		} else if err != nil {
			return nil, err
		}
		body, err := readGzip(filepath.Join(folder, "pages", line.ID+".html.gz"))
		if err != nil {
			return nil, err
		}
		pages = append(pages, page{line.ID, line.URL, body})
	}
}

func readGzip(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(unzipped)
}

// prediction is what score.py reads.
type prediction struct {
	ID      string   `json:"id"`
	Text    string   `json:"text"`
	Title   string   `json:"title,omitempty"`
	Authors []string `json:"authors,omitempty"`
	Date    string   `json:"date,omitempty"`
	Article *bool    `json:"is_article,omitempty"`
}

// runTool returns each page's fastest time and writes the predictions.
func runTool(t tool, pages []page, rounds int, predictions string) ([]time.Duration, error) {
	var out bytes.Buffer
	lines := json.NewEncoder(&out)
	spent := make([]time.Duration, len(pages))
	for i, p := range pages {
		var found prediction
		for round := range rounds {
			start := time.Now()
			if t.extract != nil {
				found = extractSafely(t, p)
			} else {
				t.work(p)
			}
			if d := time.Since(start); round == 0 || d < spent[i] {
				spent[i] = d
			}
		}
		found.ID = p.id
		if err := lines.Encode(found); err != nil {
			return nil, err
		}
	}
	return spent, os.WriteFile(predictions, out.Bytes(), 0o644)
}

// extractSafely counts a peer's panic on a page as an empty answer.
func extractSafely(t tool, p page) (found prediction) {
	defer func() {
		if r := recover(); r != nil {
			log.Printf("%s panics on %s: %v", t.name, p.id, r)
		}
	}()
	return t.extract(p)
}

// score is a part of what score.py prints.
type score struct {
	Shingle, Words struct{ F1, Exact float64 }
	Snippets       *struct {
		With, Leaked float64
		LeakyPages   float64 `json:"leaky_pages"`
	}
	Title, Authors, Date struct{ Score float64 }
	By                   map[string]score
	N                    int
}

func scoreFile(corpus, set, predictions string) (score, error) {
	args := []string{filepath.Join(corpus, "score.py"), filepath.Join(corpus, set), predictions, "--json"}
	if set == "wcxb-dev" {
		args = append(args, "--by", "page_type")
	}
	cmd := exec.Command("python3", args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return score{}, fmt.Errorf("score.py: %w", err)
	}
	report := map[string]score{}
	if err := json.Unmarshal(out, &report); err != nil {
		return score{}, err
	}
	return report[set], nil
}

func printQuality(sets []string, scores map[string]map[string]score) {
	fmt.Println("| set | tool | shingle F1 | exact | words F1 | with | leaked | title | authors | date |")
	fmt.Println("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|")
	for _, set := range sets {
		for _, t := range tools {
			if t.extract == nil {
				continue
			}
			s, name := scores[set][t.name], set
			if article, ok := s.By["article"]; ok {
				printRow(set+", all kinds", t.name, s)
				s, name = article, set+", articles"
			}
			printRow(name, t.name, s)
		}
	}
}

func printRow(set, tool string, s score) {
	with, leaked := "", ""
	if s.Snippets != nil {
		with, leaked = fmt.Sprintf("%.3f", s.Snippets.With), fmt.Sprintf("%.3f", s.Snippets.Leaked)
	}
	body := " | | "
	if s.Shingle.F1 > 0 {
		body = fmt.Sprintf("%.3f | %.3f | %.3f", s.Shingle.F1, s.Shingle.Exact, s.Words.F1)
	}
	fmt.Printf("| %s | %s | %s | %s | %s | %.3f | %.3f | %.3f |\n", set, tool, body, with, leaked, s.Title.Score, s.Authors.Score, s.Date.Score)
}

type timing struct {
	set, tool string
	pages     []time.Duration
}

// printSpeed prints times as multiples of bare parsing: sum over sum, and the 99th percentile over pages.
func printSpeed(times []timing) {
	fmt.Println("\n| set | tool | ms a page | x bare parsing | p99 x |")
	fmt.Println("|---|---|---:|---:|---:|")
	bare := map[string][]time.Duration{}
	for _, t := range times {
		if t.tool == bareParsing {
			bare[t.set] = t.pages
		}
	}
	for _, t := range times {
		ratios := make([]float64, len(t.pages))
		for i, d := range t.pages {
			ratios[i] = float64(d) / float64(bare[t.set][i])
		}
		slices.Sort(ratios)
		fmt.Printf("| %s | %s | %.2f | %.2f | %.2f |\n", t.set, t.tool, sum(t.pages).Seconds()*1000/float64(len(t.pages)),
			float64(sum(t.pages))/float64(sum(bare[t.set])), ratios[len(ratios)*99/100])
	}
}

func sum(all []time.Duration) (total time.Duration) {
	for _, d := range all {
		total += d
	}
	return total
}
