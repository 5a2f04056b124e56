package harness

import "errors"

// ErrNotRoot is why RunInNetworkAsRoot and Container cannot do anything here.
var ErrNotRoot = errors.New("this takes Linux and root, who alone may be several users: run it as root")

// ErrNoNamespaces is why RunInNetwork cannot do anything here.
var ErrNoNamespaces = errors.New("this machine does not let us make a user, a network and a mount namespace: " +
	"it takes Linux with user.max_user_namespaces above 0 and, where that setting exists, " +
	"kernel.apparmor_restrict_unprivileged_userns at 0")
