package main

import (
	"flag"
	"fmt"
)

// target is what the load balancer becomes.
type target struct {
	component string // of the collector
	options   string // of the River file's address
}

// readTarget reads what the command is called with.
func readTarget(args []string) (target, error) {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	name := flags.String("target", "upstream", "have the load balancer become this: upstream or balancer")
	if err := flags.Parse(args); err != nil {
		return target{}, err
	}
	if flags.NArg() > 0 {
		return target{}, fmt.Errorf("%q is no option", flags.Arg(0))
	}
	switch *name {
	case "upstream":
		return target{"load_balancing", ""}, nil
	case "balancer":
		return target{"otlp_balancer", "?target=balancer"}, nil
	default:
		return target{}, fmt.Errorf("the target is %q: use upstream or balancer", *name)
	}
}
