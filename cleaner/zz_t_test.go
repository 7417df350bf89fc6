package cleaner
import ("testing";"os";"encoding/json";"strings";"fmt";"bufio";"compress/gzip";"io")
func TestZZT(t *testing.T) {
	dir := "/work/shared/corpus/traf-dev/"
	folds := map[string]int{}; b,_ := os.ReadFile("/tmp/bt/folds.json"); json.Unmarshal(b,&folds)
	ms := map[int]*Model{}; for k:=range 5 { f,_ := os.Open(fmt.Sprintf("/tmp/bt/fold-%d.bin",k)); ms[k],_ = ReadModel(bufio.NewReader(f)) }
	sq := func(s string) string { return strings.ToLower(strings.Join(strings.Fields(s)," ")) }
	tr,_ := os.ReadFile(dir+"truth.jsonl")
	for line := range strings.Lines(string(tr)) {
		var x struct{ID,URL string; With, Without []string}; json.Unmarshal([]byte(line),&x)
		f,_ := os.Open(dir+"pages/"+x.ID+".html.gz"); z,_ := gzip.NewReader(f); body,_ := io.ReadAll(z)
		r,err := Clean(Page{Body:body,URL:x.URL,Input:HTMLInput}, Options{Model: ms[folds["traf-dev/"+x.ID]]}); if err!=nil {fmt.Println(err);continue}
		txt := sq(r.Article.Text)
		show := func(kind, s string) {
			found := false
			for _,b := range r.Blocks { if strings.Contains(sq(b.Text), sq(s)) { found=true; fmt.Printf("%s %.2f %s %s | %s | %.90s || %.60s\n", kind, b.Score, b.Label, b.Reason, b.Path[max(0,len(b.Path)-60):], b.Text, x.ID); if kind=="LEAK" && b.Label.Class()!=Body {continue}; break } }
			if !found { fmt.Printf("%s NOBLOCK %.90s || %.60s\n", kind, s, x.ID) }
		}
		for _,s := range x.With { if !strings.Contains(txt, sq(s)) { show("MISS", s) } }
		for _,s := range x.Without { if strings.Contains(txt, sq(s)) { show("LEAK", s) } }
	}
}
