//go:build !linux

package harness

// Start needs Linux.
func (c Container) Start() (*Process, error) { return nil, ErrNotRoot }

// EnterContainer returns false: nothing can have started this program as a container.
func EnterContainer() (bool, error) { return false, nil }
