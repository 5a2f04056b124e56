package harness

import "errors"

// ErrNoNamespaces is why RunInNetwork cannot do anything here.
var ErrNoNamespaces = errors.New("this machine does not let us make a user, a network and a mount namespace: " +
	"it takes Linux with user.max_user_namespaces above 0 and, where that setting exists, " +
	"kernel.apparmor_restrict_unprivileged_userns at 0")
