package mp3

// maxBorrow is the largest main_data_begin a frame can tell.
func maxBorrow(h header) int {
	if h.low() {
		return 255
	}
	return 511
}

// mainDataBegin is how many bytes of main data a frame borrows from the frames
// before it (ISO 11172-3 section 2.4.1.7).
func mainDataBegin(h header, frame []byte) int {
	side := frame[h.sideStart():]
	if h.low() {
		return int(side[0])
	}
	return int(side[0])<<1 | int(side[1])>>7
}

// silence rewrites the side information of a frame: it borrows keep bytes,
// at most maxBorrow, decodes to silence, and its main data joins what the
// decoder keeps, so that later frames find theirs.
func silence(h header, frame []byte, keep int) {
	side := frame[h.sideStart():h.mainStart()]
	clear(side)
	if h.low() {
		side[0] = byte(keep)
		return
	}
	side[0], side[1] = byte(keep>>1), byte(keep<<7)
}
