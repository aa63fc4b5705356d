package partyline_test

import (
	"bytes"
	"go/format"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// root is the module's folder: tests run in the folder of their package.
var root = os.DirFS(".")

func TestFormat(t *testing.T) {
	forEachGoFile(t, func(file string, src []byte) {
		want, err := format.Source(src)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			return
		}
		if !bytes.Equal(src, want) {
			t.Errorf("%s is not formatted; run gofmt -w %s", file, file)
		}
	})
}

var (
	markdownLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	markdownCode = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
	headingMarks = regexp.MustCompile(`[^\w\- ]`)
)

func TestLinks(t *testing.T) {
	documents, err := fs.Glob(root, "*.md")
	if err != nil || len(documents) == 0 {
		t.Fatalf("no documents found: %v", err)
	}
	for _, document := range documents {
		for _, link := range links(t, document) {
			checkLink(t, document, link)
		}
	}
}

// checkLink fails when a link within the project leads nowhere.
func checkLink(t *testing.T, document, link string) {
	if strings.Contains(link, "://") || strings.HasPrefix(link, "mailto:") {
		return
	}
	file, anchor, _ := strings.Cut(link, "#")
	target := document
	if file != "" {
		target = path.Join(path.Dir(document), file)
	}
	if _, err := fs.Stat(root, target); err != nil {
		t.Errorf("%s links to %s, which is not there", document, link)
		return
	}
	if anchor != "" && !anchors(t, target)[anchor] {
		t.Errorf("%s links to %s, but %s has no such heading", document, link, target)
	}
}

func links(t *testing.T, document string) []string {
	var found []string
	text := markdownCode.ReplaceAllString(readText(t, document), "")
	for _, m := range markdownLink.FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	return found
}

// anchors returns the names under which the headings of a document can be
// linked to.
func anchors(t *testing.T, document string) map[string]bool {
	names := map[string]bool{}
	for line := range strings.Lines(readText(t, document)) {
		if !strings.HasPrefix(line, "#") {
			continue
		}
		title := strings.ToLower(strings.TrimSpace(strings.TrimLeft(line, "#")))
		names[strings.ReplaceAll(headingMarks.ReplaceAllString(title, ""), " ", "-")] = true
	}
	return names
}

func readText(t *testing.T, file string) string {
	t.Helper()
	data, err := fs.ReadFile(root, file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
