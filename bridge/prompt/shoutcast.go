package prompt

import (
	"bytes"
	"io"
	"net"
)

// shoutcastConn turns an answer that begins with ICY into one of HTTP/1.0.
// Shoutcast servers of the first kind answer "ICY 200 OK" where HTTP has a
// version.
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
