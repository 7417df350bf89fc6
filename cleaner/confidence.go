package cleaner

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"sync"

	"newsmill/cleaner/article"
	"newsmill/cleaner/forest"
	"newsmill/cleaner/script"
)

// How sure the cleaner is of a text: the probability that it is right, by what the decoder knows of the page once every block
// has its label. A model is learned from pages that the labeller had not seen, so that its scores were as unsure as they
// are on a stranger's page (see cmd/newsmill-train). None of the numbers is a word of a language or an address.

// ConfidenceModel tells by the numbers of a page how probably its text is right.
type ConfidenceModel struct {
	pages, lines calibrated
}

// calibrated is a forest for one form of input.
type calibrated struct {
	forest  forest.Forest
	slopes  []slope   // by number
	knots   []knot    // rising in both; what the sum of leaves and slopes means is between them
	typical []float32 // the median of each number on pages with the right text
}

// slope is what a number adds to the sum by itself, for each Scale that it lies above Mean, of maxAway at most.
type slope struct{ Mean, Scale, Weight float32 }

const maxAway = 3

// knot is a point of the calibration.
type knot struct{ Sum, Probability float32 }

const confidenceMagic = "newsmill confidence 2\n"

//go:embed confidence.bin
var builtInConfidence []byte

var defaultConfidence = sync.OnceValue(func() *ConfidenceModel {
	m, err := ReadConfidenceModel(bytes.NewReader(builtInConfidence))
	if err != nil {
		panic(err) // an embedded file: a test reads it
	}
	return m
})

// ReadConfidenceModel reads a model as cmd/newsmill-train writes it.
func ReadConfidenceModel(r io.Reader) (*ConfidenceModel, error) {
	if !forest.Begins(r, confidenceMagic) {
		return nil, errors.New("not a model of confidence: train one with newsmill-train -confidence")
	}
	m := &ConfidenceModel{}
	for _, j := range []*calibrated{&m.pages, &m.lines} {
		if err := j.read(r); err != nil {
			return nil, fmt.Errorf("model of confidence: %w", err)
		}
	}
	return m, nil
}

const maxKnots = 1000

func (j *calibrated) read(r io.Reader) error {
	var head struct{ Features, Knots uint32 }
	if err := binary.Read(r, binary.LittleEndian, &head); err != nil {
		return err
	}
	if names, _ := certaintyOf(&document{}, &article.Article{}).numbers(true); int(head.Features) != len(names) {
		return fmt.Errorf("it has %d features, this program %d: train it again", head.Features, len(names))
	}
	if head.Knots < 2 || head.Knots > maxKnots {
		return fmt.Errorf("%d points of calibration", head.Knots)
	}
	j.knots, j.typical, j.slopes = make([]knot, head.Knots), make([]float32, head.Features), make([]slope, head.Features)
	if err := binary.Read(r, binary.LittleEndian, j.knots); err != nil {
		return err
	}
	if err := binary.Read(r, binary.LittleEndian, j.typical); err != nil {
		return err
	}
	if err := binary.Read(r, binary.LittleEndian, j.slopes); err != nil {
		return err
	}
	var err error
	j.forest, err = forest.Read(r)
	return err
}

// probability is the calibrated word of the forest.
func (j *calibrated) probability(x []float32) float64 {
	sum := float32(0)
	for i, s := range j.slopes {
		sum += s.Weight * clip((x[i]-s.Mean)/s.Scale, maxAway)
	}
	for i := range j.forest.Trees() {
		sum += j.forest.Value(i, x)
	}
	k := j.knots
	if len(k) == 0 {
		return 0 // never trained
	}
	at, _ := slices.BinarySearchFunc(k, sum, func(k knot, sum float32) int {
		if k.Sum < sum {
			return -1
		}
		return 1
	})
	switch at {
	case 0:
		return float64(k[0].Probability)
	case len(k):
		return float64(k[len(k)-1].Probability)
	}
	low, high := k[at-1], k[at]
	return float64(low.Probability + (high.Probability-low.Probability)*(sum-low.Sum)/(high.Sum-low.Sum))
}

// judged is what an article's confidence was told by.
type judged struct {
	by                 *calibrated
	numbers            []float32
	isLines            bool
	best, second, pick string // elements, as "div.comments"; "": none
}

// judge fills in how probably the article's text is right.
func judge(r *Result, d *document, opt Options) {
	model := opt.Confidence
	if model == nil {
		model = defaultConfidence()
	}
	c := certaintyOf(d, &r.Article)
	j := judged{by: model.of(d.lines), isLines: d.lines, best: d.elementName(c.best), second: d.elementName(c.second)}
	if d.features != nil {
		j.pick = d.elementName(d.features.best)
	}
	_, j.numbers = c.numbers(false)
	r.judged = j
	p := j.by.probability(j.numbers)
	switch {
	case c.chars == 0:
		p = min(p, emptyConfidence)
	case r.Article.WordCount < fewWords:
		p = min(p, scrapConfidence)
	case c.recovered > c.chars/2:
		p = min(p, recoveredConfidence)
	}
	r.Article.Confidence = math.Round(1000*p) / 1000
}

// Pages to learn from seldom show no text, next to none, or one that stands in their data only: no more confidence than this.
const (
	emptyConfidence     = 0.02
	fewWords            = 10 // fewer are right on 3 of 6 pages
	scrapConfidence     = 0.4
	recoveredConfidence = 0.45
)

// elementName is the last step of an element's path: "div.comments"; "" for none.
func (d *document) elementName(el int32) string {
	if el < 0 {
		return ""
	}
	e := d.element(el)
	if e.class == "" {
		return script.Cut(e.node.Data, maxNameBytes)
	}
	return script.Cut(e.node.Data, maxNameBytes) + "." + script.Cut(e.class, maxNameBytes)
}

// of is the part of a model for pages or for plain text.
func (m *ConfidenceModel) of(lines bool) *calibrated {
	if lines {
		return &m.lines
	}
	return &m.pages
}

// ConfidenceSample returns the article of a page, without a confidence, and the numbers that its model sees, for training.
func ConfidenceSample(p Page, opt Options) (a *article.Article, names []string, values []float32, err error) {
	opt.Confidence = &ConfidenceModel{} // the built-in one may know other numbers
	r, err := Clean(p, opt)
	if err != nil {
		return nil, nil, nil, err
	}
	names, _ = certaintyOf(&document{}, &article.Article{}).numbers(true)
	return &r.Article, names, r.judged.numbers, nil
}
