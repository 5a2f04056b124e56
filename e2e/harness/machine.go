package harness

// Machine is an operating system in a copy of a file system: its commands run as its root, and it can be booted. It
// shares our network. It needs root, and a mount namespace of its own, such as RunInNetworkAsRoot makes.
type Machine struct {
	folder string   // holds all that is mounted
	init   *Process // the first process of one that was booted, or nil
	cgroup string   // the folder of the processes of one that was booted, or ""
}
