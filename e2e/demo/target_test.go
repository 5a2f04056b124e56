package main

import "testing"

func TestReadTarget(t *testing.T) {
	for _, test := range []struct {
		args []string
		want target
		err  string
	}{
		{nil, target{"load_balancing", ""}, ""},
		{[]string{"-target", "upstream"}, target{"load_balancing", ""}, ""},
		{[]string{"-target", "balancer"}, target{"otlp_balancer", "?target=balancer"}, ""},
		{[]string{"-target", "nginx"}, target{}, `the target is "nginx": use upstream or balancer`},
		{[]string{"balancer"}, target{}, `"balancer" is no option`},
	} {
		got, err := readTarget(test.args)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if got != test.want || text != test.err {
			t.Errorf("%q: got %+v and the error %q, want %+v and %q", test.args, got, text, test.want, test.err)
		}
	}
}
