package plot

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/inconsolata"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

var (
	paper = color.RGBA{0xFF, 0xFF, 0xFF, 0xFF}
	ink   = color.RGBA{0x1E, 0x26, 0x2E, 0xFF}
	faded = color.RGBA{0x5C, 0x66, 0x70, 0xFF}
	rule  = color.RGBA{0xE3, 0xE6, 0xE9, 0xFF}
	axis  = color.RGBA{0xB4, 0xBB, 0xC2, 0xFF}
)

// canvas is an image to draw on with smooth edges.
type canvas struct {
	img *image.RGBA
	ras *vector.Rasterizer
}

func newCanvas(w, h int) *canvas {
	c := &canvas{img: image.NewRGBA(image.Rect(0, 0, w, h)), ras: vector.NewRasterizer(w, h)}
	c.fill(c.img.Bounds(), paper)
	return c
}

func (c *canvas) fill(r image.Rectangle, col color.RGBA) {
	draw.Draw(c.img, r, image.NewUniform(col), image.Point{}, draw.Over)
}

// frame draws the outline of r.
func (c *canvas) frame(r image.Rectangle, col color.RGBA) {
	c.fill(image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+1), col)
	c.fill(image.Rect(r.Min.X, r.Max.Y, r.Max.X+1, r.Max.Y+1), col)
	c.fill(image.Rect(r.Min.X, r.Min.Y, r.Min.X+1, r.Max.Y), col)
	c.fill(image.Rect(r.Max.X, r.Min.Y, r.Max.X+1, r.Max.Y), col)
}

// text writes s with its base line at y.
func (c *canvas) text(x, y int, s string, col color.RGBA) {
	c.write(inconsolata.Regular8x16, x, y, s, col)
}

func (c *canvas) bold(x, y int, s string, col color.RGBA) {
	c.write(inconsolata.Bold8x16, x, y, s, col)
}

func (c *canvas) write(face font.Face, x, y int, s string, col color.RGBA) {
	d := font.Drawer{Dst: c.img, Src: image.NewUniform(col), Face: face, Dot: fixed.P(x, y)}
	d.DrawString(s)
}

// wide is the width of s.
func (c *canvas) wide(s string) int {
	return font.MeasureString(inconsolata.Regular8x16, s).Ceil()
}

// dot draws a disc.
func (c *canvas) dot(x, y, r float64, col color.RGBA) {
	const corners = 16
	var p []point
	for i := range corners {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		p = append(p, point{x + r*cos, y + r*sin})
	}
	c.polygon(p, col)
}

// line draws a line through the points, two pixels wide.
func (c *canvas) line(p []point, col color.RGBA) {
	const half = 0.9
	for i := 1; i < len(p); i++ {
		a, b := p[i-1], p[i]
		length := math.Hypot(b.x-a.x, b.y-a.y)
		if length == 0 {
			continue
		}
		// Half a width longer at both ends, so that corners close.
		ux, uy := (b.x-a.x)/length*half, (b.y-a.y)/length*half
		c.polygon([]point{
			{a.x - ux - uy, a.y - uy + ux}, {a.x - ux + uy, a.y - uy - ux},
			{b.x + ux + uy, b.y + uy - ux}, {b.x + ux - uy, b.y + uy + ux},
		}, col)
	}
}

// polygon fills the area that the points surround.
func (c *canvas) polygon(p []point, col color.RGBA) {
	low, high := p[0], p[0]
	for _, v := range p {
		low = point{min(low.x, v.x), min(low.y, v.y)}
		high = point{max(high.x, v.x), max(high.y, v.y)}
	}
	box := image.Rect(int(low.x)-1, int(low.y)-1, int(high.x)+2, int(high.y)+2).Intersect(c.img.Bounds())
	if box.Empty() {
		return
	}
	c.ras.Reset(box.Dx(), box.Dy())
	for i, v := range p {
		x, y := float32(v.x-float64(box.Min.X)), float32(v.y-float64(box.Min.Y))
		if i == 0 {
			c.ras.MoveTo(x, y)
			continue
		}
		c.ras.LineTo(x, y)
	}
	c.ras.ClosePath()
	c.ras.Draw(c.img, box, image.NewUniform(col), image.Point{})
}
