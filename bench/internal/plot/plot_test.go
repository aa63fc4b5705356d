package plot

import (
	"bytes"
	"image/color"
	"image/png"
	"slices"
	"testing"
)

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		n         int
		want      []float64
	}{
		{0, 60, 6, []float64{0, 10, 20, 30, 40, 50, 60}},
		{0, 140, 7, []float64{0, 20, 40, 60, 80, 100, 120, 140}},
		{-4, 4, 4, []float64{-4, -2, 0, 2, 4}},
		{0, 0.5, 5, []float64{0, 0.1, 0.2, 0.3, 0.4, 0.5}},
		{0, 13.8, 3, []float64{0, 5, 10}},
	} {
		got := ticks(c.low, c.high, c.n)
		near := func(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 }
		if !slices.EqualFunc(got, c.want, near) {
			t.Errorf("%v to %v: %v, want %v", c.low, c.high, got, c.want)
		}
		if i := slices.IndexFunc(got, func(v float64) bool { return v == 0 }); i >= 0 && number(got[i]) != "0" {
			t.Errorf("zero is written %q", number(got[i]))
		}
	}
	if got := written(nil, 0, 1, 5)[3]; got.Label != "0.6" {
		t.Errorf("0.6 is written %q", got.Label)
	}
}

// diagonal is a figure with one line from corner to corner.
func diagonal(style Style) *Figure {
	s := Series{Name: "s", Color: Blue, Style: style}
	for x := range 101 {
		s.Add(float64(x), float64(x))
	}
	return &Figure{Title: "t", XMax: 100, Panels: []Panel{{YMax: 100, Weight: 1, Series: []Series{s}}}}
}

// An axis that begins elsewhere has its values in their places all the same.
func TestDraw_BeginsElsewhere(t *testing.T) {
	f := diagonal(Line)
	f.XMin = 50
	img := f.Draw()
	r := f.rows()[0]
	for share, v := range map[float64]float64{0.2: 60, 0.8: 90} {
		x, y := r.Min.X+int(share*float64(r.Dx())), r.Max.Y-int(v/100*float64(r.Dy()))
		if !nearest(img.At, x, y, Blue) {
			t.Errorf("nothing blue at %v", v)
		}
	}
}

func TestDraw_LineIsWhereItBelongs(t *testing.T) {
	for _, style := range []Style{Line, Steps, Dots, Marks} {
		f := diagonal(style)
		img := f.Draw()
		a := axes{area: f.rows()[0], xMax: 100, yMax: 100}
		for _, v := range []float64{10, 50, 90} {
			x, y := int(a.x(v)), int(a.y(v))
			if got := nearest(img.At, x, y, Blue); !got {
				t.Errorf("style %d: nothing blue at %v", style, v)
			}
			if nearest(img.At, x, y+60, Blue) {
				t.Errorf("style %d: blue far below %v", style, v)
			}
		}
	}
}

// nearest reports whether a colour, or one close to it at a smooth edge, is
// within three pixels of a place.
func nearest(at func(x, y int) color.Color, x, y int, want color.RGBA) bool {
	for dx := -3; dx <= 3; dx++ {
		for dy := -3; dy <= 3; dy++ {
			r, g, b, _ := at(x+dx, y+dy).RGBA()
			if off(r, want.R)+off(g, want.G)+off(b, want.B) < 120 {
				return true
			}
		}
	}
	return false
}

func off(have uint32, want uint8) int {
	d := int(have>>8) - int(want)
	return max(d, -d)
}

// A peak one sample wide among thousands must not vanish.
func TestPath_KeepsExtremes(t *testing.T) {
	var s Series
	for i := range 100000 {
		y := 10.0
		if i == 54321 {
			y = 90
		}
		s.Add(float64(i), y)
	}
	f := diagonal(Line)
	a := axes{area: f.rows()[0], xMax: 100000, yMax: 100}
	p := a.path(&s)
	if len(p) > 5*Width {
		t.Errorf("%d points are left", len(p))
	}
	if !slices.ContainsFunc(p, func(v point) bool { return v.y == a.y(90) }) {
		t.Error("the peak is lost")
	}
}

// A bar reaches from the bottom to its point, and no higher.
func TestDraw_Bars(t *testing.T) {
	s := Series{Color: Orange, Style: Bars, Wide: 10}
	s.Add(50, 40)
	f := &Figure{XMax: 100, XTicks: []Tick{{50, "fifty"}}, Panels: []Panel{{YMax: 100, YTicks: []Tick{{40, "forty"}}, Weight: 1, Series: []Series{s}}}}
	img := f.Draw()
	a := axes{area: f.rows()[0], xMax: 100, yMax: 100}
	for _, c := range []struct {
		x, y float64
		want bool
	}{{50, 20, true}, {47, 20, true}, {53, 35, true}, {50, 45, false}, {40, 20, false}, {60, 20, false}} {
		if got := nearest(img.At, int(a.x(c.x)), int(a.y(c.y)), Orange); got != c.want {
			t.Errorf("at %v, %v: a bar is there is %v", c.x, c.y, got)
		}
	}
}

func TestWritePNG(t *testing.T) {
	f := diagonal(Steps)
	f.Spans = []Span{{From: 0, To: 50, Name: "calm", Color: Calm}}
	f.Panels[0].Limits = []Limit{{Y: 80, Name: "limit"}}
	var b bytes.Buffer
	if err := f.WritePNG(&b); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	if got := img.Bounds().Size(); got.X != Width || got.Y != Height {
		t.Errorf("size %v", got)
	}
	a := axes{area: f.rows()[0], xMax: 100, yMax: 100}
	if !nearest(img.At, int(a.x(20)), int(a.y(80)), Red) {
		t.Error("the limit is not drawn")
	}
}
