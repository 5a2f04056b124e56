// Command kube-apiserver is a Kubernetes API server with its store: kube-apiserver and etcd in one process. The
// end-to-end tests run it.
//
//	kube-apiserver FOLDER [FLAG...]
//
// The store is kept in FOLDER, so that a server that is started there again has what it had, and listens on ports 2379
// and 2380 of 127.0.0.1. The flags are those of kube-apiserver, without those of etcd.
package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: kube-apiserver FOLDER [FLAG...]")
		os.Exit(2)
	}
	store, address, err := startStore(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "kube-apiserver: the store does not start:", err)
		os.Exit(1)
	}
	command := app.NewAPIServerCommand()
	command.SetArgs(append(os.Args[2:], "--etcd-servers="+address))
	code := cli.Run(command)
	store.Close()
	os.Exit(code)
}

// startStore starts etcd, and returns when it serves.
func startStore(folder string) (*embed.Etcd, string, error) {
	set := embed.NewConfig()
	set.Dir = filepath.Join(folder, "etcd")
	set.LogLevel = "error"
	client, peer := url.URL{Scheme: "http", Host: "127.0.0.1:2379"}, url.URL{Scheme: "http", Host: "127.0.0.1:2380"}
	set.ListenClientUrls, set.AdvertiseClientUrls = []url.URL{client}, []url.URL{client}
	set.ListenPeerUrls, set.AdvertisePeerUrls = []url.URL{peer}, []url.URL{peer}
	set.InitialCluster = set.InitialClusterFromName(set.Name)
	store, err := embed.StartEtcd(set)
	if err != nil {
		return nil, "", err
	}
	<-store.Server.ReadyNotify()
	return store, client.String(), nil
}
