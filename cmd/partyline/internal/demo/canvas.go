package demo

import (
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/inconsolata"
	"golang.org/x/image/math/fixed"
)

// canvas is a picture being drawn. Lengths are pixels.
type canvas struct{ *image.RGBA }

// The size of a character.
const charWidth, charHeight = 8, 16

func newCanvas(width, height int) *canvas {
	c := &canvas{image.NewRGBA(image.Rect(0, 0, width, height))}
	c.fill(c.Rect, color.White)
	return c
}

// fill paints over what is there, or tints it when col is translucent.
func (c *canvas) fill(r image.Rectangle, col color.Color) {
	draw.Draw(c, r, image.NewUniform(col), image.Point{}, draw.Over)
}

// outline draws the edge of r, inside it.
func (c *canvas) outline(r image.Rectangle, col color.Color) {
	c.fill(image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+1), col)
	c.fill(image.Rect(r.Min.X, r.Max.Y-1, r.Max.X, r.Max.Y), col)
	c.fill(image.Rect(r.Min.X, r.Min.Y+1, r.Min.X+1, r.Max.Y-1), col)
	c.fill(image.Rect(r.Max.X-1, r.Min.Y+1, r.Max.X, r.Max.Y-1), col)
}

// text writes s with its upper left corner at x, y.
func (c *canvas) text(x, y int, s string, bold bool, col color.Color) {
	face := inconsolata.Regular8x16
	if bold {
		face = inconsolata.Bold8x16
	}
	d := font.Drawer{Dst: c, Src: image.NewUniform(col), Face: face, Dot: fixed.P(x, y+face.Ascent)}
	d.DrawString(s)
}

// title is text at twice the size.
func (c *canvas) title(x, y int, s string, col color.Color) {
	small := &canvas{image.NewRGBA(image.Rect(0, 0, charWidth*len(s), charHeight))}
	small.text(0, 0, s, true, col)
	big := image.Rect(x, y, x+2*small.Rect.Dx(), y+2*small.Rect.Dy())
	draw.CatmullRom.Scale(c, big, small, small.Rect, draw.Over, nil)
}

// chip writes a short text on a filled box and centres it there.
func (c *canvas) chip(r image.Rectangle, s string, col color.Color) {
	c.fill(r, col)
	x := r.Min.X + (r.Dx()-charWidth*len(s))/2
	c.text(x, r.Min.Y+(r.Dy()-charHeight)/2, s, true, color.White)
}

// save writes the picture as a PNG file.
func (c *canvas) save(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(png.Encode(file, c), file.Close())
}

// faded is col with an opacity from 0 to 1.
func faded(col color.RGBA, opacity float64) color.NRGBA {
	return color.NRGBA{col.R, col.G, col.B, uint8(255*min(max(opacity, 0), 1) + 0.5)}
}
