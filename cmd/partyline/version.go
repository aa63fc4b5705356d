package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is the release this source will become or belongs to.
const version = "0.1.0-dev"

type versionCmd struct{}

// Run prints the version, the source revision when the build knows it, and
// what the binary was built with.
func (versionCmd) Run(s *streams) error {
	_, err := fmt.Fprintf(s.out, "partyline %s%s %s %s/%s\n", version, revision(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// revision is " (" + the source revision + ")", or "" when it is not known.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return " (" + s.Value[:12] + ")"
		}
	}
	return ""
}
