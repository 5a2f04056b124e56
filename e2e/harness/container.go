package harness

// Container is a program that runs as container runtimes have it: its root file system is a folder that it cannot write
// to, it is the first process that it sees, it has no capabilities and can get none. It shares our network.
type Container struct {
	Name        string // for messages
	Root        string // the folder; what other things are mounted at is made in it
	User, Group int
	Folder      string   // the working folder
	Args        []string // the program, as a path in the container, and its arguments
	Env         []string // all that is set: "NAME=value"
	Binds       []Bind
}

// Bind has a file or a folder of the machine appear in a container.
type Bind struct {
	From, To string // To is an absolute path in the container
	Writable bool
}

// LaunchCollector starts a container that runs a collector, whose receivers are at the addresses, and does not wait for
// it.
func (c Container) LaunchCollector(listens ...string) (*Collector, error) {
	p, err := c.Start()
	if err != nil {
		return nil, err
	}
	return &Collector{Process: p, listens: listens}, nil
}
