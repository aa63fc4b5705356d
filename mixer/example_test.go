package mixer_test

import (
	"fmt"

	"partyline/mixer"
)

func ExampleMixer() {
	m := mixer.New(8000)
	alice, bob := m.Add(), m.Add()
	alice.Live = true
	for range 2 {
		for i := range alice.In {
			alice.In[i] = 1000
		}
		m.Mix(mixer.ConferenceAudio{})
	}
	fmt.Printf("%d %d %.1f dBov\n", bob.Out[0], alice.Out[0], alice.Level)
	// Output: 1000 0 -30.3 dBov
}
