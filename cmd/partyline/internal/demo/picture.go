package demo

import (
	"fmt"
	"image"
	"image/color"
	"strings"
	"time"
)

// pictureName is the file of the picture.
const pictureName = "demo.png"

// The measures of the picture, in pixels. Time runs from left to right; each
// phone has a panel with a lane for each kind of source.
const (
	margin      = 32
	labels      = 112 // width of the names left of the lanes
	perSecond   = 100
	headHeight  = 124
	laneHeight  = 24
	barHeight   = 16
	panelGap    = 22
	panelHead   = 26
	legendLine  = 22
	legendParts = 3
	axisHeight  = 36
	chipWidth   = 22
)

var (
	ink     = color.RGBA{0x22, 0x26, 0x2e, 0xff}
	soft    = color.RGBA{0x74, 0x7b, 0x88, 0xff}
	line    = color.RGBA{0xe1, 0xe4, 0xea, 0xff}
	ground  = color.RGBA{0xf4, 0xf5, 0xf8, 0xff}
	good    = color.RGBA{0x2c, 0x8c, 0x5a, 0xff}
	bad     = color.RGBA{0xcc, 0x33, 0x3a, 0xff}
	badTint = color.NRGBA{0xcc, 0x33, 0x3a, 0x38}
)

// lane is a row of a panel and the sources drawn in it.
type lane struct {
	label   string
	sources []string
}

var lanes = []lane{
	{"alice", []string{"alice"}},
	{"bob", []string{"bob"}},
	{"carol", []string{"carol"}},
	{"prompts", []string{music, "wait", "hold", "document", "news", "notice"}},
	{"beep", []string{beep}},
}

var panelHeight = panelHead + len(lanes)*laneHeight

// picture draws who heard whom when.
type picture struct {
	*canvas
	films    []film
	outcomes []outcome
	length   time.Duration
}

func writePicture(path string, films []film, outcomes []outcome) error {
	p := picture{films: films, outcomes: outcomes}
	for _, f := range films {
		p.length = max(p.length, duration(len(f.samples)))
	}
	for _, o := range outcomes {
		p.length = max(p.length, o.to)
	}
	rows := (len(outcomes) + legendParts - 1) / legendParts
	width := p.x(p.length) + margin
	height := p.axisY() + axisHeight + rows*legendLine + margin
	p.canvas = newCanvas(width, height)
	p.head()
	for i := range films {
		p.panel(i)
	}
	p.steps()
	p.axis()
	p.legend(rows)
	return p.save(path)
}

// x is where a moment lies.
func (p *picture) x(t time.Duration) int {
	return margin + labels + int(t.Seconds()*perSecond+0.5)
}

// panelY is the top of a phone's panel.
func (p *picture) panelY(i int) int { return headHeight + i*(panelHeight+panelGap) }

func (p *picture) axisY() int { return p.panelY(len(p.films)) }

// bar is the place of a source in a lane for some time.
func (p *picture) bar(panel, lane int, from, to time.Duration) image.Rectangle {
	y := p.panelY(panel) + panelHead + lane*laneHeight + (laneHeight-barHeight)/2
	return image.Rect(p.x(from), y, p.x(to), y+barHeight)
}

func (p *picture) head() {
	p.title(margin, 22, "Who heard whom", ink)
	p.text(margin, 60, "Coloured: what each phone received, found by its tone; paler is quieter. "+
		"Outlined: what it was to hear after the step. Grey: in a call. Red: it heard something else.", false, soft)
}

// panel draws all that one phone heard.
func (p *picture) panel(i int) {
	f := p.films[i]
	y := p.panelY(i)
	p.text(margin, y+4, f.name+" heard", true, sourceNamed(f.name).color)
	for l, lane := range lanes {
		p.laneLabel(i, l, lane.label, f.name)
		for _, c := range f.calls {
			p.fill(p.bar(i, l, c.from, c.to).Inset(-2), ground)
		}
	}
	p.failures(i)
	bands := f.bands()
	for l, lane := range lanes {
		p.expected(i, l, lane)
		for _, name := range lane.sources {
			p.heard(i, l, bands, sourceNamed(name))
		}
	}
}

// failures marks when a phone heard something else than it was to hear.
func (p *picture) failures(i int) {
	for _, o := range p.outcomes {
		if e, listed := o.ears[p.films[i].name]; listed && !e.ok() {
			top, bottom := p.bar(i, 0, o.from, o.to), p.bar(i, len(lanes)-1, o.from, o.to)
			p.fill(top.Union(bottom).Inset(-2), badTint)
			p.outline(top.Union(bottom).Inset(-2), bad)
		}
	}
}

func (p *picture) laneLabel(i, l int, label, phone string) {
	col := ink
	if label == phone {
		label, col = label+" (own)", soft
	}
	p.text(margin, p.bar(i, l, 0, 0).Min.Y, label, false, col)
}

// heard draws one source in a lane, and its name where that tells more.
func (p *picture) heard(i, l int, bands []band, s source) {
	for _, b := range bands {
		if b.source == s.name {
			p.fill(p.bar(i, l, b.from, b.to), faded(s.color, opacity(b.level)))
		}
	}
	if s.color != promptColor && s.color != noticeColor {
		return
	}
	for _, r := range runs(bands, s.name) {
		bar := p.bar(i, l, r.from, r.to)
		if len(s.label)*charWidth+4 <= bar.Dx() {
			p.text(bar.Min.X+4, bar.Min.Y, s.label, true, color.White)
		}
	}
}

// opacity shows a voice in full, a ducked one paler.
func opacity(level float64) float64 { return 1 - (voiceLevel-level)/36 }

// expected outlines what the steps say about a lane.
func (p *picture) expected(i, l int, lane lane) {
	for n, o := range p.outcomes {
		until := p.length
		if n+1 < len(p.outcomes) {
			until = p.outcomes[n+1].from
		}
		for _, name := range strings.Fields(o.ears[p.films[i].name].expected) {
			for _, s := range lane.sources {
				if s == name && s != beep {
					p.outline(p.bar(i, l, o.acted, until).Inset(-2), faded(sourceNamed(s).color, 0.75))
				}
			}
		}
	}
}

// steps numbers the columns.
func (p *picture) steps() {
	free := 0 // the chips before reach up to here
	for _, o := range p.outcomes {
		x := p.x(o.from)
		p.fill(image.Rect(x, headHeight-22, x+1, p.axisY()-panelGap/2), line)
		col := good
		if !o.ok() {
			col = bad
		}
		x = max(x, free)
		free = x + chipWidth + 1
		p.chip(image.Rect(x, headHeight-24, x+chipWidth, headHeight-6), fmt.Sprint(o.number), col)
	}
}

// axis shows the seconds.
func (p *picture) axis() {
	y := p.axisY() - panelGap/2
	p.fill(image.Rect(p.x(0), y, p.x(p.length), y+1), soft)
	for t := time.Duration(0); t <= p.length; t += time.Second {
		x, long := p.x(t), 4
		if t%(5*time.Second) == 0 && x+margin < p.Rect.Dx() {
			long = 8
			p.text(x+4, y+3, fmt.Sprintf("%.0f s", t.Seconds()), false, soft)
		}
		p.fill(image.Rect(x, y, x+1, y+long), soft)
	}
}

// legend lists the steps below the chart.
func (p *picture) legend(rows int) {
	part := (p.Rect.Dx() - 2*margin) / legendParts
	for n, o := range p.outcomes {
		x := margin + n/rows*part
		y := p.axisY() + axisHeight + n%rows*legendLine
		col := good
		if !o.ok() {
			col = bad
		}
		p.chip(image.Rect(x, y, x+chipWidth, y+18), fmt.Sprint(o.number), col)
		p.text(x+30, y+1, strings.ReplaceAll(o.step.title, "…", "..."), false, ink)
	}
}
