package storage

// batch is a transaction that stores records, with what it puts off until its end.
type batch struct {
	*tx
	memory *memory
	index  indexQueue
	bodies storedBodies
}

// memory is what the writer keeps between records. It may tell of rows that a transaction brought which was rolled back: then all of it
// is forgotten.
type memory struct {
	known
	stories storyMemory
}

func (m *memory) forget() {
	m.known = known{}
	m.stories.forget()
}
