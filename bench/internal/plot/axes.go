package plot

import (
	"image"
	"math"
	"strconv"
)

// axes turn values into places.
type axes struct {
	area       image.Rectangle
	xMin, xMax float64
	yMin, yMax float64
}

func (a axes) x(v float64) float64 {
	return float64(a.area.Min.X) + (v-a.xMin)/(a.xMax-a.xMin)*float64(a.area.Dx())
}

// y is the height of a value; one beyond the axis is drawn at its end.
func (a axes) y(v float64) float64 {
	v = max(a.yMin, min(a.yMax, v))
	return float64(a.area.Max.Y) - (v-a.yMin)/(a.yMax-a.yMin)*float64(a.area.Dy())
}

// grid draws lines at the ticks and writes them.
func (f *Figure) grid(c *canvas, a axes, p *Panel, withX bool) {
	for _, v := range written(p.YTicks, a.yMin, a.yMax, max(2, a.area.Dy()/55)) {
		y := int(math.Round(a.y(v.At)))
		c.fill(image.Rect(a.area.Min.X, y, a.area.Max.X, y+1), rule)
		c.text(a.area.Min.X-10-c.wide(v.Label), y+5, v.Label, faded)
	}
	for _, v := range written(f.XTicks, a.xMin, a.xMax, 12) {
		x := int(math.Round(a.x(v.At)))
		if f.XTicks == nil {
			c.fill(image.Rect(x, a.area.Min.Y, x+1, a.area.Max.Y), rule)
		}
		if withX {
			c.text(x-c.wide(v.Label)/2, a.area.Max.Y+20, v.Label, faded)
		}
	}
	c.text(a.area.Min.X, a.area.Min.Y-8, p.YLabel, ink)
}

// written are the ticks of an axis: those given, or round values.
func written(given []Tick, low, high float64, n int) []Tick {
	if given != nil {
		return given
	}
	var all []Tick
	for _, v := range ticks(low, high, n) {
		all = append(all, Tick{v, number(v)})
	}
	return all
}

// number writes a value without the dust of its arithmetic.
func number(v float64) string { return strconv.FormatFloat(v, 'g', 10, 64) }

// limit draws a dashed line and its name above it.
func (a axes) limit(c *canvas, l Limit, xMax float64) {
	if l.To == 0 {
		l.To = xMax
	}
	y := int(math.Round(a.y(l.Y)))
	from, to := int(a.x(max(l.From, a.xMin))), int(a.x(l.To))
	for x := from; x < to; x += 12 {
		c.fill(image.Rect(x, y, min(x+7, to), y+2), Red)
	}
	c.text(to-c.wide(l.Name)-6, y-5, l.Name, Red)
}

// draw draws one series.
func (a axes) draw(c *canvas, s *Series) {
	switch s.Style {
	case Bars:
		a.bars(c, s)
	case Dots:
	default:
		c.line(a.path(s), s.Color)
	}
	radius := map[Style]float64{Dots: 1.4, Marks: 4}[s.Style]
	for i := 0; radius > 0 && i < len(s.X); i++ {
		c.dot(a.x(s.X[i]), a.y(s.Y[i]), radius, s.Color)
	}
}

// bars draws a bar around every point; one at the bottom is left out.
func (a axes) bars(c *canvas, s *Series) {
	for i, x := range s.X {
		c.fill(image.Rect(int(a.x(x-s.Wide/2)), int(a.y(s.Y[i])), int(a.x(x+s.Wide/2)), a.area.Max.Y), s.Color)
	}
}

// point is a place on the canvas, in pixels.
type point struct{ x, y float64 }

// path is the series as a line. Of the points that share a column of pixels
// only the first, the lowest, the highest and the last are kept.
func (a axes) path(s *Series) []point {
	var out []point
	for i := 0; i < len(s.X); {
		column := math.Floor(a.x(s.X[i]))
		j, low, high := i, i, i
		for ; j < len(s.X) && math.Floor(a.x(s.X[j])) == column; j++ {
			if s.Y[j] < s.Y[low] {
				low = j
			}
			if s.Y[j] > s.Y[high] {
				high = j
			}
		}
		for _, k := range []int{i, min(low, high), max(low, high), j - 1} {
			p := point{a.x(s.X[k]), a.y(s.Y[k])}
			if s.Style == Steps && len(out) > 0 {
				out = append(out, point{p.x, out[len(out)-1].y})
			}
			out = append(out, p)
		}
		i = j
	}
	return out
}
