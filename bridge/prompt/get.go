package prompt

import (
	"context"
	"errors"
	"io"
	"net/http"
)

// maxDocument is the largest document that is read, in bytes.
const maxDocument = 64 << 10

// get returns the function that fetches t for all who want it.
func (l *Library) get(t target) getFunc {
	return func(ctx context.Context, known http.Header, land landFunc) {
		ans, err := l.fetch(ctx, t, known)
		switch {
		case err != nil:
			land(result{}, nil, err)
		case ans.unchanged:
			land(result{}, ans.header, nil)
		case ans.format == formatDocument:
			doc, err := readDocument(ans)
			land(result{doc: doc, final: ans.final}, ans.header, err)
		default:
			d, err := l.newDecoder(ans, t.rate)
			if err != nil {
				land(result{}, nil, err)
				return
			}
			land(result{track: d.track}, ans.header, nil)
			d.run()
		}
	}
}

// readDocument reads a document to its end.
func readDocument(ans *answer) ([]byte, error) {
	defer ans.raw.close()
	ans.raw.within(documentTimeout)
	doc, err := io.ReadAll(io.LimitReader(ans.body, maxDocument+1))
	switch {
	case err != nil:
		return nil, fetchError(ans.raw.ctx, err, redact(ans.final))
	case len(doc) > maxDocument:
		return nil, &Error{Kind: DocumentError, URL: redact(ans.final), Reason: "size",
			Err: errors.New("the document is larger than 64 KiB")}
	}
	return doc, nil
}
