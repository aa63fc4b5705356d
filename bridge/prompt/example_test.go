package prompt_test

import (
	"fmt"
	"time"

	"partyline/bridge/prompt"
)

// A conference opens a source when a participant is put on hold, and reads one
// frame of it in every tick.
func Example() {
	library := prompt.New(prompt.Options{})
	defer library.Close()

	source := library.Open(prompt.Request{
		Kind:   prompt.Hold,
		URL:    "https://music.example/hold.mp3",
		Rate:   8000,
		Notify: func(e prompt.Event) { fmt.Println(e) },
	})
	defer source.Stop()

	frame := make([]int16, 160)
	for range time.Tick(20 * time.Millisecond) {
		if source.ReadFrame(frame) == prompt.Ended {
			break
		}
	}
}
