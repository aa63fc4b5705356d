package prompt

import "testing"

func BenchmarkCompose(b *testing.B) {
	for b.Loop() {
		compose(8000)
	}
}
