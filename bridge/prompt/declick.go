package prompt

// declick hides the step where a source changes from one signal to another by
// a ramp of a few milliseconds from the last sample of the old one.
type declick struct {
	length int   // samples
	last   int16 // the last sample that went out
	from   int16 // the sample the ramp comes from
	left   int   // samples of the ramp still to do
}

// begin starts a ramp at the next sample.
func (d *declick) begin() { d.from, d.left = d.last, d.length }

// apply ramps dst, the samples that go out next.
func (d *declick) apply(dst []int16) {
	if len(dst) == 0 {
		return
	}
	for i := 0; i < len(dst) && d.left > 0; i++ {
		old := int32(d.from) * int32(d.left)
		new := int32(dst[i]) * int32(d.length-d.left)
		dst[i] = int16((old + new) / int32(d.length))
		d.left--
	}
	d.last = dst[len(dst)-1]
}
