package scraper

import "sync"

// maxKnocked bounds the addresses whose cookies are remembered.
const maxKnocked = 10_000

// knocks remembers with which cookies an address was asked again that had led back to itself. It is safe for concurrent use.
type knocks struct {
	mu sync.Mutex
	at map[string]string
}

// isNew says whether an address would now get cookies that it didn't get when this was asked last.
func (k *knocks) isNew(address, cookies string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if cookies == "" || k.at[address] == cookies {
		return false
	}
	if k.at == nil || len(k.at) >= maxKnocked {
		k.at = map[string]string{}
	}
	k.at[address] = cookies
	return true
}
