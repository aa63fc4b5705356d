package load

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// counters are what a process tells of itself in the text format of
// Prometheus, by name; series that differ in labels only are added up, but for
// the classes of a histogram.
type counters map[string]float64

// readCounters asks for them; none when nobody is there to be asked.
func (r *run) readCounters() (counters, error) {
	if r.cfg.Metrics == "" {
		return nil, nil
	}
	res, err := http.Get("http://" + r.cfg.Metrics + "/metrics")
	if err != nil {
		return nil, fmt.Errorf("load: metrics: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("load: metrics: %s", res.Status)
	}
	return parseCounters(res.Body)
}

func parseCounters(from io.Reader) (counters, error) {
	all := counters{}
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		text := lines.Text()
		if text == "" || text[0] == '#' {
			continue
		}
		end := strings.LastIndexByte(text, ' ')
		if end < 0 {
			continue
		}
		name, _, _ := strings.Cut(text[:end], "{")
		if strings.HasSuffix(name, bucket) {
			name = text[:end]
		}
		if v, err := strconv.ParseFloat(text[end+1:], 64); err == nil {
			all[name] += v
		}
	}
	return all, lines.Err()
}

// bucket is how the name of a histogram's classes ends.
const bucket = "_bucket"

// since is by how much each counter has grown.
func (c counters) since(before counters) map[string]float64 {
	grown := map[string]float64{}
	for name, v := range c {
		if strings.HasSuffix(name, "_total") || strings.HasSuffix(name, "_count") || strings.HasSuffix(name, "_sum") || strings.Contains(name, bucket+"{") {
			grown[name] = v - before[name]
		}
	}
	return grown
}
