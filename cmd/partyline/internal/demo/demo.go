// Package demo is the bridge's own proof: three phones call in over real
// sockets, every documented update is made over HTTP one after another, and
// what each phone heard is measured, recorded and drawn.
//
//	script ── steps ──► stage: bridge, phones, web server, HTTP client
//	                       │
//	phones' recordings ────┴─► measure ─► report (table, exit status)
//	                                   └► picture (demo.png), WAV files
package demo

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Run performs the demonstration and writes alice.wav, bob.wav, carol.wav and
// demo.png to the folder out; "" makes a new folder named partyline-demo.
// Progress and the closing table go to progress. It reports whether every
// step was heard as expected; err is for what kept it from finding out.
func Run(ctx context.Context, out string, progress io.Writer) (ok bool, err error) {
	dir, err := outputDir(out)
	if err != nil {
		return false, err
	}
	s, err := openStage(ctx)
	if err != nil {
		return false, err
	}
	defer s.close()
	fmt.Fprintf(progress, "A bridge takes calls on sip:demo@%s and requests on http://%s.\n", s.app.SIPAddr(), s.app.HTTPAddr())
	fmt.Fprintf(progress, "Phones: alice (%d Hz), bob (%d Hz) and carol (%d Hz).\n\n", hz("alice"), hz("bob"), hz("carol"))

	outcomes := perform(ctx, s, script(), progress)
	took := time.Since(s.began).Round(100 * time.Millisecond)
	if err := writeFiles(dir, s.films(), outcomes); err != nil {
		return false, err
	}
	ok = report(progress, outcomes)
	fmt.Fprintf(progress, "\nIt took %s. See %s and listen to what each phone heard in %s.\n",
		took, filepath.Join(dir, pictureName), filepath.Join(dir, "*.wav"))
	return ok, ctx.Err()
}

// outputDir makes the folder to write to.
func outputDir(out string) (string, error) {
	if out != "" {
		return out, os.MkdirAll(out, 0o755)
	}
	const name = "partyline-demo"
	dir := name
	for n := 2; ; n++ {
		err := os.Mkdir(dir, 0o755)
		if !os.IsExist(err) {
			return dir, err
		}
		dir = fmt.Sprintf("%s-%d", name, n)
	}
}

// perform plays the steps in order. A failed one does not stop the others.
func perform(ctx context.Context, s *stage, steps []step, progress io.Writer) []outcome {
	var outcomes []outcome
	for i, st := range steps {
		if ctx.Err() != nil {
			break
		}
		o := s.play(ctx, i+1, st)
		outcomes = append(outcomes, o)
		fmt.Fprintf(progress, "%3d  %-58s %s\n", o.number, o.step.title, o.verdict())
	}
	return outcomes
}
