// Package plot draws figures over a common horizontal axis as images: one or
// more panels above each other, with grid, units and a legend.
package plot

import (
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
)

// Figure is one picture.
type Figure struct {
	Title    string
	Subtitle string
	XLabel   string
	XMin     float64 // where the axis begins
	XMax     float64
	XTicks   []Tick // nil: round values
	Spans    []Span
	Panels   []Panel
}

// Tick is a place on an axis that is written there.
type Tick struct {
	At    float64
	Label string
}

// Span is a stretch of the horizontal axis with a name.
type Span struct {
	From, To float64
	Name     string
	Color    color.RGBA
}

// Panel is one diagram of a figure.
type Panel struct {
	YLabel string
	YMin   float64
	YMax   float64
	YTicks []Tick  // nil: round values
	Weight float64 // share of the height
	Series []Series
	Limits []Limit
}

// Limit is a dashed line at a height.
type Limit struct {
	From, To float64 // on the horizontal axis; both 0 for all of it
	Y        float64
	Name     string
}

// Style is how a series is drawn.
type Style uint8

// The styles.
const (
	Line  Style = iota
	Steps       // a value holds until the next
	Dots
	Marks // a line with a mark at every point
	Bars  // from the bottom to each point
)

// Series is a row of points, X ascending.
type Series struct {
	Name  string
	Color color.RGBA
	Style Style
	Wide  float64 // of Bars, on the horizontal axis
	X, Y  []float64
}

// Add appends a point.
func (s *Series) Add(x, y float64) { s.X, s.Y = append(s.X, x), append(s.Y, y) }

// Colours that can be told apart, by colour-blind people too, on white and when
// they lie on each other.
var (
	Blue   = color.RGBA{0x1F, 0x6F, 0xB4, 0xFF}
	Orange = color.RGBA{0xD9, 0x6C, 0x06, 0xFF}
	Green  = color.RGBA{0x1B, 0x8A, 0x5A, 0xFF}
	Red    = color.RGBA{0xC6, 0x28, 0x3B, 0xFF}
	Grey   = color.RGBA{0x8A, 0x93, 0x9C, 0xFF}
	Calm   = color.RGBA{0xF3, 0xF8, 0xF4, 0xFF} // background of a quiet span
	Storm  = color.RGBA{0xFD, 0xF3, 0xE7, 0xFF} // and of a rough one
)

// Size of every picture, in pixels.
const (
	Width  = 1280
	Height = 760
)

// margins around the panels.
const (
	left, right = 88, 32
	top, bottom = 92, 60
	between     = 34
)

// WritePNG draws the figure.
func (f *Figure) WritePNG(w io.Writer) error { return png.Encode(w, f.Draw()) }

// Draw returns the figure as an image.
func (f *Figure) Draw() *image.RGBA {
	c := newCanvas(Width, Height)
	c.bold(left, 34, f.Title, ink)
	c.text(left, 56, f.Subtitle, faded)
	for i, r := range f.rows() {
		a := axes{area: r, xMin: f.XMin, xMax: f.XMax, yMin: f.Panels[i].YMin, yMax: f.Panels[i].YMax}
		f.panel(c, a, &f.Panels[i], i == 0, i == len(f.Panels)-1)
	}
	c.text((left+Width-right)/2-c.wide(f.XLabel)/2, Height-14, f.XLabel, ink)
	return c.img
}

// rows divides the height among the panels.
func (f *Figure) rows() []image.Rectangle {
	var sum float64
	for _, p := range f.Panels {
		sum += p.Weight
	}
	height := float64(Height - top - bottom - between*(len(f.Panels)-1))
	var rows []image.Rectangle
	y := top
	for _, p := range f.Panels {
		h := int(height * p.Weight / sum)
		rows = append(rows, image.Rect(left, y, Width-right, y+h))
		y += h + between
	}
	return rows
}

// panel draws one diagram, back to front.
func (f *Figure) panel(c *canvas, a axes, p *Panel, first, last bool) {
	for _, s := range f.Spans {
		c.fill(image.Rect(int(a.x(s.From)), a.area.Min.Y, int(a.x(s.To)), a.area.Max.Y), s.Color)
		if first {
			c.text(int(a.x(s.From))+8, a.area.Min.Y+18, s.Name, faded)
		}
	}
	f.grid(c, a, p, last)
	for i := range p.Series {
		a.draw(c, &p.Series[i])
	}
	for _, l := range p.Limits {
		a.limit(c, l, f.XMax)
	}
	c.frame(a.area, axis)
	legend(c, a.area, p.Series)
}

// legend names the series above the panel's right end.
func legend(c *canvas, area image.Rectangle, series []Series) {
	x := area.Max.X
	for i := len(series) - 1; i >= 0; i-- {
		s := series[i]
		if s.Name == "" {
			continue
		}
		x -= c.wide(s.Name)
		c.text(x, area.Min.Y-8, s.Name, ink)
		x -= 20
		c.fill(image.Rect(x, area.Min.Y-15, x+14, area.Min.Y-10), s.Color)
		x -= 22
	}
}

// ticks are about n round values from low to high.
func ticks(low, high float64, n int) []float64 {
	raw := (high - low) / float64(n)
	unit := math.Pow(10, math.Floor(math.Log10(raw)))
	step := 10 * unit
	for _, m := range []float64{1, 2, 5} {
		if m*unit >= raw*0.999 {
			step = m * unit
			break
		}
	}
	var out []float64
	for v := math.Ceil(low/step) * step; v <= high+step*1e-9; v += step {
		out = append(out, math.Round(v/step)*step+0) // + 0 makes -0 0
	}
	return out
}
