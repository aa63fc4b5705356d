package prompt

import (
	"bytes"
	"context"
	"io"
	"net"
)

// dialHTTP returns dial with a fix for Shoutcast servers of the first kind,
// which answer "ICY 200 OK" where HTTP has a version.
func dialHTTP(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &shoutcastConn{Conn: c}, nil
	}
}

// shoutcastConn turns an answer that begins with ICY into one of HTTP/1.0.
type shoutcastConn struct {
	net.Conn
	begun bool
	head  []byte // to be read before the rest
}

// Read implements io.Reader.
func (c *shoutcastConn) Read(p []byte) (int, error) {
	if !c.begun {
		c.begun = true
		head := make([]byte, 4)
		n, err := io.ReadFull(c.Conn, head)
		if err != nil && n == 0 {
			return 0, err
		}
		if c.head = head[:n]; bytes.Equal(c.head, []byte("ICY ")) {
			c.head = []byte("HTTP/1.0 ")
		}
	}
	if len(c.head) > 0 {
		n := copy(p, c.head)
		c.head = c.head[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}
