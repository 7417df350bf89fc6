package storage

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// exportRange is how many articles a statement reads: a snapshot held for long would let the write-ahead log grow.
const exportRange = 200

// ExportOptions say which articles are exported. The zero value is all.
type ExportOptions struct {
	Filter
	Query     string // as in Search; empty: all
	Substring bool
	SinceID   int64 // only articles with a greater id, to go on where an earlier export ended
}

// Articles returns articles in the order of their ids, in constant memory. The sequence ends with an error if there is
// one.
func (db *DB) Articles(ctx context.Context, opt ExportOptions) iter.Seq2[*Article, error] {
	return func(yield func(*Article, error) bool) {
		if opt.Query != "" {
			db.foundArticles(ctx, opt, yield)
			return
		}
		conds, args := opt.where()
		conds = append([]string{"a.id > ?"}, conds...)
		q := strings.Replace(articleSQL, "\n\tFROM articles", "\n\tFROM articles JOIN (SELECT a.id AS next FROM articles a WHERE "+strings.Join(conds, " AND ")+
			" ORDER BY a.id LIMIT ?) ON next = id ORDER BY id", 1)
		for after := opt.SinceID; ; {
			batch, err := db.articles(ctx, q, append(append([]any{after}, args...), exportRange)...)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, a := range batch {
				if !yield(a, nil) {
					return
				}
			}
			if len(batch) < exportRange {
				return
			}
			after = batch[len(batch)-1].ID
		}
	}
}

// foundArticles yields what a search finds. Ids are collected first, 8 bytes each.
func (db *DB) foundArticles(ctx context.Context, opt ExportOptions, yield func(*Article, error) bool) {
	var ids []int64
	seen := map[int64]bool{}
	err := db.SearchIDs(ctx, opt.Query, SearchOptions{Filter: opt.Filter, Substring: opt.Substring}, func(id int64) error {
		ids = append(ids, id)
		return nil
	})
	if err != nil {
		yield(nil, err)
		return
	}
	for _, id := range ids {
		if id <= opt.SinceID && !opt.Unique {
			continue
		}
		a, err := db.Article(ctx, id)
		if err != nil {
			yield(nil, err)
			return
		}
		if opt.Unique {
			if seen[a.StoryID] {
				continue
			}
			if seen[a.StoryID] = true; id <= opt.SinceID {
				continue
			}
		}
		if !yield(a, nil) {
			return
		}
	}
}

func (db *DB) articles(ctx context.Context, q string, args ...any) ([]*Article, error) {
	rows, err := db.read.QueryContext(ctx, q, args...)
	if err != nil {
		return nil, db.explain(err)
	}
	defer rows.Close()
	var all []*Article
	for rows.Next() {
		a, err := scanArticle(rows)
		if err != nil {
			return nil, db.explain(err)
		}
		all = append(all, a)
	}
	return all, db.explain(rows.Err())
}

// parquetRow is an article in a Parquet file. DuckDB and pandas get lists as lists and times as times.
type parquetRow struct {
	ID           int64      `parquet:"id"`
	URL          string     `parquet:"url"`
	CanonicalURL string     `parquet:"canonical_url"`
	Source       string     `parquet:"source,dict"`
	SiteName     *string    `parquet:"site_name,optional,dict"`
	Title        string     `parquet:"title"`
	Byline       *string    `parquet:"byline,optional"`
	Authors      []string   `parquet:"authors,list"`
	PublishedAt  *time.Time `parquet:"published_at,optional,timestamp(millisecond)"`
	ModifiedAt   *time.Time `parquet:"modified_at,optional,timestamp(millisecond)"`
	FirstSeenAt  time.Time  `parquet:"first_seen_at,timestamp(millisecond)"`
	FetchedAt    time.Time  `parquet:"fetched_at,timestamp(millisecond)"`
	Language     *string    `parquet:"language,optional,dict"`
	Section      *string    `parquet:"section,optional,dict"`
	Tags         []string   `parquet:"tags,list"`
	Description  *string    `parquet:"description,optional"`
	Dateline     *string    `parquet:"dateline,optional"`
	ImageURL     *string    `parquet:"image_url,optional"`
	PageType     string     `parquet:"page_type,dict"`
	Paywalled    bool       `parquet:"paywalled"`
	WordCount    int32      `parquet:"word_count"`
	Version      int32      `parquet:"version"`
	StoryID      int64      `parquet:"story_id"`

	PublishedRaw       *string  `parquet:"published_raw,optional"`
	ModifiedRaw        *string  `parquet:"modified_raw,optional"`
	EditorsNote        *string  `parquet:"editors_note,optional"`
	Corrections        []string `parquet:"corrections,list"`
	FactBoxes          []string `parquet:"fact_boxes,list"`
	SignOff            *string  `parquet:"sign_off,optional"`
	AuthorBio          *string  `parquet:"author_bio,optional"`
	Disclaimers        []string `parquet:"disclaimers,list"`
	AISummary          *string  `parquet:"ai_summary,optional"`
	People             *string  `parquet:"people,optional"`
	LeadImage          *string  `parquet:"lead_image,optional"`
	Images             *string  `parquet:"images,optional"`
	Updates            *string  `parquet:"updates,optional"`
	Links              *string  `parquet:"links,optional"`
	Evidence           *string  `parquet:"evidence,optional"`
	PageTypeConfidence float64  `parquet:"page_type_confidence"`
	Confidence         *float64 `parquet:"confidence,optional"`
	PaywallEvidence    *string  `parquet:"paywall_evidence,optional"`
	RobotsTag          *string  `parquet:"robots_tag,optional"`
	OptOut             *string  `parquet:"opt_out,optional"`

	Text     string `parquet:"text"`
	Markdown string `parquet:"markdown"`
}

// A row group is what a Parquet writer holds in memory.
const (
	parquetRows  = 2_000
	parquetBytes = 16 << 20
)

// WriteParquet writes articles as a Parquet file and returns how many there were and the greatest id.
func WriteParquet(w io.Writer, articles iter.Seq2[*Article, error]) (n int, lastID int64, err error) {
	pw := parquet.NewGenericWriter[parquetRow](w, parquet.Compression(&zstd.Codec{}), parquet.CreatedBy("newsmill", "", ""))
	rows, size := 0, 0
	for a, err := range articles {
		if err != nil {
			return n, lastID, err
		}
		if _, err := pw.Write([]parquetRow{parquetOf(a)}); err != nil {
			return n, lastID, fmt.Errorf("write Parquet: %w", err)
		}
		n, lastID = n+1, a.ID
		rows, size = rows+1, size+len(a.Text)+len(a.Markdown)
		if rows >= parquetRows || size >= parquetBytes {
			if err := pw.Flush(); err != nil {
				return n, lastID, fmt.Errorf("write Parquet: %w", err)
			}
			rows, size = 0, 0
		}
	}
	if err := pw.Close(); err != nil {
		return n, lastID, fmt.Errorf("write Parquet: %w", err)
	}
	return n, lastID, nil
}

func parquetOf(a *Article) parquetRow {
	r := parquetRow{
		ID: a.ID, URL: a.URL, CanonicalURL: a.CanonicalURL, Source: a.Source, SiteName: optional(a.SiteName), Title: a.Title,
		Byline: optional(a.Byline), Authors: []string{}, PublishedAt: optional(a.PublishedAt.Time), ModifiedAt: optional(a.ModifiedAt.Time),
		FirstSeenAt: a.FirstSeenAt, FetchedAt: a.FetchedAt, Language: optional(a.Language), Section: optional(a.Section), Tags: a.Tags,
		Description: optional(a.Description), Dateline: optional(a.Dateline), PageType: string(a.PageType), Paywalled: a.Paywall.Closed,
		WordCount: bounded32(a.WordCount), Version: bounded32(a.Version), StoryID: a.StoryID, Text: a.Text, Markdown: a.Markdown,
	}
	r.PublishedRaw, r.ModifiedRaw, r.EditorsNote = optional(a.PublishedAt.Raw), optional(a.ModifiedAt.Raw), optional(a.EditorsNote)
	r.Corrections, r.FactBoxes, r.Disclaimers = a.Corrections, a.FactBoxes, a.Disclaimers
	r.SignOff, r.AuthorBio, r.AISummary = optional(a.SignOff), optional(a.AuthorBio), optional(a.AISummary)
	r.People, r.Images, r.Links = optionalList(a.Authors), optionalList(a.Images), optionalList(a.Links)
	r.PageTypeConfidence, r.Confidence = a.PageTypeConfidence, optional(a.Confidence)
	r.PaywallEvidence, r.RobotsTag, r.OptOut = optional(a.Paywall.Evidence), optional(a.RobotsTag), optional(a.OptOut)
	if len(a.Updates) > 0 {
		r.Updates = optional(jsonUpdates(a.Updates))
	}
	if len(a.Sources) > 0 {
		r.Evidence = optional(jsonText(a.Sources))
	}
	for _, p := range a.Authors {
		r.Authors = append(r.Authors, p.Name)
	}
	if a.Image != nil {
		r.ImageURL, r.LeadImage = optional(a.Image.URL), optional(jsonText(a.Image))
	}
	return r
}

// optionalList returns a list as JSON; nil for an empty one.
func optionalList[T any](list []T) *string {
	if len(list) == 0 {
		return nil
	}
	return optional(jsonText(list))
}

// bounded32 is a number as 32 bits hold it; only a damaged file has another.
func bounded32(n int) int32 { return int32(max(0, min(n, math.MaxInt32))) }

// optional returns nil for a zero value.
func optional[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// IsParquet reports whether a file is one that WriteParquet made: its end names its maker.
func IsParquet(f *os.File) bool {
	fi, err := f.Stat()
	if err != nil || fi.Size() < 8 {
		return false
	}
	end := make([]byte, min(fi.Size(), 64<<10))
	if _, err := f.ReadAt(end, fi.Size()-int64(len(end))); err != nil {
		return false
	}
	return bytes.HasSuffix(end, []byte("PAR1")) && bytes.Contains(end, []byte("newsmill version"))
}
