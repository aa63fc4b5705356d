package media

import (
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

// three opens three sockets on loopback, on ports of their own choice: a port
// that the kernel chose is lost in unlock.
func three(t *testing.T) (a, phone, stranger *rawSocket) {
	t.Helper()
	var all [3]*rawSocket
	for i := range all {
		u, err := NewUDP(netip.AddrFrom4([4]byte{127, 0, 0, byte(1 + i)}), 38000, 38999)
		if err != nil {
			t.Fatal(err)
		}
		rtp, rtcp, err := u.Open()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { rtp.Close(); rtcp.Close() })
		all[i] = rtp.(*rawSocket)
	}
	return all[0], all[1], all[2]
}

// heard is what waits in a socket.
func heard(t *testing.T, s *rawSocket) (words string) {
	t.Helper()
	var d Datagram
	for {
		err := s.Recv(&d)
		if err == ErrNoDatagram {
			return words
		}
		if err != nil {
			t.Fatal(err)
		}
		words += string(d.Data) + "@" + d.From.Addr().String() + " "
	}
}

func say(t *testing.T, from *rawSocket, word string, to netip.AddrPort) {
	t.Helper()
	if err := from.Send([]byte(word), to); err != nil {
		t.Fatal(err)
	}
}

// A locked socket hears nobody else, and says truly where from it heard what
// had come before.
func TestSocket_Lock(t *testing.T) {
	a, phone, stranger := three(t)
	say(t, stranger, "early", a.LocalAddr())
	if err := a.lock(phone.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	say(t, phone, "hello", a.LocalAddr())
	_ = stranger.Send([]byte("late"), a.LocalAddr()) // the kernel may tell that nobody is there
	if got := heard(t, a); got != "early@127.0.0.3 hello@127.0.0.2 " {
		t.Errorf("heard %q", got)
	}
	say(t, a, "yes", phone.LocalAddr())
	say(t, a, "no", stranger.LocalAddr())
	if got := heard(t, phone) + heard(t, stranger); got != "yes@127.0.0.1 no@127.0.0.1 " {
		t.Errorf("they heard %q", got)
	}
	if err := a.unlock(); err != nil {
		t.Fatal(err)
	}
	say(t, stranger, "again", a.LocalAddr())
	say(t, a, "well", phone.LocalAddr())
	if got := heard(t, a) + heard(t, phone); got != "again@127.0.0.3 well@127.0.0.1 " {
		t.Errorf("unlocked: heard %q", got)
	}
	local, err := unix.Getsockname(a.fd)
	if err != nil || local.(*unix.SockaddrInet4).Port != int(a.LocalAddr().Port()) || local.(*unix.SockaddrInet4).Addr != [4]byte{127, 0, 0, 1} {
		t.Errorf("unlocked: bound to %+v, %v; want %v", local, err, a.LocalAddr())
	}
}

// R37: a locked socket learns that nobody listens, which is no reason to lose
// what is sent after, nor what came before.
func TestR37_LockedAndNobodyListens(t *testing.T) {
	a, phone, _ := three(t)
	if err := a.lock(phone.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	say(t, phone, "bye", a.LocalAddr())
	phone.Close()
	for range 10 {
		say(t, a, "hello?", phone.LocalAddr())
	}
	if got := heard(t, a); got != "bye@127.0.0.2 " {
		t.Errorf("heard %q", got)
	}
}

func TestSocket_LockedAllocs(t *testing.T) {
	a, phone, _ := three(t)
	if err := a.lock(phone.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	packet, d, to := make([]byte, 172), new(Datagram), phone.LocalAddr()
	if n := testing.AllocsPerRun(200, func() {
		_ = a.Send(packet, to)
		_ = a.Recv(d)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
